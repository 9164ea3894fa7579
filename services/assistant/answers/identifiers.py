"""What tells who a patient is, taken out of a question before anything is done with it or kept (45 CFR 164.514(b)).

Numbers and addresses are known by their shape, names only where a title or "patient named" announces them.
"""

import re
from typing import Final

REMOVED: Final = "[removed]"
_DATE: Final = r"(?:\d{1,2}[/-]\d{1,2}[/-]\d{2,4}|\d{4}-\d{2}-\d{2}|[A-Za-z]{3,9}\.? \d{1,2},? \d{4})"
_NAME: Final = r"[A-Z][a-z]+(?: [A-Z]\b\.?)?(?: [A-Z][a-z]+)?"
_SHAPES: Final = (
    re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])"),  # social security
    re.compile(r"(?<!\w)[1-9][A-Z][0-9A-Z]\d-?[A-Z][0-9A-Z]\d-?[A-Z]{2}\d{2}(?!\w)"),  # Medicare beneficiary
    re.compile(r"(?i:\b(?:mrn|medical record(?: number)?|ssn|member id|account number)\b)[\s:#.]*(?=\S*\d)[\w-]+"),
    re.compile(rf"(?i:\b(?:dob|d\.o\.b\.|born(?: on)?|date of birth|birth ?date)\b)[\s:]*(?:is )?{_DATE}"),
    re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"),
    re.compile(r"(?<![\w-])(?:\+?1[-. ])?\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4}(?![\w-])"),
    re.compile(rf"\b(?:Mr|Mrs|Ms|Miss)\.? {_NAME}"),
    re.compile(rf"\b(?i:patient(?: is)?(?: named| called|'s name is|,)|name is|named) {_NAME}"),
    re.compile(r"\b[Pp]atient:? [A-Z][a-z]+ [A-Z][a-z]+(?=[,.]| (?:DOB|MRN|SSN|has|is|was|with|\d|\[))"),
)


def without_identifiers(text: str) -> str:
    """The text with each of them replaced by a mark."""
    for shape in _SHAPES:
        text = shape.sub(REMOVED, text)
    return text
