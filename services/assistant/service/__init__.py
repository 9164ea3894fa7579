"""The verbs: questions, cases, consults, receipts."""

import hashlib
import re
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from services.assistant.answers.identifiers import without_identifiers
from services.assistant.answers.pilot import Pilot, Step
from services.assistant.answers.understand import date_of
from services.assistant.cases.coder import SETTINGS, Coder
from services.assistant.cases.consulting import Consultant, refusal_of
from services.assistant.domain.answers import RELEASE, Answer, Receipt
from services.assistant.domain.cases import LONGEST_CASE, CaseCode
from services.assistant.domain.consults import Consult
from services.assistant.domain.evidence import Passage
from services.assistant.domain.facts import ConsultAnswered, ConsultReceived, ConsultRefused, QuestionAnswered, Told
from services.assistant.domain.questions import LONGEST_QUESTION, Conversation, Question
from services.assistant.service.seams import ConsultStore, Editions, Library, ReceiptStore
from services.chassis.errors import FieldError, forbidden, invalid, not_found

THREAD: Final = 20  # consults of one thread within a day
_DAY: Final = 86_400_000  # milliseconds

EARLIER: Final = 3  # questions that a further one may go on from
OPENED: Final = 200  # answers of a conversation that is opened


@dataclass(frozen=True, slots=True)
class Replay:
    """A receipt's answer, what its inputs give now, and what differs."""

    stored: Answer
    now: Answer
    differences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Assistant:
    """Everything the assistant does. `clock` tells Unix milliseconds, `today` the date where none is asked for."""

    pilot: Pilot
    coder: Coder
    consultant: Consultant
    editions: Editions
    guides: Library
    receipts: ReceiptStore
    consults: ConsultStore
    clock: Callable[[], int]
    today: Callable[[], str]

    async def ask(self, owner: str, question: Question, conversation_id: str) -> AsyncIterator[Step | Receipt]:
        """Each step as it is done, then the receipt with the answer. INVALID, NOT_FOUND for another's conversation."""
        asked = self._question(question, await self._earlier(owner, conversation_id))
        async for told_now in self.pilot.steps(asked):
            if isinstance(told_now, Step):
                yield told_now
            else:
                yield await self._kept(owner, asked, told_now, conversation_id)

    async def _kept(self, owner: str, asked: Question, answer: Answer, conversation_id: str) -> Receipt:
        at = self.clock()
        receipt = Receipt(
            id="a" + secrets.token_hex(16),
            owner=owner,
            kind="question",
            inputs={
                "question": asked.text,
                "as_of": asked.as_of,
                "code": asked.code,
                "system": asked.system,
                "earlier": "\n".join(asked.earlier),
            },
            release=RELEASE,
            answer=answer,
            at=at,
            conversation_id=(conversation_id or "c" + secrets.token_hex(16)) if owner.startswith("account:") else "",
        )
        await self.receipts.add(receipt, [QuestionAnswered(receipt.id, owner, answer.abstained, at)])
        return receipt

    async def _earlier(self, owner: str, conversation_id: str) -> tuple[str, ...]:
        """The last questions of an account's conversation, the oldest first; a guest has none."""
        if conversation_id and not re.fullmatch(r"c[0-9a-f]{32}", conversation_id):
            told = FieldError("conversation_id", conversation_id[:40], "the id of a conversation of yours")
            raise invalid("BAD_CONVERSATION", "This is no conversation's id.", told)
        if not conversation_id or not owner.startswith("account:"):
            return ()
        found = await self.receipts.thread(owner, conversation_id, EARLIER)
        if not found:
            raise not_found("UNKNOWN_CONVERSATION", "You have no such conversation.")
        return tuple(" ".join(receipt.inputs["question"].split()) for receipt in reversed(found))

    def _question(self, question: Question, earlier: tuple[str, ...] = ()) -> Question:
        text = without_identifiers(question.text.strip())
        if not re.search(r"\w", text):
            told = FieldError("question", text[:40], "a question in words")
            raise invalid("EMPTY_QUESTION", "Ask something: a code, a modifier, a rule, a diagnosis.", told)
        if len(text) > LONGEST_QUESTION:
            told = FieldError("question", f"{len(text)} characters", f"at most {LONGEST_QUESTION} characters")
            raise invalid("QUESTION_TOO_LONG", f"A question has at most {LONGEST_QUESTION} characters.", told)
        asked = Question(text, "", question.code.strip()[:12], question.system.strip()[:12], earlier)
        as_of = self._date(question.as_of) if question.as_of else date_of(asked) or self.today()
        return replace(asked, as_of=as_of)

    def _date(self, text: str) -> str:
        try:
            if re.fullmatch(r"(?:19|20)\d{2}-\d{2}-\d{2}", text):
                return date.fromisoformat(text).isoformat()
        except ValueError:
            pass
        told = FieldError("as_of", text[:40], "a day from 1900 to 2099 as YYYY-MM-DD")
        raise invalid("BAD_DATE", "as_of is a date of service, written YYYY-MM-DD.", told)

    async def list_conversations(self, owner: str, conversation_id: str) -> tuple[list[Conversation], list[Receipt]]:
        """The owner's conversations, newest first, and the answers of the named one, oldest first. NOT_FOUND."""
        if not owner.startswith("account:"):
            return [], []
        kept = [receipt for receipt in await self.receipts.of(owner) if receipt.conversation_id]
        first = {receipt.conversation_id: receipt for receipt in kept}  # the oldest stays: it comes last
        last = {receipt.conversation_id: receipt.at for receipt in reversed(kept)}
        found = [Conversation(key, first[key].inputs["question"][:120], at) for key, at in last.items()]
        found.sort(key=lambda one: -one.at)
        mine = (await self.receipts.thread(owner, conversation_id, OPENED))[::-1] if conversation_id else []
        if conversation_id and not mine:
            raise not_found("UNKNOWN_CONVERSATION", "You have no such conversation.")
        return found, mine

    async def code_case(self, text: str, as_of: str, setting: str) -> tuple[tuple[CaseCode, ...], str]:
        """The case's codes and the date they hold for. INVALID."""
        if not re.search(r"\w", text):
            told = FieldError("text", text[:40], "a case in words")
            raise invalid("EMPTY_CASE", "Paste a case: findings, assessment, what was done.", told)
        if len(text) > LONGEST_CASE:
            told = FieldError("text", f"{len(text)} characters", f"at most {LONGEST_CASE} characters")
            raise invalid("CASE_TOO_LONG", f"A case has at most {LONGEST_CASE} characters.", told)
        if (setting or SETTINGS[0]) not in SETTINGS:
            told = FieldError("care_setting", setting[:40], " or ".join(SETTINGS))
            raise invalid("BAD_CARE_SETTING", "The care setting is not known.", told)
        date_of_service = self._date(as_of) if as_of else self.today()
        return await self.coder.code(text, date_of_service, setting or SETTINGS[0]), date_of_service

    async def submit_consult(self, wanted: Consult) -> str:
        """Keeps a case once an account and Message-ID, and answers the consult's id.

        INVALID for a missing id; FORBIDDEN where the thread had its share: programs may be answering each other.
        """
        if not wanted.account_id or not wanted.message_id:
            told = FieldError("message_id", wanted.message_id[:40], "the id of the mail or form")
            raise invalid("NO_MESSAGE_ID", "A case comes from an account, with an id of its own.", told)
        since = wanted.received_at - _DAY
        if wanted.thread and await self.consults.in_thread(wanted.account_id, wanted.thread, since, THREAD) >= THREAD:
            raise forbidden("THREAD_FULL", f"This thread has had {THREAD} consults within a day; write a new mail.")
        await self.consults.add(wanted, [ConsultReceived(wanted.id, wanted.account_id, wanted.received_at)])
        return wanted.id

    async def work_consult(self, consult_id: str) -> None:
        """Answers or refuses a consult that is open; one that is closed, or gone, is left as it is."""
        consult = await self.consults.find(consult_id)
        if consult is None or consult.status != "received":
            return
        at = self.clock()
        refusal = refusal_of(consult)
        if refusal:
            told: Told = ConsultRefused(consult.id, consult.account_id, "NO_WORDS", at)
            await self.consults.close(replace(consult, status="refused", refusal=refusal, answered_at=at), [told])
            return
        answer, codes = await self.consultant.work(consult.text, consult.as_of, consult.notes)
        await self.receipts.add(_consult_receipt(consult, answer, at), [])
        closed = replace(consult, status="answered", answer=answer, case_codes=codes, answered_at=at)
        await self.consults.close(closed, [ConsultAnswered(consult.id, consult.account_id, at)])

    async def get_consult(self, account_id: str, consult_id: str) -> Consult:
        """A consult of the account's own. NOT_FOUND."""
        consult = await self.consults.find(consult_id)
        if consult is None or consult.account_id != account_id:
            raise not_found("UNKNOWN_CONSULT", "You have no such consult.")
        return consult

    def get_guide(self, guide_id: str) -> list[Passage]:
        """A guide's sections. NOT_FOUND."""
        found = self.guides.guide(guide_id)
        if not found:
            raise not_found("UNKNOWN_GUIDE", "There is no such guide.")
        return found

    async def list_consults(self, account_id: str) -> list[Consult]:
        """The account's consults, the newest first."""
        return await self.consults.of(account_id)

    async def count_receipts(self, edition_id: str) -> int:
        """How many receipts rest on an edition, whoever owns them."""
        return await self.receipts.resting_on(edition_id)

    async def get_receipt(self, owner: str, receipt_id: str) -> Receipt:
        """A receipt of the owner's own. NOT_FOUND."""
        receipt = await self.receipts.find(owner, receipt_id)
        if receipt is None:
            raise not_found("UNKNOWN_RECEIPT", "You have no such receipt.")
        return receipt

    async def erase_account(self, account_id: str) -> None:
        """Deletes what an account leaves behind: consults, conversations, receipts. A second time finds nothing."""
        await self.consults.erase(account_id)
        await self.receipts.erase(f"account:{account_id}")

    async def replay_receipt(self, owner: str, receipt_id: str) -> Replay:
        """Works the receipt's inputs once more. NOT_FOUND."""
        receipt = await self.get_receipt(owner, receipt_id)
        inputs = receipt.inputs
        if receipt.kind == "question":
            earlier = tuple(inputs.get("earlier", "").splitlines())
            question = Question(inputs["question"], inputs["as_of"], inputs["code"], inputs["system"], earlier)
            now = await self.pilot.answer(question)
        else:
            now = (await self.consultant.work(inputs["text"], inputs["as_of"], inputs.get("notes", "").splitlines()))[0]
        return Replay(receipt.answer, now, _differences(receipt, now, await self.editions.editions()))


