"""The words by which a question shows what it wants."""

import re
from collections.abc import Mapping
from typing import Final

from services.assistant.domain.questions import Focus

FOCUS: Final[Mapping[Focus, str]] = {
    Focus.BILLABLE: r"(?:non-?)?billable|reportable|valid\w*|specific enough|since when|header|active|deleted"
    r"|still (?:in use|valid)|be (?:reported|coded|submitted)|expired?|discontinued|retired|terminated",
    Focus.NOTES: r"exclu\w*|includes?|inclusion|code first|use additional|code also|notes?\b|instruction\w*",
    Focus.UNITS: r"mue|maximum|max|units?|how many times|per day|times (?:a|per) day|medically unlikely",
    Focus.ADD_ON: r"add-?\s?on|primar(?:y|ies)|stand-?\s?alone|alone|by itself|base code",
    Focus.PAIRS: r"ncci|cci|ptp|bundl\w*|unbundl\w*|pairs?|edits?|column (?:1|2|one|two)",
    Focus.GLOBAL: r"global\w*|post-?op\w*|postoperative",
    Focus.MODIFIERS: r"modifiers?|bilateral\w*|both sides|co-?surgeons?|assistants?|two surgeons|assist at",
    Focus.FEES: r"fees?|rvus?|relative values?|pa(?:y|id|ys|ying|yable|yment|yments)|reimburs\w*|how much|prices?"
    r"|status (?:indicator|code)|costs?|allowed amount|allowable|rates?",
    Focus.COVERAGE: r"cover\w*|non-?covered|lcds?|ncds?|medical necessity|medically necessary",
    Focus.RELATED: r"related|cross-?walk\w*|counterpart|alternative|similar|gems?|icd[- ]?9(?:-cm)?"
    r"|maps?|mapped|mapping|equivalent|convert\w*",
    Focus.HISTORY: r"history|chang\w*|when (?:did|was)|introduced|new in|new code|new\W*$|effective|since|revised"
    r"|added",
    Focus.LIMITS: r"age|ages|sex|gender|males?|females?|men|women|newborns?|children|poa|present on admission",
    Focus.SEVENTH: r"seventh|7th|characters?|digits?|extension|placeholder",
    Focus.CHILDREN: r"subdivi\w*|child codes?|more specific|(?:codes?|is|are) (?:under|below)|laterality"
    r"|specific codes?|subcategor\w*|options",
    Focus.GUIDELINES: r"guid\w*|rules?|how (?:do|to|is|should)|when (?:to|do|should|is|can)|document\w*|report\w*"
    r"|requirements?|primary (?:diagnosis|dx|code)|principal|first-?listed|sequenc\w*|difference|differ"
    r"|vs\.?|versus|compared?|time|minutes",
}
TOGETHER: Final = re.compile(
    r"together|same (?:day|claim|time|visit|encounter|session|patient)|along with|alongside|both|bundl\w*|includ\w*"
    r"|separately|\bwith\b|\bw\b"
    r"|\band\b|\bplus\b|pair|column|beside|in addition",
    re.IGNORECASE,
)
# What decides between "A and B" as a comparison and as a claim.
ON_ONE_CLAIM: Final = re.compile(
    r"together|same (?:day|claim|time|visit|encounter|session)|along with|alongside|bundl\w*|\bbill\w*\b|\bpair"
    r"|\bpa(?:id|y)",
    re.IGNORECASE,
)
IMPLIED: Final[Mapping[str, str]] = {
    "50": r"\bbilateral|both sides",
    "62": r"co-?surgeon|two surgeons",
    "66": r"surgical team|team surg",
    "80": r"\bassistant|assist(?:ing)? at",
}
COMPARED: Final = re.compile(r"\b(?:differ\w*|vs\.?|versus|compared?|or|instead of|rather than)\b", re.IGNORECASE)
SYSTEMS: Final[Mapping[str, str]] = {
    "icd-10-pcs": r"\b(?:icd-?\s?10-?\s?)?pcs\b|inpatient procedure code",
    "hcpcs": r"\bhcpcs\b|\b(?:[b-v][- ]|a-)codes?\b|level (?:ii|2) code",
    "cpt": r"\bcpt\b|\bprocedure codes?\b",
    "icd-10-cm": r"\bicd\b|icd-?\s?10|\bdx\b|diagnos[ei]s",
}
# "What is the code for …", "ICD-10 for …", "which diagnosis code fits …", "… icd 10 code", "icd10 …".
_NAMED: Final = (
    r"(?:icd(?:[- ]?10)?(?:[- ]?(?:cm|pcs))?|hcpcs(?: level (?:ii|2))?|cpt|pcs|dx|diagnos[ei]s|procedure|codes?)"
)
PHRASE: Final = re.compile(
    rf"\b{_NAMED}\b(?:\s+codes?)?"
    r"(?:\s+(?:is|are|do|does|should|would|can|i|we|use|used|report|reported|assign|fits?|best|correct|right|to|you))*"
    r"\s+(?:for|of|fits?|when|if|describes?|covers?|represents?|means)\s+(?P<a>.+)"
    r"|^(?P<d>.+?)\s+(?:icd(?:[- ]?10)?(?:[- ]?(?:cm|pcs))?|hcpcs|cpt|pcs|dx)(?:\s+codes?)?\s*[?.]*$"
    r"|^(?:icd(?:[- ]?10)?(?:[- ]?(?:cm|pcs))?|hcpcs|cpt|pcs|dx|codes?)(?:\s+codes?)?\s*:?\s+(?P<e>[a-z].+)"
    r"|^(?:what(?:'s| is) the )?(?P<f>(?!what|which|is |are |can |how).+?)[,\s]+(?:what )?"
    r"(?:dx |diagnosis |procedure |billing )?codes?\s*[?.]*$",
    re.IGNORECASE,
)
# "How do I code …": as often about a rule as about a code.
HOW: Final = re.compile(
    r"\bhow\s+(?:do|should|would|can|to|are|is)\s*(?:i|we|you)?\s*(?:code|report|bill)\s+(?P<b>.+)"
    r"|\b(?:code|report)\s+(?P<c>[a-z].+)|^coding (?:of |for )?(?P<g>[a-z].+)",
    re.IGNORECASE,
)
# Words that ask for a rule and never for a code.
RULE: Final = re.compile(
    r"\b(?:difference|between|versus|vs|mean(?:ing|s)?|rules?|guidelines?|combination|sequenc\w+|conventions?"
    r"|modifiers?|add-?on|excludes\s?[12]|principal diagnos[ei]s|principal)\b",
    re.IGNORECASE,
)
ASKING: Final = re.compile(
    r"^(?:what|when|how|who|whose|why|where|which|is|are|can|could|do|does|did|should|may|must|will|would|has|have|if|i"
    r"|tell|explain|describe|define|give|list|show|please|my|we|guidelines?|rules?)\b",
    re.IGNORECASE,
)
# Asks for care or for a text, which are nobody's business here.
BEYOND: Final = re.compile(
    r"^(?:(?:can|could|will|would) you )?(?:please )?(?:write|draft|compose|translate)\b"
    r"|\bshould (?:this|the|my|our|his|her|a) (?:patient|pt|mother|father|child|wife|husband)\s+"
    r"(?:have|get|take|undergo|stop|start|see|be (?:given|treated))\b"
    r"|\b(?:does|do|has|have) (?:this|the|my|our) (?:patient|pt)s?\s+(?:have|got)\b"
    r"|\b(?:what|which) (?:dose|dosage|medications?|medicines?|treatments?|antibiotics?|therapy) "
    r"(?:of|for|should|is best|to (?:give|take))\b",
    re.IGNORECASE,
)
# Asks for a rule in the middle of a text that begins by telling the case.
ASKED_WITHIN: Final = re.compile(
    r"\b(?:is it|is he|is she|can (?:i|we|it|he|she|they|you|the)|may (?:i|we)"
    r"|(?:do|does|did|should|must|would) (?:i|we|it|the)|how|what|which|when|who|bill(?:ed|ing|able)?"
    r"|pay(?:able|ment)?|paid|charge[ds]?|payer|claims?|medicare)\b",
    re.IGNORECASE,
)
DEFINED: Final = re.compile(r"^what(?:'s| is| are| does)\s+(?:an?\s+|the\s+)?(?P<h>[a-z][^?]+?)\s*\??$", re.IGNORECASE)
TAIL: Final = re.compile(
    r"\s+(?:in|under|according to|per|as of|on|for|from|using|with)\s+"
    r"(?:icd\S*|hcpcs|cpt|pcs|medicare|(?:fy|cy)?\s?\d{4}|\d{1,2}/\S+|the guidelines)\b.*$",
    re.IGNORECASE,
)
SHORT: Final[Mapping[str, str]] = {r"\bw/o\b": "without", r"\bw/\s*": "with ", r"\bw\b(?!/)": "with"}
LEAD: Final = re.compile(
    r"^(?:an?|the|my|this|patients?|someone|somebody|people|who|has|have|having|with|is|are|diagnosed|best|correct"
    r"|what(?:'s)?|please|give me|find|need|i|we|want|looking for)\s+",
    re.IGNORECASE,
)
# A question that goes on from the one before.
GOES_ON: Final = re.compile(
    r"^(?:and|but|so|or|then|also|what about|how about|what if|same|ok(?:ay)?|in|for|on|with|without)\b", re.IGNORECASE
)
ADDS: Final = re.compile(
    r"^(?:and |but |or |what about |how about )*(?:with|on|using|if|adding|append\w*)\b", re.IGNORECASE
)
POINTS_BACK: Final = re.compile(
    r"\b(?:it|its|it's|they|them|their|these|those|that|this|both|either|the (?:same|codes?|pair|modifier))\b",
    re.IGNORECASE,
)
DENIAL: Final = re.compile(
    r"\b(?:(?:CO|PR|OA|PI)[- ]?|(?i:(?:co|pr|oa|pi)-|(?:denial|denied|denying) (?:for |as |with )?(?:co|pr|oa|pi)[- ]?"
    r"|carc|(?:denial|adjustment|reason) (?:reason )?code)\s*#?)(\d{1,3}|B\d{1,2})\b"
)
# Remark codes look like diagnoses: N130 is N13.0 unless it is called a remark.
REMARK: Final = re.compile(r"\b(?:remarks?|rarc)\b[^.?]{0,30}?\b((?:MA|M|N)\d{1,3})\b", re.IGNORECASE)
# Asks for a rule, beside the code that it names.
NEEDED: Final = re.compile(r"\b(?:need\w*|requir\w*|should|must|when|how)\b", re.IGNORECASE)
# What is asked of each of several codes by itself.
EACH: Final = frozenset((Focus.GLOBAL, Focus.FEES, Focus.UNITS, Focus.ADD_ON, Focus.HISTORY, Focus.SEVENTH))
PLACE: Final = re.compile(r"\b(?:pos|places? of service)(?:\s+codes?)?\s*[:#-]?\s*(\d{1,2})\b", re.IGNORECASE)
