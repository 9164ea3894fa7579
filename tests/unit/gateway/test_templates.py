"""Every page in every state: well-formed, labelled, escaped, and without a line of inline script or style."""

import re
import tomllib
from collections import Counter
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from jinja2 import StrictUndefined, Undefined
from markupsafe import Markup

from services.gateway.web import render, wording
from tests.unit.gateway.sample_pages import CPT, PAGES, code, common, opened, quota

VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
CONTENT = Path(render.__file__).parents[2] / "lookup" / "content" / "cpt"
STATIC = render.HERE / "static"
ATTACK = "\"'><script>alert(1)</script><b onx=1 style=x>"
PAGE = render.environment(StrictUndefined)
LENIENT = render.environment(Undefined)

COMMON = ("app.js", "suggest.js")  # the scripts of every page


class Outline(HTMLParser):
    """What a page consists of; refuses tags that are not closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.labelled: set[str] = set()
        self.text: list[str] = []
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(attrs) == len(dict(attrs)), f"an attribute twice: {tag} {attrs}"
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def all(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in names]

    @property
    def ids(self) -> list[str]:
        return [attributes["id"] or "" for _, attributes in self.tags if "id" in attributes]


def assert_own(scripts: list[dict[str, str | None]], sets: set[tuple[str, ...]]) -> None:
    """Every script is one of our files, put off until the page is read, and they are one of the sets."""
    assert all(list(one) == ["src", "defer"] for one in scripts)
    assert tuple((one["src"] or "").removeprefix("/static/").partition("?")[0] for one in scripts) in sets


def outline(name: str, state: str, context: dict[str, Any]) -> Outline:
    del state
    return Outline(PAGE.get_template(name).render(context))


@pytest.fixture(params=PAGES.items(), ids=lambda item: item[0].replace(", ", "-").replace(" ", "_"))
def page(request):
    state, (name, context) = request.param
    return outline(name, state, context)


def test_every_template_of_a_page_has_a_sample():
    shared = {"base.html", "form.html", "sections.html", "data_rows.html", "openings.html", "views.html"}
    shared |= {"account_parts.html", "claim_words.html", "code_sheet.html"}
    templates = {path.name for path in (render.HERE / "templates").glob("*.html")}
    assert {name for name, _ in PAGES.values()} == templates - shared


def test_a_page_has_one_h1_and_its_landmarks(page):
    count = Counter(tag for tag, _ in page.tags)
    assert count["h1"] == 1
    assert (count["main"], count["footer"]) == (1, 1)
    assert count["header"] >= 1
    assert page.tags[0] == ("html", {"lang": "en"})
    assert ("a", {"class": "skip", "href": "#main"}) in page.tags


def test_headings_go_down_one_level_at_a_time(page):
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    levels = levels[levels.index(1) :]
    assert all(below - above <= 1 for above, below in pairwise(levels))


def test_ids_are_unique_and_what_refers_to_one_finds_it(page):
    assert [i for i, n in Counter(page.ids).items() if n > 1] == []
    wanted = {a["href"][1:] for a in page.all("a") if (a.get("href") or "").startswith("#")}
    for _, attributes in page.tags:
        for reference in ("for", "aria-labelledby", "aria-describedby", "aria-controls"):
            wanted |= set((attributes.get(reference) or "").split())
    assert wanted <= set(page.ids)


def test_every_control_has_a_label(page):
    labelled = {label.get("for") for label in page.all("label")}
    for control in page.all("input", "select", "textarea"):
        if control.get("type") != "hidden":
            assert control.get("id") in labelled, control
    assert all("alt" in image for image in page.all("img"))


def test_every_navigation_and_frame_has_a_name(page):
    assert all(a.get("aria-label") or a.get("aria-labelledby") for a in page.all("nav", "aside"))
    assert all(frame.get("title") and "sandbox" in frame for frame in page.all("iframe"))


def test_a_page_keeps_to_the_content_policy(page):
    assert page.all("style") == []
    scripts = [s for s in page.all("script") if s.get("type") != "application/ld+json"]
    assert_own(scripts, {COMMON, *((*COMMON, name) for name in ("recent.js", "claim.js", "rows.js"))})
    for tag, attributes in page.tags:
        assert not [a for a in attributes if a.startswith("on") or a == "style"], (tag, attributes)
    loaded = [link for link in page.all("link") if link["rel"] not in {"canonical", "alternate"}]
    for asset in [*scripts, *loaded, *page.all("img")]:
        assert (asset.get("src") or asset.get("href") or "").startswith("/static/")


def test_every_post_carries_the_form_token(page):
    posts = [form for form in page.all("form") if form.get("method") == "post"]
    tokens = [i for i in page.all("input") if i.get("name") == "form_token"]
    assert len(tokens) == len(posts)
    assert all(form["action"].startswith("/") for form in page.all("form"))


def poisoned(value: Any) -> Any:
    """The same value with an attack at the end of every text in it; Markup was cleaned by its maker."""
    if isinstance(value, Markup):
        return value
    if isinstance(value, str):
        return value + ATTACK
    if isinstance(value, dict):
        return {key: poisoned(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [poisoned(item) for item in value]
    return value


@pytest.mark.parametrize("state", PAGES)
def test_whatever_a_text_says_it_stays_text(state):
    name, context = PAGES[state]
    html = LENIENT.get_template(name).render(poisoned(context))
    page = Outline(html)
    assert "<script>alert" not in html
    assert all(not a.startswith("on") and a != "style" for _, attributes in page.tags for a in attributes)
    scripts = [s for s in page.all("script") if s.get("type") != "application/ld+json"]
    more = {
        "search.html": ("recent.js",),
        "claim_check.html": ("claim.js",),
        "code.html": ("rows.js",),
        "rows.html": ("rows.js",),
    }.get(name, ())
    assert_own(scripts, {(*COMMON, *more)})


def test_a_script_in_a_job_cannot_leave_its_structured_data():
    name, context = PAGES["job, guest"]
    html = PAGE.get_template(name).render({**context, "json_ld": {"title": "</script><script>alert(1)</script>"}})
    assert "alert(1)</script>" not in html


@pytest.mark.parametrize(
    ("limit", "used", "caller", "words"),
    [
        (1, 1, "guest", "1 of 1 guest page views used. 0 remain. Register for five more"),
        (1, 0, "guest", "0 of 1 guest page views used. 1 remains. Register for five more"),
        (5, 4, "user", "4 of 5 page views used. 1 remains."),
        (5, 5, "user", "5 of 5 page views used. 0 remain. Pages you have opened stay open."),
    ],
)
def test_the_banner_says_what_is_left(limit, used, caller, words):
    context = common({**common()["caller"], "kind": caller}, quota=quota(limit, used), editions=[])
    page = Outline(PAGE.get_template("home.html").render(context))
    assert words in " ".join("".join(page.text).split())


def test_no_banner_where_nothing_is_counted():
    for unlimited in (None, quota(None, 7)):
        assert 'class="quota"' not in PAGE.get_template("home.html").render(common(quota=unlimited, editions=[]))


def test_a_locked_page_shows_titles_and_an_invitation_and_no_body():
    name, context = PAGES["code, guest, locked"]
    html = PAGE.get_template(name).render(context)
    assert html.count('class="sec shut"') == 8
    assert "8 further sections" in html
    assert "/register?next=/codes/cpt/20701" in html
    assert "RVU</th>" not in html


def test_a_stale_answer_says_what_it_is_answered_from():
    name, context = PAGES["code, user, whole"]
    html = PAGE.get_template(name).render(context)
    assert "Answered from FY2026 April, valid to 2026-09-30; newer releases exist at the agency." in html


def test_codes_are_linked_where_a_note_names_them():
    html = wording.linked("diabetes due to <a> condition (E08.-), insulin (Z79.4)", ["E08", "Z79.4", "E10"])
    assert html == (
        'diabetes due to &lt;a&gt; condition (<a class="code" href="/codes/icd-10-cm/E08">E08</a>.-), insulin '
        '(<a class="code" href="/codes/icd-10-cm/Z79.4">Z79.4</a>) '
        '<a class="code" href="/codes/icd-10-cm/E10">E10</a>'
    )


@pytest.mark.parametrize(
    ("shown", "wanted"),
    [
        (wording.address("E08-E13", "icd-10-cm"), "/browse/icd-10-cm/E08-E13"),
        (wording.address("4", "icd-10-cm"), "/browse/icd-10-cm/4"),
        (wording.address("20701", "cpt"), "/codes/cpt/20701"),
        (wording.address("0DTJ4", "icd-10-pcs"), "/browse/icd-10-pcs/0DTJ4"),
        (wording.address("0DTJ4ZZ", "icd-10-pcs"), "/codes/icd-10-pcs/0DTJ4ZZ"),
        (wording.address("J1", "hcpcs"), "/browse/hcpcs/J1"),
        (wording.procedure_system("G0516"), "hcpcs"),
        (wording.procedure_system("0054T"), "cpt"),
        (wording.year_before("2026-11-25"), "2025-11-25"),
        (wording.year_before("2024-02-29"), "2023-02-28"),
        (wording.counted(1, "page"), "1 page"),
        (wording.counted(1200, "page"), "1,200 pages"),
        (wording.words("FULL_TIME"), "Full time"),
        (wording.when(0), '<time datetime="1970-01-01T00:00:00Z">1 Jan 1970, 00:00 UTC</time>'),
        (wording.when(None), ""),
        (wording.day(86_400_000), "1970-01-02"),
        (wording.day("2026-01-31"), "2026-01-31"),
        (wording.query({"q": "a b", "cpc_a": True, "remote": False, "page": 1}, page=2), "q=a+b&cpc_a=1&page=2"),
        (render.pay({"pay_min": 28, "pay_max": "34.5", "pay_period": "HOUR"}), "$28\u2013$34.50 an hour"),
        (render.pay({"pay_min": 60_000, "pay_max": 60_000, "pay_period": "year"}), "$60,000 a year"),
        (render.pay({"pay_max": "by agreement"}), "by agreement"),
        (render.pay({}), ""),
    ],
)
def test_words_for_values(shown, wanted):
    assert shown == wanted


@pytest.mark.parametrize("file", sorted(CONTENT.glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_code_page_renders_whole(file):
    content = tomllib.loads(file.read_text())
    sections = [{"key": k, "title": k, "body": v} for k, v in content.items() if isinstance(v, dict)]
    context = common(code=code(opened(sections), **{**CPT, "code": file.stem}))
    page = Outline(PAGE.get_template("code.html").render(context))
    assert {section["key"] for section in sections} <= set(page.ids)


def test_sheets_and_scripts_stay_small():
    for path in STATIC.iterdir():
        assert path.stat().st_size <= {".css": 25_000, ".js": 6_000, ".svg": 1_000}[path.suffix], path.name
        if path.suffix == ".css":
            assert not re.search(r"\burl\(|@import|https?:", path.read_text()), path.name


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2) of #rgb or #rrggbb."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * d for d in colour[1:])
    channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_stands_out_from_its_ground(scheme):
    schemes = re.findall(r":root \{(.*?)\}", (STATIC / "app.css").read_text(), re.DOTALL)
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]+)", schemes[scheme]))
    pairs = [(ink, ground) for ink in ("ink", "mute", "link", "link-2") for ground in ("paper", "card", "sunk")]
    pairs += [("on-bar", "bar"), ("on-act", "act"), ("on-act", "act-2"), ("gold", "bar")]
    pairs += [(word, f"{word}-bg") for word in ("ok", "warn", "bad", "none")]
    for ink, ground in pairs:
        light, dark = sorted((luminance(colours[ink]), luminance(colours[ground])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, ground)
    for ground in ("paper", "card"):
        light, dark = sorted((luminance(colours["edge"]), luminance(colours[ground])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 3, ground  # the edge of a control (WCAG 2.2, 1.4.11)


def test_a_kept_sheet_is_shown_only_for_what_it_was_made_of():
    def shown(**changed):
        sections = [{"key": "official", "title": "Official", "locked": False, "body": b'{"text": "Hypertension"}'}]
        head = {"system": "icd-10-cm", "code": "I10", "display": "Hypertension", "status": "active", "billable": True}
        edition = {"version": "FY2026", "effective_to": "2026-09-30", "stale": False}
        code = {**head, "as_of": "2026-05-01", "edition": edition, "sections": sections, **changed}
        return render.sheet_html(code, "")

    first = shown()
    assert shown() is first
    assert "Header, not billable" in shown(billable=False)
    assert "Answered from FY2026" in shown(edition={"version": "FY2026", "effective_to": "2026-09-30", "stale": True})
    other = [{"key": "official", "title": "Official", "locked": False, "body": b'{"text": "Another text"}'}]
    assert "Another text" in shown(sections=other)
    locked = [*other, {"key": "notes", "title": "Notes", "locked": True}]
    assert "locked" in shown(sections=locked)
