"""Contexts as the routes pass them: each page in the states a visitor can meet."""

from typing import Any

from markupsafe import Markup

GUEST = {"kind": "guest", "email": "", "name": "", "verified": False, "role": ""}
USER = {"kind": "user", "email": "dana@clinic.example", "name": "Dana Reyes", "verified": True, "role": "user"}
NEW_USER = {**USER, "name": "", "verified": False}
NOON = 1_795_003_200_000  # 2026-11-18 12:00 UTC
SYSTEMS = ("icd-10-cm", "icd-10-pcs", "hcpcs", "cpt")


def quota(limit: int | None, used: int) -> dict[str, Any]:
    """A quota of code pages."""
    remaining = None if limit is None else limit - used
    counted = {"limit": limit, "used": used, "remaining": remaining, "registered_limit": 5}
    return {"feature": "code_page", "period": "lifetime", **counted}


def common(caller: dict[str, Any] | None = GUEST, path: str = "/", **changed: Any) -> dict[str, Any]:
    """What every page gets."""
    return {
        "caller": caller,
        "quota": quota(1, 0),
        "form_token": "f0" * 16,
        "path": path,
        "development": True,
        "title": "A title",
        **changed,
    }


EDITION = {
    "id": "icd-10-cm-2026-04-01",
    "system": "icd-10-cm",
    "version": "FY2026 April",
    "effective_from": "2026-04-01",
    "effective_to": "2026-09-30",
    "stale": True,
    "file": "icd10cm_tabular_2026.xml",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "rows": 97_584,
    "name": "ICD-10-CM",
    "counts": {"codes": 98_186, "billable": 74_719},
    "complete": True,
    "files": ["icd10c-tabular-April-1-2026.xml"],
    "covers": "Every ICD-10-CM code of the April 2026 release, its notes and its place in the hierarchy.",
}
CPT_EDITION = {
    **EDITION,
    "id": "starter-2026",
    "system": "cpt",
    "version": "starter content 2026 Q2",
    "effective_from": "2020-01-01",
    "effective_to": "2026-06-30",
    "stale": False,
    "file": "20701.toml",
    "rows": 7,
    "name": "cpt",
    "counts": {},
    "complete": False,
    "files": ["cpt-starter"],
    "covers": "Seven codes, told in our own words.",
}
AOC = "CMS NCCI Add-on Code Edits, Medicare, 2026 Q2, rows 20701"
PFS = "CMS PFS Relative Value File, October 2025 release, row 20701"
MUE = "CMS NCCI MUE, Practitioner Services, effective 2026-04-01, row 20701"

