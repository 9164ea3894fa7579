"""The wordings of an index: each term as it is looked up, with the code it leads to, also by way of "see".

Diabetes, diabetic (mellitus) (sugar) > type 2 > with > neuropathy    E11.40
Attack, attacks > heart, see Infarct, myocardium                      the code that the other term has
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from services.lookup.domain import Row, Term
from services.lookup.search.words import words

_CODE: Final = re.compile(r"([A-Z][0-9][0-9A-Z](?:\.[0-9A-Z]{1,4})?)\.?-?")
_BRACKETS: Final = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_BETWEEN: Final = " > "

type _Key = tuple[str, ...]
type _Tree = dict[str, dict[_Key, list[str]]]  # by path of the term above: its terms by each of their names


def of(rows: Sequence[Row]) -> Iterator[Term]:
    """Terms by code; codes that end in a dash lead to their header, `see` to the code of the one term it names."""
    codes: dict[str, str] = {}
    for row in rows:
        found = _CODE.fullmatch(row.key)
        if found and "column" not in row.body:
            codes.setdefault(row.body["term"], found[1])
    for path, code in codes.items():
        yield Term(code, "index", _text(path))
    tree = _tree([row.body["term"] for row in rows])
    for row in rows:
        if row.key == "see" and row.body["way"] == "see" and row.body["term"] not in codes:
            code = codes.get(_target(row.body["to"], tree), "")
            if code:
                yield Term(code, "index", _text(row.body["term"]))


def _text(path: str) -> str:
    return path.replace(_BETWEEN, ", ").replace(" ,", ",")


def _tree(paths: Sequence[str]) -> _Tree:
    tree: _Tree = defaultdict(lambda: defaultdict(list))
    seen: set[str] = set()
    for path in paths:
        steps = path.split(_BETWEEN)
        for depth in range(len(steps)):
            whole = _BETWEEN.join(steps[: depth + 1])
            if whole not in seen:
                seen.add(whole)
                above = _BETWEEN.join(steps[:depth])
                for name in _names(steps[depth]):
                    tree[above][name].append(whole)
    return tree


def _names(title: str) -> set[_Key]:
    """The names of a term: "Infarct, infarction (recurrent)" has two."""
    bare = _BRACKETS.sub(" ", title)
    return {name for part in (bare, *bare.split(",")) if (name := tuple(words(part)))}


def _target(to: str, tree: _Tree) -> str:
    """The path of the one term that a reference names; empty where it names none, or several."""
    path = ""
    for step in _BRACKETS.sub(" ", to).split(","):
        found = tree.get(path, {}).get(tuple(words(step)), []) if words(step) else [path]
        if len(set(found)) != 1:
            return ""
        path = found[0]
    return path
