"""Places in code systems: chapters and blocks, ICD-10-PCS axis by axis, HCPCS by ranges."""

import contextlib

import pytest

from services.chassis.errors import AppError
from services.lookup.browsing import common
from services.lookup.editions.library import Library
from services.lookup.service import Lookup
from tests.unit.lookup.official import TOOLS, hcpcs, imported, written

PCS = (
    ("0DT", "Gastrointestinal System, Resection"),
    ("0DTJ0ZZ", "Resection of Appendix, Open Approach"),
    ("0DTJ4ZZ", "Resection of Appendix, Percutaneous Endoscopic Approach"),
    ("0DTK0ZZ", "Resection of Ascending Colon, Open Approach"),
    ("0W1", "Anatomical Regions, General, Bypass"),
    ("0W110J9", "Bypass Cranial Cavity to Right Pleural Cavity with Synthetic Substitute, Open Approach"),
    ("0W110JB", "Bypass Cranial Cavity to Left Pleural Cavity with Synthetic Substitute, Open Approach"),
    ("B31", "Imaging, Upper Arteries, Fluoroscopy"),
    ("B310ZZZ", "Fluoroscopy of Thoracic Aorta"),
)
TEXTS = dict(PCS)
BYPASS = "Bypass Cranial Cavity to … Pleural Cavity with Synthetic Substitute, Open Approach"
ORDER = "".join(
    f"{n:05} {code:<7} {int(len(code) == 7)} {text[:60]:<60} {text}\n" for n, (code, text) in enumerate(PCS, 1)
)


@pytest.fixture(scope="module")
def lookup(tmp_path_factory):
    folder = tmp_path_factory.mktemp("browsing")
    imported(folder, written(folder, "pcs.zip", {"icd10pcs_order_2026.txt": ORDER}))
    few = hcpcs("G0008", long="A vaccine given") + hcpcs("G0009", long="Another vaccine given")
    many = "".join(hcpcs(f"G{number:04}", long=f"Measure {number}") for number in range(8000, 8150))
    imported(folder, written(folder, "HCPC2026_APR_ANWEB.txt", few + many + hcpcs("J1885")))
    with contextlib.closing(Library(folder)) as library:
        yield Lookup(library, TOOLS, lambda: "2026-05-04")


def told(lookup, code, system="icd-10-pcs"):
    place = lookup.browse_codes(system, code, "")
    return place.axis, {one.code: one.display for one in place.children}


@pytest.mark.parametrize(
    ("code", "axis", "children"),
    [
        ("", "section", {"0": "Medical and surgical", "B": "Imaging"}),
        ("0", "body system", {"0D": "Gastrointestinal System", "0W": "Anatomical Regions, General"}),
        ("B", "body system", {"B3": "Upper Arteries"}),
        ("0d", "operation", {"0DT": "Resection"}),
        (
            "0DT",
            "body part",
            {"0DTJ": "Resection of Appendix …", "0DTK": TEXTS["0DTK0ZZ"]},
        ),
        ("0DTJ", "approach", {"0DTJ0": TEXTS["0DTJ0ZZ"], "0DTJ4": TEXTS["0DTJ4ZZ"]}),
        ("0W110", "device", {"0W110J": BYPASS}),
        ("0W110J", "qualifier", {"0W110J9": TEXTS["0W110J9"], "0W110JB": TEXTS["0W110JB"]}),
        ("B310", "contrast", {"B310Z": "Fluoroscopy of Thoracic Aorta"}),
        ("0DTJ0ZZ", "", {}),
    ],
)
def test_a_procedure_is_built_axis_by_axis(lookup, code, axis, children):
    assert told(lookup, code) == (axis, children)


def test_the_way_to_a_procedure_names_every_axis(lookup):
    place = lookup.browse_codes("icd-10-pcs", "0DTJ4ZZ", "")
    assert [one.code for one in place.ancestors] == ["0", "0D", "0DT", "0DTJ", "0DTJ4", "0DTJ4Z"]
    assert (place.node.billable, place.node.has_children) == (True, False)


def test_many_codes_are_shown_by_ranges_and_few_as_they_are(lookup):
    axis, ranges = told(lookup, "G", "hcpcs")
    assert axis == "range"
    assert ranges["G0"] == "G0008 to G0009, 2 codes, from “A vaccine given” to “Another vaccine given”"
    assert told(lookup, "G0", "hcpcs") == ("", {"G0008": "A vaccine given", "G0009": "Another vaccine given"})
    assert [*told(lookup, "g8", "hcpcs")[1]] == ["G80", "G81"]
    assert lookup.browse_codes("hcpcs", "G8", "").node.display == "G8000 to G8149, 150 codes"
    assert len(told(lookup, "G81", "hcpcs")[1]) == 50
    assert told(lookup, "J", "hcpcs") == ("", {"J1885": "A thing"})
    above = [
        [one.code for one in lookup.browse_codes("hcpcs", code, "").ancestors] for code in ("G8120", "G0008", "J1885")
    ]
    assert above == [["G", "G8", "G81"], ["G", "G0"], ["J"]]


@pytest.mark.parametrize(
    ("system", "code", "reason"),
    [
        ("icd-10-pcs", "0DTZ", "UNKNOWN_CODE"),
        ("icd-10-pcs", "2", "UNKNOWN_CODE"),
        ("icd-10-pcs", "0DTI", "UNKNOWN_CODE"),
        ("icd-10-pcs", "0DTJ0ZZZ", "UNKNOWN_CODE"),
        ("icd-10-pcs", "0D-' OR 1", "MALFORMED_CODE"),
        ("hcpcs", "G7", "UNKNOWN_CODE"),
        ("hcpcs", "Z", "UNKNOWN_CODE"),
    ],
)
def test_a_place_that_is_none_is_refused(lookup, system, code, reason):
    with pytest.raises(AppError) as refused:
        lookup.browse_codes(system, code, "")
    assert refused.value.reason == reason


def test_words_in_common_are_told_from_both_ends():
    assert common(["one and only"]) == "one and only"
    assert common(["same", "same"]) == "same"
    assert common(["a", "b"]) == "…"
    assert common(["Drainage of Left Lung, Open Approach", "Drainage of Left Lung, External Approach"]) == (
        "Drainage of Left Lung …"
    )
