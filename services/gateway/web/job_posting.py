"""An opening as schema.org's JobPosting, as search engines read it."""

import re
from datetime import UTC, datetime
from typing import Any, Final

from markupsafe import Markup, escape

from services.gateway.domain import Json
from services.gateway.us_states import STATES

UNITS: Final = {"hour": "HOUR", "year": "YEAR"}
COUNTRY: Final = {"@type": "Country", "name": "USA"}
HOME: Final = "TELECOMMUTE"


def job_posting(job: Json, public_url: str = "") -> dict[str, Any]:
    """schema.org/JobPosting; the description is HTML there, and escaped here."""
    posted: dict[str, Any] = {
        "@context": "https://schema.org/",
        "@type": "JobPosting",
        "title": job["title"],
        "description": str(description_html(job)),
        "identifier": {"@type": "PropertyValue", "name": job["employer"], "value": job["id"]},
        "datePosted": datetime.fromtimestamp(job["posted_at"] / 1000, UTC).date().isoformat(),
        "validThrough": f"{job['valid_through']}T23:59:59Z",
        "employmentType": job["employment_type"],
        "hiringOrganization": {"@type": "Organization", "name": job["employer"]},
        "directApply": True,
    }
    address = {"url": f"{public_url.rstrip('/')}/careers/{job['id']}"} if public_url else {}
    return posted | address | _place(job) | _pay(job) | _wanted(job)


def description_html(job: Json) -> Markup:
    """The employer's plain text as HTML: paragraphs and line breaks, everything else escaped."""
    paragraphs = re.split(r"\n\s*\n", job["description"].strip().replace("\r\n", "\n"))
    lines = (Markup("<br>").join(escape(line) for line in part.split("\n")) for part in paragraphs)
    return Markup().join(Markup("<p>{}</p>").format(part) for part in lines)


def _place(job: Json) -> dict[str, Any]:
    """Where the work is; for work from home, where the worker has to live."""
    place: dict[str, Any] = {}
    state = STATES.get(job["state"], "")
    if job["remote"]:
        area = {"@type": "State", "name": f"{state}, USA"} if state else COUNTRY
        place |= {"jobLocationType": HOME, "applicantLocationRequirements": area}
    if job["location"] or (job["state"] and not job["remote"]):
        address: dict[str, str] = {"@type": "PostalAddress", "addressCountry": "US"}
        address |= {"addressLocality": job["location"]} if job["location"] else {}
        address |= {"addressRegion": job["state"]} if job["state"] else {}
        place["jobLocation"] = {"@type": "Place", "address": address}
    return place


def _pay(job: Json) -> dict[str, Any]:
    low, high = job["pay_min"], job["pay_max"]
    if not (low or high):
        return {}
    amounts = {"minValue": low, "maxValue": high} if low and high else {"value": low or high}
    value = {
        "@type": "QuantitativeValue",
        **{k: float(v) for k, v in amounts.items()},
        "unitText": UNITS[job["pay_period"]],
    }
    return {"baseSalary": {"@type": "MonetaryAmount", "currency": "USD", "value": value}}


def _wanted(job: Json) -> dict[str, Any]:
    """Which credentials are asked for, and whether apprentices are welcome."""
    asked = [", ".join(job["credentials"])] if job["credentials"] else []
    welcome = "CPC-A holders are welcome" if job["cpc_a_accepted"] else "CPC-A holders are not accepted"
    return {"qualifications": "; ".join([*asked, welcome])}