def _consult_receipt(consult: Consult, answer: Answer, at: int) -> Receipt:
    return Receipt(
        id=consult.id,
        owner=f"account:{consult.account_id}",
        kind="consult",
        inputs={"text": consult.text, "as_of": consult.as_of, "notes": "\n".join(consult.notes)},
        release=RELEASE,
        answer=answer,
        at=at,
    )


def consult_id(account_id: str, message_id: str) -> str:
    """The same for the same mail: a Message-ID twice is one consult."""
    return "k" + hashlib.sha256(f"{account_id}\n{message_id}".encode()).hexdigest()[:32]


def _differences(receipt: Receipt, now: Answer, editions: tuple[str, ...]) -> tuple[str, ...]:
    stored = receipt.answer
    parts = {
        "the text": stored.markdown != now.markdown,
        "whether it abstains": stored.abstained != now.abstained,
        "the codes": stored.codes != now.codes,
        "the citations": stored.citations != now.citations,
    }
    found = [f"{what} differs" for what, differs in parts.items() if differs]
    if found and receipt.release != RELEASE:
        found.append(f"written by release {receipt.release}, replayed by {RELEASE}")
    gone = sorted(set(receipt.editions) - set(editions))
    if found and gone:
        found.append(f"no longer loaded: {', '.join(gone)}")
    return tuple(found)
