"""Measures CasePilot: the share of questions answered right, by kind.

    make eval-ask ARGS="--data-dir DIR [--misses]"

The platform of the folder has to run: its lookup is asked, over whatever editions are loaded there; the answers come
from this working copy. `questions.tsv` says of each question what its answer must hold and must not, or that there has
to be none; a question that needs a table which is not loaded is left out. In the same run every code in every answer is
looked up: one that no loaded edition has on the date is told, and the measure ends with 1.
"""

import argparse
import asyncio
import json
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.assistant import clients, codes_in_text
from services.assistant.answers.identifiers import without_identifiers
from services.assistant.answers.pilot import Pilot
from services.assistant.cases import likelihood, rulebook
from services.assistant.cases.coder import Coder
from services.assistant.domain.answers import Answer
from services.assistant.domain.questions import Question
from services.assistant.evidence.gather import Gatherer
from services.assistant.evidence.guides import shipped
from services.chassis import rpc
from services.chassis.boot import Settings
from services.cli.platform.folder import Folder

QUESTIONS: Final = Path(__file__).with_name("questions.tsv")
TODAY: Final = "2026-11-25"
_AT_ONCE: Final = {"phrase", "billable", "units", "global", "fees", "pair"}  # the short answer has to hold it
_ABSTAIN: Final = "ABSTAIN"
# What a question needs: an edition whose id begins so.
_NEEDS: Final = {
    "pcs": "icd-10-pcs",
    "hcpcs": "hcpcs-2024",
    "pfs": "pfs-2025",
    "cm2025": "icd-10-cm-2024-10-01",
    "conversion": "icd-10-cm-conversion",
    "mce": "mce-age",
    "poa": "icd-10-cm-poa",
    "gem": "gem-icd-10-cm",
    "mue": "ncci-mue-practitioner",
    "aoc": "ncci-add-on",
    "ptp": "ncci-ptp-practitioner",
    "mcd": "mcd",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A line of the set."""

    kind: str
    needs: str
    as_of: str
    must: str
    must_not: str
    texts: tuple[str, ...]  # the last is the question

    def wrong(self, answer: Answer) -> str:
        """What is wrong with an answer; empty where it is right."""
        if self.must == _ABSTAIN:
            return "" if answer.abstained else "answered"
        if answer.abstained:
            return "abstained"
        said = answer.markdown.partition("###")[0] if self.kind in _AT_ONCE else answer.markdown
        text = said.replace("\\", "").lower()
        lacking = [one for one in self.must.lower().split(";") if not any(part in text for part in one.split("|"))]
        held = [one for one in self.must_not.lower().split(";") if one and one in text]
        return "; ".join([*(f"lacks {one}" for one in lacking), *(f"holds {one}" for one in held)])


def questions() -> Iterator[Asked]:
    """The set."""
    for line in QUESTIONS.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            kind, needs, as_of, must, must_not, text = line.split("\t")
            yield Asked(kind, needs, as_of or TODAY, must, must_not, tuple(text.split(" >> ")))


@asynccontextmanager
async def lookup_of(data_dir: Path) -> AsyncIterator[clients.LookupClient]:
    """The running platform's lookup."""
    address = json.loads((data_dir / "run.json").read_text())["addresses"]["lookup"]
    settings = Settings(name="operator", secret=Folder(data_dir).secret())
    async with rpc.channel(settings, address, clients.RETRIED) as channel:
        yield clients.LookupClient(channel)


async def measure(data_dir: Path, *, misses: bool) -> int:
    """Prints the table; 1 where an answer named a code that no edition has."""
    right: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    invented = left_out = 0
    async with lookup_of(data_dir) as lookup:
        loaded = await lookup.editions()
        gatherer = Gatherer(lookup, shipped(), Coder(lookup, rulebook.shipped(), likelihood.shipped()))
        pilot = Pilot(gatherer)
        for one in questions():
            if one.needs and not any(edition.startswith(_NEEDS[one.needs]) for edition in loaded):
                left_out += 1
                continue
            text = without_identifiers(one.texts[-1])
            answer = await pilot.answer(Question(text, one.as_of, earlier=one.texts[:-1]))
            wrong = one.wrong(answer)
            asked[one.kind] += 1
            right[one.kind] += not wrong
            if wrong and misses:
                print(f"{one.kind}: {one.texts[-1]}\n    {wrong}\n    {answer.markdown[:160]!r}")
            for code in codes_in_text.strict(answer.markdown):
                if await gatherer.known(code, one.as_of) is None:
                    invented += 1
                    print(f"INVENTED {code}: {one.texts[-1]}")
    for kind, count in asked.items():
        print(f"{kind:14} {right[kind]:4} of {count:4}  {right[kind] / count:7.1%}")
    print(f"{'all':14} {right.total():4} of {asked.total():4}  {right.total() / asked.total():7.1%}")
    print(f"left out for want of a table: {left_out}; codes that no loaded edition has: {invented}")
    return int(bool(invented))


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, required=True, help="of the platform that runs")
    parser.add_argument("--misses", action="store_true", help="print what was wrong")
    found = parser.parse_args()
    sys.exit(asyncio.run(measure(found.data_dir, misses=found.misses)))


if __name__ == "__main__":
    main()
