"""Words that exclude each other: a code of the one is wrong where the other is asked for.

An axis has two poles or more, each with its words. Grave: whoever takes such a code by mistake bills the wrong limb,
the wrong patient or the wrong course of a disease; a term of another pole than the one asked for never comes first.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from services.lookup.search.words import words

_GRAVE: Final = {
    "side": ("left", "right", "bilateral both"),
    "limb": (
        "lower leg thigh calf foot ankle knee hip toe hallux tibia tibial fibula femur femoral patella popliteal heel",
        "upper arm forearm hand wrist elbow finger thumb shoulder humerus humeral radius ulna ulnar clavicle scapula",
    ),
    "course": ("acute", "chronic"),
    "age": ("adult", "child childhood juvenile infant infantile newborn neonatal pediatric"),
    "sex": ("male man", "female woman"),
    "growth": ("malignant malignancy cancer carcinoma", "benign"),
    "beat": ("systolic", "diastolic"),
    "trimester": ("first", "second", "third"),
}
_OTHER: Final = {
    "rank": ("primary", "secondary"),
    "measure": ("high elevated increased excess excessive", "low decreased"),
    "depth": ("internal", "external"),
    "front": ("anterior", "posterior"),
    "middle": ("medial", "lateral"),
    "length": ("proximal", "distal"),
    "severity": ("mild", "moderate", "severe", "profound"),
    "history": ("personal", "family"),
    "encounter": ("initial", "subsequent", "sequela"),
    "number": ("single", "multiple"),
    "break": ("displaced", "nondisplaced"),
}
AXES: Final = (*_GRAVE.values(), *_OTHER.values())
GRAVE: Final = len(_GRAVE)  # so many axes at the beginning are grave

type Place = tuple[int, int]  # an axis and a pole, each counted from 1

PLACES: Final[Mapping[str, Place]] = {
    word: (axis, pole)
    for axis, poles in enumerate(AXES, 1)
    for pole, told in enumerate(poles, 1)
    for word in words(told)
}


def asked(slots: Iterable[Iterable[str]]) -> dict[int, set[int]]:
    """The poles that some words name, by axis; an axis that all poles of are named excludes nothing."""
    found: dict[int, set[int]] = {}
    for slot in slots:
        for word in slot:
            axis, pole = PLACES.get(word, (0, 0))
            if axis:
                found.setdefault(axis, set()).add(pole)
    return {axis: poles for axis, poles in found.items() if len(poles) < len(AXES[axis - 1])}
