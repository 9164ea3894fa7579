"""Code-shaped words in text, and which systems they may belong to.

One place decides what counts as a code: the reading of questions, and the check that nothing invented leaves.
"""

import re
from typing import Final

# ICD-10-CM with its dot, or a bare category of three; CPT and HCPCS by shape. Neither money, dates nor longer numbers.
_CODE: Final = re.compile(
    r"(?<![\w$.,/-])(?<!ICD-9-CM )(?<!itamin )(?<!emark code )(?<!eason code )(?:"
    r"(?P<icd>[A-TV-Z][0-9][0-9AB](?:\.[0-9A-Z]{1,4})?|U[0-9][0-9](?:\.[0-9]{1,2})?)"
    r"|(?P<cpt>[0-9]{4}[0-9AFMTU])"
    r"|(?P<hcpcs>[A-CE-V][0-9]{4})"
    r")(?!\w|[.,][0-9]|-[0-9A-Z])"
)
# As people type them: lower case, and ICD-10-CM without its dot.
_LOOSE: Final = re.compile(
    r"(?<![\w$.,/-])(?:[a-z][0-9][0-9ab]\.?[0-9a-z]{0,4}|[0-9]{4}[0-9afmtu]|[0-9a-hj-np-z]{7})(?!\w|[.,][0-9])",
    re.IGNORECASE,
)
_BARE_ICD: Final = re.compile(r"[A-Z][0-9][0-9AB][0-9A-Z]{0,4}")
_PROCEDURE: Final = re.compile(r"[0-9]{4}[0-9AFMTU]")
_HCPCS: Final = re.compile(r"[A-CE-V][0-9]{4}")
_PCS: Final = re.compile(r"(?=.*[A-Z])(?=.*[0-9])[0-9A-HJ-NP-Z]{7}")


def strict(text: str) -> list[str]:
    """Codes as they stand in finished text, canonical spelling only, in their order, each once."""
    return list(dict.fromkeys(found.group() for found in _CODE.finditer(text)))


def typed(text: str) -> list[str]:
    """Codes as somebody may have typed them, in capitals, in their order, each once."""
    found = [match.group().upper() for match in _LOOSE.finditer(text)]
    return list(dict.fromkeys(code for code in found if systems(code)))


def systems(code: str) -> list[str]:
    """The systems whose shape a code has, the likeliest first."""
    bare = code.replace(".", "")
    shapes = {
        "cpt": _PROCEDURE.fullmatch(code),
        "hcpcs": _HCPCS.fullmatch(code),
        "icd-10-cm": _BARE_ICD.fullmatch(bare),
        "icd-10-pcs": _PCS.fullmatch(code),
    }
    return [system for system, fits in shapes.items() if fits]
