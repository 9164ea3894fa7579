"""An opening as schema.org's JobPosting, as search engines read it."""

from datetime import UTC, datetime
from typing import Any

from markupsafe import escape

from services.gateway.domain import Json

UNITS = {"hour": "HOUR", "year": "YEAR"}


def job_posting(job: Json) -> dict[str, Any]:
    """schema.org/JobPosting; the description is HTML there, and escaped here."""
    posted: dict[str, Any] = {
        "@context": "https://schema.org/",
        "@type": "JobPosting",
        "title": job["title"],
        "description": "".join(f"<p>{escape(part)}</p>" for part in job["description"].split("\n\n")),
        "identifier": {"@type": "PropertyValue", "name": job["employer"], "value": job["id"]},
        "datePosted": datetime.fromtimestamp(job["posted_at"] / 1000, UTC).date().isoformat(),
        "validThrough": f"{job['valid_through']}T23:59:59Z",
        "employmentType": job["employment_type"],
        "hiringOrganization": {"@type": "Organization", "name": job["employer"]},
        "directApply": True,
    }
    return posted | _place(job) | _pay(job)


def _place(job: Json) -> dict[str, Any]:
    country = {"@type": "Country", "name": "USA"}
    place: dict[str, Any] = {}
    if job["remote"]:
        area = {"@type": "State", "name": job["state"]} if job["state"] else country
        place |= {"jobLocationType": "TELECOMMUTE", "applicantLocationRequirements": area}
    if job["location"] or job["state"]:
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
