"""CasePilot: a question through its four steps."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from services.assistant.answers.compose import compose
from services.assistant.answers.resting import resting
from services.assistant.answers.understand import understand
from services.assistant.answers.verify import codes_of, verify
from services.assistant.domain.answers import Answer, Draft
from services.assistant.domain.codes import KnownCode
from services.assistant.domain.evidence import Evidence
from services.assistant.domain.questions import Question, Understood
from services.assistant.evidence.gather import Gatherer


@dataclass(frozen=True, slots=True)
class Step:
    """A step that is done, and what came of it, for people."""

    name: str
    detail: str


class Pilot:
    """Answers questions from evidence alone; the same question over the same editions gives the same bytes."""

    def __init__(self, gatherer: Gatherer) -> None:
        self._gatherer = gatherer

    async def answer(self, question: Question) -> Answer:
        """The answer alone."""
        async for told in self.steps(question):
            if isinstance(told, Answer):
                return told
        raise AssertionError("the last step is the answer")

    async def steps(self, question: Question) -> AsyncIterator[Step | Answer]:
        """Each step as it is done, then the answer."""
        understood = understand(question)
        yield Step("understand", _understood(understood))
        evidence = await self._gatherer.gather(understood)
        yield Step("evidence", _found(evidence))
        draft = compose(evidence)
        yield Step("compose", f"{len(draft.claims)} statements")
        known = await self._known(draft, evidence)
        answer = verify(draft, {code: one.ref for code, one in known.items()}, question.as_of)
        answer = replace(answer, editions=resting(answer, list(known.values())))
        yield Step("verify", f"{len(answer.codes)} codes hold on {question.as_of}")
        yield answer

    async def _known(self, draft: Draft, evidence: Evidence) -> dict[str, KnownCode]:
        """The codes that the draft names and the editions have; those that were looked up for it are known already."""
        known = {code.ref.code: code for code in evidence.codes}
        named = [code for code in codes_of(draft) if code not in known]
        as_of = evidence.understood.question.as_of
        found = await asyncio.gather(*(self._gatherer.known(code, as_of) for code in named))
        return known | {code: one for code, one in zip(named, found, strict=True) if one is not None}


def _understood(understood: Understood) -> str:
    about = [*understood.codes, *(f"modifier {one}" for one in understood.modifiers)]
    if understood.phrase and understood.sure:
        about.append("a code for words")
    return ", ".join(about) or "a rule"


def _found(evidence: Evidence) -> str:
    counted = {"codes": evidence.codes, "guide passages": evidence.passages, "search hits": evidence.hits}
    return ", ".join(f"{len(found)} {what}" for what, found in counted.items() if found) or "nothing"