ROW = {"code": "11042", "modifiers": "RT", "units": "2", "diagnoses": "E11.42", "place": "11", "date": ""}
CLAIM_VALUES = {
    **dict.fromkeys(("as_of", "state", "sex", "age"), ""),
    "setting": "dme",
    "program": "medicare",
    "lines": [ROW, dict.fromkeys(ROW, "")],
}
CLAIM = {
    "title": "Claim check",
    "values": CLAIM_VALUES,
    "samples": {"visit": ("A visit", "99213")},
    "answer": None,
    "by": {},
    "problem": None,
}
CHECKED = {
    "as_of": "2026-08-15",
    "setting": "dme",
    "verdict": "problems",
    "findings": [
        {
            "rule": "mue",
            "verdict": "applies",
            "severity": "error",
            "lines": ["1"],
            "message": "Too many.",
            "fix": "Fewer.",
            "source": {"edition": "MUE 2026 Q3", "file": "mue.csv", "sha256": "00", "row": 12},
        }
    ],
    "checked": [{"rule": "mue", "edition": None, "verdict": "no_data", "note": "No table covers the day."}],
}
PAIRED = {
    **CHECKED["findings"][0],
    "rule": "ncci-ptp",
    "lines": ["1", "2"],
    "message": "<b>not paid</b> beside",
    "elsewhere": "",
}
EXPLAINED = {
    **CHECKED,
    "codes": ["29880", "29881"],
    "rows": [
        {
            "column_1": "29880",
            "column_2": "29881",
            "effective_from": None,
            "effective_to": "2026-12-31",
            "modifier_indicator": "1",
            "verdict": "applies",
            "rationale": "More extensive procedure",
            "source": {"edition": "PTP 2026 Q3", "file": "f1.txt", "sha256": "00", "row": 7},
        }
    ],
}
WHY = {"values": {"codes": "", "as_of": "", "setting": "", "program": "", "state": ""}, "answer": None, "problem": None}
CPT_SECTIONS = [
    {
        "key": "official",
        "title": "Official description",
        "body": {
            "no_data": "The official descriptor belongs to the AMA and is shown only from the operator's own licensed "
            "AMA CPT file, which has not been imported here."
        },
    },
    {
        "key": "common",
        "title": "In common language",
        "body": {
            "paragraphs": [
                "Beads that release an antibiotic were left below the fascia. A later operation takes them out.",
                "The code pays for the removal only, as an add-on to the operation of the day.",
            ]
        },
    },
    {
        "key": "indications",
        "title": "Indications and procedure",
        "body": {
            "paragraphs": ["Done when the infection is under control, or when the carrier has to be exchanged."],
            "typical": ["Beads removed at a repeat debridement of the thigh."],
            "facts": [
                {"label": "Place", "value": "below the fascia", "source": "CPT 2020 change, told in our own words"},
                {"label": "Kind of code", "value": "add-on, type 3", "source": AOC},
            ],
        },
    },
    {
        "key": "guidelines",
        "title": "Reporting guidelines",
        "body": {
            "rules": [
                {"text": "Always beside a primary procedure, never alone: an add-on code of type 3.", "source": AOC},
                {"text": "The add-on stands and falls with its primary.", "source": "Pub. 100-04, chapter 12, 30.D"},
            ]
        },
    },
    {
        "key": "modifiers",
        "title": "Modifiers",
        "body": {
            "modifiers": [
                {
                    "modifier": "50",
                    "use": "no",
                    "text": "Bilateral indicator 0: the 150 percent rule does not apply.",
                    "source": PFS,
                },
                {
                    "modifier": "59",
                    "use": "sometimes",
                    "text": "Only where the pair has indicator 1.",
                    "source": "NCCI Policy Manual for Medicare, chapter I, section E",
                },
                {"modifier": "LT, RT", "use": "yes", "text": "Say the side.", "source": "NCCI Policy Manual, I.E"},
            ]
        },
    },
    {
        "key": "edits",
        "title": "NCCI edits, MUE and add-on rules",
        "body": {
            "mue": {
                "value": 1,
                "mai": 3,
                "rationale": "Code Descriptor / CPT Instruction",
                "setting": "practitioner",
                "edition": "2026 Q2",
                "source": MUE,
            },
            "add_on": [
                {
                    "type": 3,
                    "primaries": ["11010", "11011", "11012", "G0516", "27603"],
                    "note": "CMS names some primary codes, not all.",
                    "effective_from": "2023-01-01",
                    "source": AOC,
                },
                {
                    "type": 1,
                    "primaries": [],
                    "note": "These are the only primary codes Medicare accepts.",
                    "effective_from": "2020-01-01",
                    "effective_to": "2022-12-31",
                    "source": AOC,
                },
            ],
            "ptp": {
                "facts": [
                    {
                        "text": "As column one code it stands in 215 pairs in force on 2024-07-01.",
                        "source": "CMS NCCI PTP edits, Practitioner, 2024-07-01",
                    }
                ]
            },
        },
    },
    {
        "key": "fees",
        "title": "Fees, RVUs and global days",
        "body": {
            "years": [
                {
                    "edition": "CY2025, October release",
                    "status": "A",
                    "status_text": "Active: paid separately under the fee schedule when the service is covered",
                    "global_days": "ZZZ",
                    "global_text": "Takes over the global period of the procedure it is added to",
                    "work_rvu": "1.13",
                    "facility_pe_rvu": "0.56",
                    "nonfacility_pe_rvu": "0.56",
                    "mp_rvu": "0.22",
                    "facility_total": "1.91",
                    "nonfacility_total": "1.91",
                    "conversion_factor": "32.3465",
                    "indicators": [{"label": "Bilateral", "value": "0", "meaning": "No 150 percent adjustment"}],
                    "source": PFS,
                }
            ]
        },
    },
    {
        "key": "coverage",
        "title": "Medicare coverage",
        "body": {
            "paragraphs": ["Coverage follows the primary operation."],
            "facts": [{"label": "Status indicator", "value": "A", "source": PFS}],
        },
    },
    {
        "key": "related",
        "title": "Related codes and crosswalks",
        "body": {
            "codes": [
                {"system": "cpt", "code": "20700", "relation": "counterpart", "text": "The placing of the device."},
                {
                    "system": "icd-10-cm",
                    "code": "T84.7XXA",
                    "relation": "diagnosis often seen with it",
                    "text": "Infection at an implant that is not a joint. An example, not a coverage list.",
                },
            ]
        },
    },
    {
        "key": "history",
        "title": "History",
        "body": {"events": [{"date": "2020-01-01", "text": "New code.", "source": AOC}]},
    },
]
NODE = {"code": "E11.4", "display": "Type 2 diabetes mellitus with neurological complications", "billable": False}
ICD_SECTIONS = [
    {
        "key": "official",
        "title": "Official description",
        "body": {"text": "Type 2 diabetes mellitus with diabetic polyneuropathy"},
    },
    {
        "key": "common",
        "title": "In common language",
        "body": {"paragraphs": ["Type 2 diabetes that has harmed many nerves, usually those of the feet first."]},
    },
    {
        "key": "notes",
        "title": "Notes",
        "body": {
            "inclusion": ["Type 2 diabetes mellitus with diabetic neuralgia"],
            "includes": [{"from": "E11", "text": "diabetes NOS"}],
            "excludes1": [
                {
                    "from": "E11",
                    "text": "diabetes mellitus due to underlying condition (E08.-)",
                    "codes": ["E08"],
                },
                {"from": "E11.42", "text": "type 1 diabetes mellitus", "codes": ["E10"]},
            ],
            "excludes2": [],
            "code_first": [],
            "use_additional": [
                {
                    "from": "E11",
                    "text": "code to identify control using:\ninsulin (Z79.4)\noral antidiabetic drugs (Z79.84)",
                    "codes": ["Z79.4", "Z79.84"],
                }
            ],
            "code_also": [],
        },
    },
    {
        "key": "seventh",
        "title": "Seventh characters",
        "body": {
            "applies": True,
            "position": 7,
            "from": "S52",
            "characters": [{"character": "A", "meaning": "initial encounter for closed fracture"}],
            "placeholder": "X fills the places left open.",
            "codes": [{"code": "S52.501A", "display": "Fracture of right radius, initial encounter"}],
        },
    },
    {
        "key": "hierarchy",
        "title": "Hierarchy",
        "body": {
            "ancestors": [
                {
                    "code": "4",
                    "display": "Endocrine, nutritional and metabolic diseases (E00-E89)",
                    "billable": False,
                },
                {"code": "E08-E13", "display": "Diabetes mellitus", "billable": False},
                {"code": "E11", "display": "Type 2 diabetes mellitus", "billable": False},
                NODE,
            ],
            "children": [],
            "siblings": [
                {"code": "E11.41", "display": "Type 2 diabetes mellitus with diabetic mononeuropathy", "billable": True}
            ],
        },
    },
    {
        "key": "guidelines",
        "title": "Guidelines",
        "body": {
            "rules": [
                {
                    "text": "Use as many codes as it takes to describe all complications.",
                    "source": "ICD-10-CM Official Guidelines FY2026, I.C.4.a",
                }
            ]
        },
    },
    {"key": "edits", "title": "Edits", "body": {"facts": [], "no_data": "The MCE tables are not imported here."}},
    {"key": "coverage", "title": "Coverage", "body": {"no_data": "No coverage table is imported here."}},
    {"key": "crosswalks", "title": "Crosswalks", "body": {"codes": [], "no_data": "The GEMs are not imported here."}},
    {"key": "history", "title": "History", "body": {"events": []}},
]
UNKNOWN_SECTIONS = [
    *ICD_SECTIONS[:2],
    {
        "key": "novelty",
        "title": "Something new",
        "body": {"first_seen": "2026-01-01", "levels": [1, {"deep": [True, None]}]},
    },
    {"key": "list", "title": "A bare list", "body": ["one", "two"]},
]


