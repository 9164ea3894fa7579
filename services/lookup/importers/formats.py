"""The table of the formats that can be imported, in the order in which they are tried."""

from typing import Final

from services.lookup.importers import (
    ccsr,
    code_lists,
    cpt,
    gems,
    hcpcs,
    icd10cm_addenda,
    icd10cm_changes,
    icd10cm_index,
    mcd,
    ncci,
    ncci_ptp,
    ncds,
    order_files,
    pfs,
)
from services.lookup.importers.files import Member
from services.lookup.importers.format import Format, Given, Identity

FORMATS: Final[tuple[Format, ...]] = (
    *order_files.FORMATS,
    *icd10cm_index.FORMATS,
    *icd10cm_changes.FORMATS,
    *icd10cm_addenda.FORMATS,
    *gems.FORMATS,
    *hcpcs.FORMATS,
    *pfs.FORMATS,
    *ncci_ptp.FORMATS,
    *ncci.FORMATS,
    *code_lists.FORMATS,
    *ccsr.FORMATS,
    *mcd.FORMATS,
    *ncds.FORMATS,
    *cpt.FORMATS,
)


def recognised(member: Member, given: Given) -> tuple[Format, Identity] | None:
    """The first format that a member is of, with what it turned out to be."""
    if member.base.endswith((".pdf", ".doc", ".docx", ".xsd", ".exe")):
        return None
    for one in FORMATS:
        if identity := one.identify(member, given):
            return one, identity
    return None
