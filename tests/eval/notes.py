"""Measures the coding of typical notes: written for this measure, with the codes that a careful coder reports.

    python -m tests.eval.notes --data-dir DIR [--set fit|held] [--misses]

Prints precision, recall and F1 of the suggested codes, how many notes are coded just so, and of how many the first code
is the right one. Rules may be mended by the notes of `fit`; those of `held` were coded before they were first run, and
what is told of the coding is told of them.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from services.assistant.cases import likelihood, rulebook
from services.assistant.cases.coder import Coder
from tests.eval.cases import Note, Score, notes
from tests.eval.direct import AS_OF, Direct

SETS: Final = ("fit", "held")


async def suggested(coder: Coder, note: Note) -> list[str]:
    """The codes that are suggested for a note, in their order."""
    return [one.ref.code for one in await coder.code(note.text, AS_OF, note.setting) if one.status == "suggested"]


async def measure(found: Sequence[Note], direct: Direct, *, misses: bool) -> None:
    """Codes every note, and prints."""
    score, just_so, firsts = Score(), 0, 0
    coder = Coder(direct, rulebook.shipped(), likelihood.shipped())
    for note in found:
        told = await suggested(coder, note)
        counted = [code for code in told if code not in note.may]
        right = set(counted) & set(note.codes)
        score = Score(score.right + len(right), score.told + len(counted), score.gold + len(note.codes))
        just_so += set(counted) == set(note.codes)
        firsts += told[:1] == list(note.codes[:1])
        if misses and set(counted) != set(note.codes):
            wrong, missed = (
                [one for one in counted if one not in right],
                [one for one in note.codes if one not in right],
            )
            sys.stdout.write(f"{note.text[:90]!r}\n    wrong {wrong} missed {missed}\n")
        elif misses and told[:1] != list(note.codes[:1]):
            sys.stdout.write(f"{note.text[:90]!r}\n    first {told[:1]} instead of {note.codes[:1]}\n")
    sys.stdout.write(f"{score}\n{just_so} of {len(found)} notes just so, {firsts} with the right code first\n")


def main() -> None:
    """Reads the arguments and measures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--set", choices=SETS, default="held")
    parser.add_argument("--misses", action="store_true")
    given = parser.parse_args()
    asyncio.run(measure(notes(given.set), Direct(given.data_dir), misses=given.misses))


if __name__ == "__main__":
    main()