def opened(sections: list[dict[str, Any]], *, locked: bool = False) -> list[dict[str, Any]]:
    """Sections as the API answers them, the further ones locked or not."""
    shut = {"official", "common"}
    return [
        {"key": s["key"], "title": s["title"], "locked": True}
        if locked and s["key"] not in shut
        else {**s, "locked": False}
        for s in sections
    ]


def code(sections: list[dict[str, Any]], **changed: Any) -> dict[str, Any]:
    """A code of ICD-10-CM as the API answers it."""
    return {
        "system": "icd-10-cm",
        "code": "E11.42",
        "display": "Type 2 diabetes mellitus with diabetic polyneuropathy",
        "status": "active",
        "billable": True,
        "as_of": "2026-11-18",
        "edition": EDITION,
        "sections": sections,
        **changed,
    }


CPT = {
    "system": "cpt",
    "code": "20701",
    "display": "Taking out antibiotic beads or a similar carrier from under the fascia (add-on)",
    "edition": CPT_EDITION,
    "as_of": "2026-05-04",
}
PROBLEM = {
    "type": "urn:codingahead:problem:weak-password",
    "title": "Bad Request",
    "status": 400,
    "detail": "The password is too short.",
    "reason": "WEAK_PASSWORD",
    "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    "errors": [{"where": "password", "value": "", "expected": "at least 10 characters", "line": 3}],
}
HITS = [
    {
        "system": "icd-10-cm",
        "code": "E11.42",
        "display": "Type 2 diabetes mellitus with diabetic polyneuropathy",
        "billable": True,
        "score": 9.1,
        "matched": {"term": "T2DM with neuropathy", "kind": "abbreviation"},
    },
    {
        "system": "icd-10-cm",
        "code": "E11.4",
        "display": NODE["display"],
        "billable": False,
        "score": 7.0,
        "matched": {"term": NODE["display"], "kind": "description"},
    },
    {
        "system": "cpt",
        "code": "20701",
        "display": CPT["display"],
        "billable": True,
        "score": 6.0,
        "matched": {"term": "20701", "kind": "code"},
    },
]
RESULT = {"query": "T2DM with neuropathy", "as_of": "2026-11-18", "total": 12, "hits": HITS}
ANSWER = {
    "answer_id": "a1",
    "conversation_id": "c1",
    "answer_markdown": "**99213** is …",
    "answer_html": Markup(
        "<p><strong>99213</strong> is an office visit of an established patient with low decision making, or at least "
        "20 minutes on the date.</p><p>The level follows two of three elements: problems, data and risk.</p>"
    ),
    "abstained": False,
    "as_of": "2026-11-18",
    "codes": [{"system": "cpt", "code": "99213", "display": "Office visit, established patient"}, "25"],
    "citations": [
        {"title": "E/M office visits", "edition": "in force since 2023-01-01", "locator": "level by time"},
        {
            "title": "CMS PFS Relative Value File",
            "edition": "October 2025",
            "locator": "row 99213",
            "url": "/data",
            "text": "99213 A XXX 1.30",
        },
    ],
    "receipt": {"id": "r-6f1d2c"},
}
ABSTAINED = {
    **ANSWER,
    "answer_html": Markup("<p>Nothing loaded here speaks of football.</p>"),
    "abstained": True,
    "codes": [],
    "citations": [],
}
CONSULTS = [
    {"id": "k3", "subject": "Knee", "status": "working", "received_at": NOON, "answered_at": None},
    {"id": "k1", "subject": "", "status": "answered", "received_at": NOON, "answered_at": NOON + 4_000},
]
JOB = {
    "id": "j1",
    "title": "Outpatient surgery coder",
    "employer": "Lakeside Orthopedic Group",
    "description": "Code 45 encounters a day for four surgeons.\n\nQuality goal 95 %. Encoder and NCCI files provided.",
    "location": "Madison",
    "state": "WI",
    "remote": True,
    "employment_type": "FULL_TIME",
    "credentials": ["CPC", "COC"],
    "cpc_a_accepted": True,
    "pay_min": 28,
    "pay_max": "34.50",
    "pay_period": "hour",
    "posted_at": NOON,
    "valid_through": NOON + 30 * 86_400_000,
    "status": "open",
    "refusal": "",
}
BARE_JOB = {
    **JOB,
    "id": "j2",
    "title": "Inpatient auditor",
    "employer": "County Hospital",
    "remote": False,
    "credentials": [],
    "cpc_a_accepted": False,
    "employment_type": "PART_TIME",
    "pay_min": None,
    "pay_max": None,
    "valid_through": None,
    "status": "refused",
    "refusal": "Name the <b>hospital</b>.",
}
FILTERS = {"q": "surgery", "credential": "CPC", "cpc_a": True, "remote": False, "state": "WI", "employment_type": ""}
LETTER = {
    "id": "<welcome.1@localhost>",
    "to": "dana@clinic.example",
    "from": "Coding Ahead <no-reply@localhost>",
    "subject": "Welcome to Coding Ahead: please confirm your address",
    "headers": {"Message-ID": "<welcome.1@localhost>", "Auto-Submitted": "auto-generated"},
    "text": "Hello Dana,\n\nPlease confirm: http://127.0.0.1:8080/verify?token=abc\n",
    "html": '<p>Hello Dana,</p><p><a href="http://127.0.0.1:8080/verify?token=abc">Confirm my address</a></p>',
    "sent_at": NOON,
}
USAGE = {
    "principal": {
        "kind": "user",
        "email": USER["email"],
        "name": USER["name"],
        "verified": True,
        "role": "employer",
    },
    "plan": "free",
    "quotas": [
        quota(5, 2),
        {**quota(20, 3), "feature": "question", "period": "day", "renews_at": NOON},
        {**quota(None, 12), "feature": "check", "period": "day"},
    ],
}
EMPTY_FORM = {"problem": None, "values": {"email": "", "name": "", "stay": ""}, "next": "/codes/cpt/20701"}
FAILED_FORM = {"problem": PROBLEM, "values": {"email": "dana@clinic.example", "name": "Dana", "stay": "1"}, "next": "/"}
PLACE = {
    "system": "icd-10-cm",
    "node": {"code": "E11", "display": "Type 2 diabetes mellitus", "billable": False, "has_children": True},
    "parent": None,
    "ancestors": [{"code": "4", "display": "Endocrine", "billable": False, "has_children": True}],
    "children": [
        {**NODE, "has_children": True},
        {"code": "E11.9", "display": "Type 2 diabetes without complications", "billable": True, "has_children": False},
    ],
    "edition": EDITION,
    "axis": "",
}
APPROACHES = {
    **PLACE,
    "system": "icd-10-pcs",
    "node": {"code": "0DTJ", "display": "Resection of Appendix", "billable": False, "has_children": True},
    "ancestors": [{"code": "0", "display": "Medical and surgical", "billable": False, "has_children": True}],
    "children": [{"code": "0DTJ0", "display": "Resection, Open", "billable": False, "has_children": True}],
    "axis": "approach",
}
CHAPTERS = {
    **PLACE,
    "node": None,
    "ancestors": [],
    "children": [{"code": "4", "display": "Endocrine diseases", "billable": False, "has_children": True}],
}
PILOT = {
    "question": "",
    "answer": None,
    "problem": None,
    "code": "",
    "system": "",
    "conversations": None,
    "earlier": [],
}
BOARD = {"jobs": [JOB, BARE_JOB], "total": 31, "filters": FILTERS, "page": 2, "pages": 3, "problem": None}
POSTING = {"@context": "https://schema.org/", "@type": "JobPosting", "title": JOB["title"]}
JOB_PAGE = {
    "job": JOB,
    "address": "http://127.0.0.1:8080/careers/j1",
    "json_ld": POSTING,
    "application": None,
    "owner": False,
}
LISTED = {"total": 47, "page": 2, "pages": 3}
NONE_LISTED = {"total": 0, "page": 1, "pages": 1}
ALERT = {**FILTERS, "id": "a1", "said": "surgery <b>, CPC", "created_at": NOON}
APPLICATION = {"id": "p1", "status": "received", "received_at": NOON}

