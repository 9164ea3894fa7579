"""What a question is about: codes, modifiers, what is wanted of them, a phrase to look for, what it goes on from."""

import re
from dataclasses import replace
from typing import Final

from services.assistant import codes_in_text
from services.assistant.answers import cues, modifiers_in_text
from services.assistant.answers.dates import LAST, MIDDLE, date_in, without_dates
from services.assistant.answers.states import state_in
from services.assistant.domain.questions import Focus, Question, Understood
from services.assistant.icd9_in_text import icd9_in

_TWO: Final = 2
_WORD: Final = re.compile(r"[a-z]{3}", re.IGNORECASE)
_LETTERS: Final = re.compile(r"[a-z]+\W?[a-z]|[a-z]\d[a-z]", re.IGNORECASE)  # "VT", "N/V" and "T2DM" are words too
_MOST_CODES: Final = 6
_FEW: Final = 4  # words of one that says no more than what is new
_SHORT: Final = 9  # words of a question that may go on from the one before
_LONGEST_PHRASE: Final = 14  # words of a phrase that nothing announces


def understand(question: Question) -> Understood:
    """Reads a question, and where it goes on from an earlier one, what that was about; nothing is looked up here."""
    own = _read(question, " ".join(question.text.split()))
    for text in reversed(question.earlier):
        if not _goes_on(own):
            break
        before = _read(replace(question, code="", system=""), " ".join(text.split()))
        joined = _joined(own, before)
        if joined != own:
            return joined
    return own


def date_of(question: Question) -> str:
    """The date of service that a question names, or that the one it goes on from did; empty where neither does."""
    own = date_in(question.text)
    if own or not question.earlier or not _goes_on(_read(question, " ".join(question.text.split()))):
        return _of_fees(own, question.text)
    return _of_fees(date_in(question.earlier[-1]), f"{question.earlier[-1]} {question.text}")


def _of_fees(day: str, text: str) -> str:
    """The last day of a calendar year where the fee schedule is asked, whose releases follow each other in the year."""
    asked = {Focus.FEES, Focus.GLOBAL}.intersection(_focus(text)) and day.endswith(MIDDLE)
    return day.removesuffix(MIDDLE) + LAST if asked and day not in text else day


def _read(question: Question, text: str) -> Understood:
    modifiers = modifiers_in_text.modifiers(text)
    bare = without_dates(modifiers_in_text.without(text))
    icd9 = icd9_in(bare)
    remark = cues.REMARK.search(bare)
    none = (icd9, remark[1].upper() if remark else "")
    codes = [
        code
        for code in codes_in_text.typed(bare)
        if code not in modifiers and not any(_same(code, one) for one in none)
    ]
    if question.code and question.code.upper() not in codes:
        codes.insert(0, question.code.upper())
    compared = len(codes) > 1 and bool(cues.COMPARED.search(text)) and not cues.ON_ONE_CLAIM.search(text)
    compared = compared and len(modifiers) < _TWO  # "59 or XU" compares those
    if codes and not modifiers:
        modifiers = [one for one, words in cues.IMPLIED.items() if re.search(words, text, re.IGNORECASE)]
    phrase, sure = _phrase(text)
    place, denial = cues.PLACE.search(text), cues.REMARK.search(text) or cues.DENIAL.search(text)
    return Understood(
        question=question,
        codes=tuple(codes[:_MOST_CODES]),
        modifiers=tuple(modifiers),
        focus=_focus(text),
        phrase=phrase,
        sure=sure,
        system=next((system for system, words in cues.SYSTEMS.items() if re.search(words, text, re.IGNORECASE)), ""),
        together=len(codes) > 1 and not compared and _together(text),
        compared=compared,
        hung=modifiers_in_text.hung(text),
        state=state_in(text),
        place=place[1].zfill(2) if place else "",
        denial=denial[1].upper() if denial else "",
        icd9=icd9,
        topic=text,
    )


def _together(text: str) -> bool:
    """Whether several codes are held against each other, and not asked about one by one."""
    focus = set(_focus(text))
    each = bool(focus & cues.EACH) and Focus.PAIRS not in focus and not cues.ON_ONE_CLAIM.search(text)
    return bool(cues.TOGETHER.search(text)) and not each


def _same(code: str, icd9: str) -> bool:
    return code.replace(".", "") == icd9.replace(".", "")


def _focus(text: str) -> tuple[Focus, ...]:
    return tuple(one for one, words in cues.FOCUS.items() if re.search(rf"\b(?:{words})\b", text, re.IGNORECASE))


def _phrase(text: str) -> tuple[str, bool]:
    """What a search for a code would look for, and whether a code was asked for in so many words."""
    for cue, sure in ((cues.PHRASE, True), (cues.HOW, False), (cues.DEFINED, False)):
        found = cue.search(text)
        said = next((group for group in found.groups() if group), "") if found else ""
        phrase = "" if cues.ASKING.match(said) and not cues.LEAD.match(said) else _bare(said)
        worded = (_LETTERS if sure else _WORD).search(phrase)
        if worded and not cues.ASKING.match(phrase) and not cues.RULE.search(phrase):
            return phrase, sure
    rule = cues.ASKING.match(text) or cues.RULE.search(text)
    if rule or len(text.split()) > _LONGEST_PHRASE or not _WORD.search(text):
        return "", False
    return _bare(text), False


def _bare(said: str) -> str:
    for shape, word in cues.SHORT.items():
        said = re.sub(shape, word, said, flags=re.IGNORECASE)
    phrase = cues.TAIL.sub("", said.strip(" ?.!:"))
    while (shorter := cues.LEAD.sub("", phrase)) != phrase:
        phrase = shorter
    return phrase.strip(" ?.!,")


def _goes_on(own: Understood) -> bool:
    """Whether it leaves out what it is about."""
    text = own.topic
    if own.question.code or own.icd9:
        return False
    opens = bool(cues.GOES_ON.match(text))
    if own.codes:
        return opens and len(text.split()) <= _SHORT and not _wants(own)
    if own.modifiers:
        return bool(cues.ADDS.match(text) or cues.POINTS_BACK.search(text)) or len(text.split()) < _FEW
    return opens or bool(cues.POINTS_BACK.search(text)) or (len(text.split()) <= _SHORT // 2 and not own.sure)


def _wants(own: Understood) -> bool:
    return bool(set(own.focus) - {Focus.GUIDELINES})


def _joined(own: Understood, before: Understood) -> Understood:
    """The question with what it leaves out taken from the one before; `own` where that names nothing either."""
    if own.codes:  # "and 99214?" asks the same of another code
        return replace(own, focus=before.focus, modifiers=own.modifiers or before.modifiers, state=before.state)
    modifiers = own.modifiers or (modifiers_in_text.bare(own.topic) if before.modifiers else ()) or before.modifiers
    if before.codes or modifiers:
        together = len(before.codes) > 1 and (before.together or own.together)
        focus = own.focus if _wants(own) or not own.modifiers else before.focus
        return replace(
            own,
            codes=before.codes,
            modifiers=modifiers,
            together=together,
            focus=focus or before.focus,
            state=own.state or before.state,
            phrase="",
            topic=f"{own.topic} {before.topic}" if not before.codes else own.topic,
        )
    if before.sure:
        added = re.sub(cues.GOES_ON, "", own.topic).strip(" ?.!")
        return replace(before, question=own.question, phrase=f"{before.phrase} {added}".strip(), topic=own.topic)
    return replace(own, topic=f"{own.topic} {before.topic}", phrase="")