FACETS = [
    {"field": "system", "value": "icd-10-cm", "label": "ICD-10-CM", "count": 7},
    {"field": "within", "value": "4", "label": "Endocrine diseases (E00-E89)", "count": 5},
    {"field": "within", "value": "19", "label": "Injury <b> (S00-T88)", "count": 2},
    {"field": "billable", "value": "true", "label": "Valid on a claim", "count": 3},
]
HEADER = {
    **RESULT["hits"][0],
    "billable": False,
    "matched": {"term": "carpus crack", "kind": "meaning"},
    "children": [{"code": "S62.1", "display": "Carpal <i> bone", "billable": True, "has_children": False}],
}
NARROWED = {**RESULT, "hits": [HEADER], "tried": ["carpuss: read as carpus", "qqq: no term has this word"]}
FIGURES = {"queries": 4, "hit@1": 0.9, "hit@5": 1.0, "hit@10": 1.0, "mean reciprocal rank": 0.95}
MEASURED = {
    "measured": "2026-11-24",
    "as_of": "2026-05-04",
    "command": "make eval",
    "editions": ["icd-10-cm-2026"],
    "vectors": 60_000,
    "figures": {"fused": {"lay": {**FIGURES, "headers first": 0.5, "outdated first": 0.0}}},
}
LISTS = [{"name": "a <b> & c", "codes": 2, "changed": 1, "changed_at": 1_790_000_000_000}]
VIEWS = [{"system": "cpt", "code": "99213", "display": "A <visit>", "viewed_at": 1_790_000_000_000}]
NEW_PAIRS = [{"column_1": "11042", "column_2": f"9759{n}", "modifier_allowed": True, "since": ""} for n in range(9)]
NEWLY_PAIRED = {
    "system": "cpt",
    "code": "11042",
    "display": "",
    "note": "",
    "saved_at": 1_790_000_000_000,
    "status": "no_data",
    "billable": None,
    "edition": "",
    "changes": [{"kind": "ptp", "text": "9 new NCCI pairs.", "pairs": NEW_PAIRS}],
}
SAVED = {
    "name": "a <b> & c",
    "as_of": "",
    "generation": 3,
    "codes": [
        {
            "system": "icd-10-cm",
            "code": "E11.42",
            "display": "Type <2> diabetes",
            "note": 'see "x" <i>',
            "saved_at": 1_790_000_000_000,
            "status": "deleted",
            "billable": None,
            "edition": "ICD-10-CM FY2027",
            "changes": [{"kind": "status", "text": "Deleted from 2026-10-01 on; it was <valid>."}],
        }
    ],
}
COMPARED = {"system": "icd-10-cm", "a": "", "b": "", "as_of": "", "b_as_of": ""}
SIDES = [{"code": code([]), "free": {}, "edition": "ICD-10-CM FY2026"}] * 2
DIFFERENCES = [
    {"name": "Description", "a": "one <b>", "b": "other", "same": False},
    {"name": "Edition", "a": "FY2026", "b": "FY2026", "same": True},
]


def searched(query, system, result, facets=(), within=""):
    """A search page's context."""
    given = {"q": query, "system": system, "as_of": "", "within": within, "billable": ""}
    told = {"query": query, "system": system, "result": result, "facets": list(facets)}
    return {**told, "given": given, "views": [] if query else VIEWS, "problem": None, "systems": SYSTEMS}


CASE = {
    "as_of": "2026-11-23",
    "codes": [
        {
            "system": "icd-10-cm",
            "code": "M10.9",
            "display": "Gout, unspecified",
            "confidence": 0.87,
            "status": status,
            "reason": "“gout” led to the description “Gout, unspecified”.",
            "evidence": [{"start": 0, "end": 4, "text": "gout"}],
        }
        for status in ("suggested", "excluded")
    ],
}

SPENT = {
    "code_page": [
        {"feature": "code_page", "resource": "icd-10-cm/E11.42", "at": NOON},
        {"feature": "code_page", "resource": "cpt/20701", "at": NOON - 1, "carried": True},
    ],
    "question": [{"feature": "question", "resource": "question/0f", "at": NOON}],
    "consult": [],
}
SAFETY = {
    "sessions": [
        {"id": "a1", "device": "", "opened_at": NOON, "seen_at": NOON, "expires_at": NOON, "current": True},
        {
            "id": "b2",
            "device": "Safari on iPhone",
            "opened_at": NOON,
            "seen_at": NOON,
            "expires_at": NOON,
            "current": False,
        },
    ],
    "sign_ins": [
        {"at": NOON, "device": "Firefox on Linux", "outcome": "signed_in"},
        {"at": NOON, "device": "", "outcome": "wrong_password"},
        {"at": NOON, "device": "", "outcome": "locked"},
    ],
    "values": {},
    "problem": None,
    "notice": "",
}
KEYS = {
    "keys": [
        {"id": "k1", "name": "billing <run>", "scopes": ["check"], "created_at": NOON, "used_at": NOON},
        {"id": "k2", "name": "all", "scopes": [], "created_at": NOON, "used_at": None},
    ],
    "made": None,
    "features": {"code_page": "Code pages", "check": "Claim checks"},
    "values": {},
    "problem": None,
    "notice": "",
}
PARTNER = {
    "code": "11720",
    "column": 2,
    "indicator": "1",
    "since": "2015-01-01",
    "until": None,
    "verdict": "applies",
    "rationale": "Misuse of Column Two code with Column One code",
    "file": "f1.txt",
    "line": 7,
}
DOCUMENT = {
    "document": "L100",
    "kind": "lcd",
    "title": "Nails, a policy",
    "states": ["AL"],
    "contractors": ["A Contractor"],
    "effective_from": "2025-01-01",
    "effective_to": None,
    "address": "https://www.cms.gov/L100",
    "groups": [{"group": 1, "line": 2, "text": "Covered when the nail is in the way."}],
    "says": ["covered"],
}
LOCALITY = {
    "locality": "10112-00",
    "state": "AL",
    "name": "ALABAMA",
    "contractor": "10112",
    "gpci": "1.000 0.875 0.566",
    "nonfacility": "112.13",
    "facility": "60.10",
    "nonfacility_qpp": "113.00",
    "facility_qpp": "61.00",
}


def table(name: str, *rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A page of a long table, as asked and as the API answers it."""
    told = {
        "system": "cpt",
        "code": "11042",
        "table": name,
        "as_of": "2026-05-04",
        "query": "",
        "within": None,
        "choices": [],
        "total": 120,
        "found": 120,
        "page": 2,
        "pages": 3,
        "rows": list(rows),
        "edition": EDITION,
    }
    given = {"q": "", "as_of": "2026-05-04", "within": "", "page": "2"}
    return common(system="cpt", code="11042", table=name, given=given, told={**told, **more}, problem=None)


PAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "home": ("home.html", common(editions=[EDITION, CPT_EDITION])),
    "home, nothing loaded, accounts away": ("home.html", common(None, quota=None, editions=[])),
    "code, guest, whole": (
        "code.html",
        common(
            path="/codes/cpt/20701",
            quota=quota(1, 1),
            code=code(opened(CPT_SECTIONS), **CPT),
        ),
    ),
    "code, guest, locked": (
        "code.html",
        common(
            path="/codes/cpt/20701",
            quota=quota(1, 1),
            code=code(opened(CPT_SECTIONS, locked=True), **CPT),
        ),
    ),
    "code, user, whole": ("code.html", common(USER, quota=quota(5, 2), code=code(opened(ICD_SECTIONS)))),
    "code, user, locked": (
        "code.html",
        common(USER, quota=quota(5, 5), code=code(opened(ICD_SECTIONS, locked=True), status="deleted", billable=False)),
    ),
    "code, accounts away": (
        "code.html",
        common(
            None,
            quota=None,
            code=code(
                opened(ICD_SECTIONS, locked=True), notice={"reason": "SERVICE_AWAY", "detail": "Accounts are away."}
            ),
        ),
    ),
    "code, no data": (
        "code.html",
        common(code=code(opened(CPT_SECTIONS[:1]), status="no_data", billable=None, edition=None, display="")),
    ),
    "code, unknown shapes": (
        "code.html",
        common(quota=quota(None, 9), code=code(opened(UNKNOWN_SECTIONS), status="not_yet_valid")),
    ),
    "case": ("case.html", common(values={}, answer=None, problem=None)),
    "case, refused": ("case.html", common(values={"text": "x"}, answer=None, problem=PROBLEM)),
    "case, nothing": (
        "case.html",
        common(values={"text": "x"}, answer=CASE, problem=None, suggested=[], excluded=[], pieces=[]),
    ),
    "case, coded": (
        "case.html",
        common(
            values={"text": "gout <b>"},
            answer=CASE,
            problem=None,
            suggested=CASE["codes"][:1],
            excluded=CASE["codes"][1:],
            pieces=[{"text": "gout", "codes": ["M10.9"]}, {"text": " <b>", "codes": []}],
        ),
    ),
    "search": ("search.html", common(path="/case2code", **searched("", "", None))),
    "search, hits": ("search.html", common(**searched(RESULT["query"], "icd-10-cm", RESULT, FACETS))),
    "search, narrowed": ("search.html", common(**searched("fracture", "icd-10-cm", NARROWED, FACETS, within="19"))),
    "search, nothing": (
        "search.html",
        common(**searched("xyzzy", "cpt", {**RESULT, "total": 0, "hits": [], "tried": ["xyzzy: no term has it"]})),
    ),
    "search, refused": ("search.html", common(**{**searched("x", "", None), "problem": PROBLEM})),
    "accuracy": ("accuracy.html", common(measured=MEASURED)),
    "rows, pairs": (
        "rows.html",
        table("ptp", PARTNER, in_force=80, in_force_on="2026-05-04", complete=False, choices=["practitioner", "other"]),
    ),
    "rows, documents": ("rows.html", table("coverage", DOCUMENT, within="AL", choices=["AL", "TX"])),
    "rows, localities": ("rows.html", table("localities", LOCALITY)),
    "rows, none": ("rows.html", table("coverage", no_data="None is loaded.", total=0, found=0, edition=None)),
    "rows, refused": ("rows.html", {**table("ptp"), "told": None, "problem": PROBLEM}),
    "compare": ("compare.html", common(given=COMPARED, sides=[], rows=[], problem=PROBLEM, systems=SYSTEMS)),
    "compare, two": (
        "compare.html",
        common(given={**COMPARED, "a": "E11"}, sides=SIDES, rows=DIFFERENCES, problem=None, systems=SYSTEMS),
    ),
    "lists": ("lists.html", common(USER, lists=LISTS, views=VIEWS, problem=PROBLEM)),
    "lists, none": ("lists.html", common(USER, lists=[], views=[], problem=None)),
    "list": ("list.html", common(USER, found=SAVED, others=["other"], problem=None)),
    "list, several changed": (
        "list.html",
        common(USER, found={**SAVED, "codes": [*SAVED["codes"], NEWLY_PAIRED]}, others=[], problem=PROBLEM),
    ),
    "list, empty": (
        "list.html",
        common(
            USER,
            found={"name": "a & b", "as_of": "2026-05-04", "generation": 3, "codes": []},
            others=[],
            problem=None,
        ),
    ),
    "browse": ("browse.html", common(**PLACE, before=None, after=PLACE["children"][0])),
    "browse, an axis": ("browse.html", common(**APPROACHES, before=None, after=None)),
    "browse, top": ("browse.html", common(**CHAPTERS, before=None, after=None)),
    "browse, nothing": (
        "browse.html",
        common(**{**CHAPTERS, "system": "cpt", "children": [], "edition": None}, before=None, after=None),
    ),
    "register": ("register.html", common(path="/register?next=/codes/cpt/20701", **EMPTY_FORM)),
    "register, refused": ("register.html", common(path="/register", **FAILED_FORM)),
    "login": ("login.html", common(path="/login", **EMPTY_FORM)),
    "login, refused": ("login.html", common(path="/login", **FAILED_FORM)),
    "verify": ("verify.html", common(token="t0k3n", state="ask", problem=None)),
    "verify, no token": ("verify.html", common(token="", state="ask", problem=None)),
    "verify, done": ("verify.html", common(USER, token="", state="done", problem=None)),
    "verify, failed": ("verify.html", common(token="", state="failed", problem=PROBLEM)),
    "account": ("account.html", common(USER, quota=quota(5, 2), usage=USAGE, spent=SPENT, notice="", problem=None)),
    "account, new": (
        "account.html",
        common(NEW_USER, usage={**USAGE, "principal": NEW_USER}, spent={"code_page": []}, notice="Sent.", problem=None),
    ),
    "account, away": ("account.html", common(None, quota=None, usage=None, notice="")),
    "security": ("account_security.html", common(USER, **SAFETY)),
    "security, refused": (
        "account_security.html",
        common(USER, **{**SAFETY, "sign_ins": [], "problem": PROBLEM, "values": {"email": "<x>"}}),
    ),
    "keys": ("account_keys.html", common(USER, **KEYS)),
    "keys, none": ("account_keys.html", common(USER, **{**KEYS, "keys": []})),
    "keys, made": (
        "account_keys.html",
        common(USER, **{**KEYS, "made": {"id": "k1", "key": "ca_0"}, "values": {"name": "<x>", "scopes": ["check"]}}),
    ),
    "close": ("account_close.html", common(USER, kept=["a number"], closed=None, problem=PROBLEM)),
    "closed": ("account_close.html", common(None, quota=None, kept=["a number"], closed=NOON, problem=None)),
    "reset": ("reset.html", common(state="ask", token="", email="", problem=None)),
    "reset, refused": ("reset.html", common(state="ask", token="", email="<x>", problem=PROBLEM)),
    "reset, sent": ("reset.html", common(state="sent", token="", email="a@b.org", problem=None)),
    "reset, choose": ("reset.html", common(state="choose", token="t0k3n", email="", problem=None)),
    "reset, choose, refused": ("reset.html", common(state="choose", token="t0k3n", email="", problem=PROBLEM)),
    "reset, done": ("reset.html", common(state="done", token="", email="", problem=None)),
    "data": ("data.html", common(editions=[EDITION, CPT_EDITION])),
    "mailbox": ("mailbox.html", common(letters=[LETTER], letter=LETTER)),
    "mailbox, list": ("mailbox.html", common(letters=[LETTER], letter=None)),
    "mailbox, empty": ("mailbox.html", common(letters=[], letter=None)),
    "error, unknown code": (
        "error.html",
        common(
            None,
            quota=None,
            path="/codes/icd-10-cm/ZZZ99",
            **{**PROBLEM, "status": 404, "title": "Not Found", "reason": "UNKNOWN_CODE"},
        ),
    ),
    "error, bug": ("error.html", common(**{**PROBLEM, "status": 500, "title": "Internal Server Error"})),
    "guide": (
        "guide.html",
        common(
            sections=[
                {
                    "heading": "What is an ABN?",
                    "html": Markup("<p>A notice.</p>"),
                    "source": "CMS Pub. 100-04, chapter 30",
                    "anchor": "what-is-an-abn",
                }
            ]
        ),
    ),
    "claim check": ("claim_check.html", common(**CLAIM)),
    "claim check, answered": (
        "claim_check.html",
        common(**{**CLAIM, "answer": CHECKED, "by": {"1": [PAIRED], "2": [{**PAIRED, "elsewhere": "1"}]}}),
    ),
    "claim check, refused": ("claim_check.html", common(**{**CLAIM, "problem": PROBLEM})),
    "claim why": ("claim_why.html", common(title="Why not this code?", **WHY)),
    "claim why, answered": ("claim_why.html", common(title="Why not this code?", **{**WHY, "answer": EXPLAINED})),
    "claim why, refused": ("claim_why.html", common(title="Why not this code?", **{**WHY, "problem": PROBLEM})),
    "pilot": ("casepilot.html", common(**PILOT)),
    "pilot, about a code": ("casepilot.html", common(USER, **{**PILOT, **CPT, "conversations": []})),
    "pilot, answer": (
        "casepilot.html",
        common(
            USER,
            **{
                **PILOT,
                "question": "What is CPT code 99213?",
                "answer": ANSWER,
                "conversations": [{"id": "c1", "title": "Modifier 25?", "at": NOON}],
                "earlier": [{"question": "Modifier 25?", "answer_html": Markup("<p>It goes on the visit.</p>")}],
            },
        ),
    ),
    "pilot, abstained": (
        "casepilot.html",
        common(**{**PILOT, "question": "Who won the world cup?", "answer": ABSTAINED}),
    ),
    "pilot, refused": ("casepilot.html", common(**{**PILOT, "question": "More?", "problem": PROBLEM})),
    "consultant, guest": ("caseconsultant.html", common(address="consult@localhost", consults=None)),
    "consultant": (
        "caseconsultant.html",
        common(USER, address="consult@localhost", consults=CONSULTS, quota=quota(5, 1)),
    ),
    "consultant, unverified, refused": (
        "caseconsultant.html",
        common(
            NEW_USER,
            address="consult@localhost",
            consults=[],
            problem=PROBLEM,
            values={"subject": "Knee", "text": "58 year old"},
        ),
    ),
    "consult, answered": (
        "consult.html",
        common(
            USER,
            consult={
                **CONSULTS[1],
                "text": "58 year old man with type 2 diabetes.",
                "as_of": "2026-11-18",
                "codes": ANSWER["codes"][:1],
                "citations": ANSWER["citations"],
                "receipt": {"id": "r-9"},
            },
            answer_html=ANSWER["answer_html"],
        ),
    ),
    "consult, working": ("consult.html", common(USER, consult=CONSULTS[0], answer_html="")),
    "consult, refused": ("consult.html", common(USER, consult={**CONSULTS[0], "status": "refused"}, answer_html="")),
    "careers": ("careers.html", common(path="/careers", **BOARD)),
    "careers, nothing": (
        "careers.html",
        common(USER, **{**BOARD, "jobs": [], "total": 0, "page": 1, "pages": 1, "filters": {}}),
    ),
    "job, guest": ("job.html", common(path="/careers/j1", **JOB_PAGE)),
    "job, user": ("job.html", common(USER, **JOB_PAGE)),
    "job, applied": ("job.html", common(USER, **{**JOB_PAGE, "application": APPLICATION})),
    "job, owner": (
        "job.html",
        common(USER, **{**JOB_PAGE, "job": BARE_JOB, "owner": True, "json_ld": None}),
    ),
    "job form": ("job_form.html", common(NEW_USER, job={}, editing=False, problem=None)),
    "job form, edit": ("job_form.html", common(USER, job={**JOB, "rev": 3}, editing=True, problem=PROBLEM)),
    "own openings": ("own_openings.html", common(USER, jobs=[JOB, BARE_JOB], **LISTED)),
    "own openings, none": ("own_openings.html", common(USER, jobs=[], **NONE_LISTED)),
    "moderation": ("moderation.html", common(USER, jobs=[BARE_JOB], problem=PROBLEM, **LISTED)),
    "moderation, none": ("moderation.html", common(USER, jobs=[], problem=None, **NONE_LISTED)),
    "job alerts": ("job_alerts.html", common(USER, alerts=[ALERT], asked="coder", problem=PROBLEM)),
    "job alerts, none": ("job_alerts.html", common(NEW_USER, alerts=[], asked="", problem=None)),
    "unsubscribe": ("unsubscribe.html", common(token="a1.1.mac", state="ask", problem=None)),
    "unsubscribe, done": ("unsubscribe.html", common(token="", state="done", problem=None)),
    "unsubscribe, failed": ("unsubscribe.html", common(token="", state="failed", problem=PROBLEM)),
    "applications, employer": (
        "applications.html",
        common(
            USER,
            job=JOB,
            applications=[{**APPLICATION, "name": "Kim Ode", "email": "kim@mail.example", "letter": "Dear team,\n\nI"}],
            statuses=["received", "interview", "declined"],
            **LISTED,
        ),
    ),
    "applications, none": ("applications.html", common(USER, job=JOB, applications=[], statuses=[], **NONE_LISTED)),
    "applications, candidate": (
        "applications.html",
        common(USER, job=None, applications=[{**APPLICATION, "job": JOB}], statuses=[], **LISTED),
    ),
    "applications, candidate, none": (
        "applications.html",
        common(USER, job=None, applications=[], statuses=[], **NONE_LISTED),
    ),
}
