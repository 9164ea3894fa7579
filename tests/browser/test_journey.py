"""Journeys through the platform, as people take them."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import nats
import pytest
from codingahead.careers.v1.events_pb2 import AlertMatched

pytestmark = [pytest.mark.live, pytest.mark.browser]


def test_from_guest_to_member(visit):
    visit.go("/")
    visit.look("home")
    visit.go("/codes/cpt/20701")
    assert "Reporting guidelines" in visit.text()
    assert visit.page.locator("section.shut").count() == 0
    visit.look("code-cpt-whole")
    visit.go("/codes/icd-10-cm/E11.42")
    assert visit.page.locator("section.shut").count() == 8
    assert "Type 2 diabetes mellitus with diabetic polyneuropathy" in visit.text()
    visit.look("code-locked")
    visit.page.click("text=Register and open this page")
    visit.look("register")
    visit.register()
    assert visit.page.url.endswith("/codes/icd-10-cm/E11.42")
    assert visit.page.locator("section.shut").count() == 0
    visit.look("code-icd-whole")
    visit.go("/codes/cpt/20701")
    assert visit.page.locator("section.shut").count() == 0
    visit.go("/account")
    visit.look("account")


PASTED = """text => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    document.activeElement.dispatchEvent(new ClipboardEvent("paste", {clipboardData, bubbles: true, cancelable: true}));
}"""


def test_lines_pasted_into_a_row_are_laid_out_as_rows(visit):
    def of(name: str) -> list[str]:
        return [one.input_value() for one in visit.page.locator(f"input[name={name}]").all()]

    visit.go("/claim-check")
    visit.page.fill("input[name=code] >> nth=0", "99213")
    visit.page.focus("input[name=code] >> nth=1")
    with visit.page.expect_navigation():
        visit.page.evaluate(PASTED, "Code\tMod\tUnits\tDx\n29880\tRT\t1\tM23.203\n29881\tRT\t2\tM23.203 I10\n")
    assert (of("code")[:4], of("modifiers")[:3]) == (["99213", "29880", "29881", ""], ["", "RT", "RT"])
    assert (of("units")[:3], of("diagnoses")[:3]) == (["", "1", "2"], ["", "M23.203", "M23.203 I10"])


def test_search_browse_and_what_is_not_there(visit):
    visit.go("/case2code?q=diabetes+neuropathy")
    assert "E11.4" in visit.text()
    visit.look("search")
    visit.go("/browse/icd-10-cm/E11")
    visit.look("browse")
    visit.page.click("a[rel=next]")
    assert visit.page.url.endswith("/browse/icd-10-cm/E13")
    visit.go("/data")
    visit.look("data")
    visit.go("/codes/icd-10-cm/Z99.ZZZ", expected=404)
    visit.look("unknown-code")
    visit.go("/nowhere", expected=404)


def test_through_every_product(visit):
    visit.go("/casepilot")
    visit.look("casepilot")
    visit.page.fill("textarea[name=q]", "What is CPT code 99213?")
    visit.page.press("textarea[name=q]", "Enter")
    assert "99213" in visit.page.inner_text("article.answer")
    visit.look("casepilot-answer")
    visit.page.click("ol.cites a >> nth=0")
    visit.go("/casepilot?q=Who+won+the+football+world+cup+in+1998")
    assert "No answer" in visit.text()
    visit.look("casepilot-abstains")
    visit.go("/guides/abn")
    visit.look("guide")
    visit.go("/register")
    address = visit.register()
    visit.verify(address)
    visit.go("/caseconsultant")
    visit.page.fill("input[name=subject]", "Two diagnoses")
    visit.page.fill(
        "textarea[name=text]", "Type 2 diabetes with diabetic polyneuropathy. Essential hypertension. No cough."
    )
    visit.page.click("main form button")
    until = time.monotonic() + 20
    while "E11.42" not in visit.text() and time.monotonic() < until:
        time.sleep(0.3)
        visit.page.reload()
    assert "I10" in visit.text()
    visit.look("consult")
    visit.go("/caseconsultant")
    assert "answered" in visit.text()
    visit.look("caseconsultant")
    visit.go("/careers/new")
    visit.look("job-form")
    post(visit)
    assert "waiting" in visit.text()
    visit.look("job-waiting")
    visit.go("/careers")
    visit.look("careers")
    visit.go("/dev/mailbox")
    visit.look("mailbox")


def post(visit) -> None:
    page = visit.page
    page.fill("input[name=title]", "Pediatric coder <b>bold</b>")
    page.fill("input[name=employer]", "Children's Clinics")
    page.fill("textarea[name=description]", "Well visits & vaccines.\n\nSeven coders who talk to each other.")
    page.fill("input[name=location]", "Little Rock")
    page.select_option("select[name=state]", "AR")
    page.fill("input[name=pay_min]", "21.50")
    page.fill("input[name=pay_max]", "26")
    page.fill("input[name=valid_through]", time.strftime("%Y-%m-%d", time.gmtime(time.time() + 30 * 86_400)))
    page.click("main form.card >> nth=0 >> button:has-text('Post the job')")


BROKEN = "\ufeffSystem;Code;Note\nICD-10-CM;I10;\n\nICD-10-CM;I1000;no such code\n".encode()


def test_a_list_lives_on_after_signing_in_anew(visit):
    page = visit.page
    visit.go("/register")
    address = visit.register()
    visit.go("/case2code")
    page.locator("#q").press_sequentially("essential hyperten", delay=20)
    page.wait_for_selector("ul.suggest li")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/codes/icd-10-cm/I10")
    page.fill("#list-name", "Clinic")
    page.fill("#list-note", "the usual one")
    page.click("aside form[action='/lists'] button")
    assert page.url.endswith("/lists/Clinic")
    page.fill("input[name=note]", "blood pressure twice")
    page.click("text=Keep")
    visit.look("list")
    with page.expect_download() as exported:
        page.click("text=Export as CSV")
    assert "I10,blood pressure twice," in exported.value.path().read_text()
    page.click("text=Sign out")
    visit.go("/login?next=/lists")
    page.fill("input[name=email]", address)
    page.fill("input[name=password]", "correct horse battery staple 9")
    page.click("main button")
    assert "Looked at lately" in visit.text()
    visit.look("lists")
    page.click("main >> text=Clinic")
    assert page.input_value("input[name=note]") == "blood pressure twice"


def test_the_list_of_suggestions_goes_by_keys(visit):
    page = visit.page
    visit.go("/case2code")
    page.keyboard.type("essential hyperten", delay=20)  # the box has the focus
    page.wait_for_selector("ul.suggest li")
    visit.look("suggest")
    for key, chosen in (("ArrowUp", -1), ("Home", 0), ("End", -1), ("ArrowDown", 0)):
        page.keyboard.press(key)
        options = page.locator("ul.suggest li")
        option = options.last if chosen else options.first
        assert option.get_attribute("aria-selected") == "true"
        assert page.get_attribute("#q", "aria-activedescendant") == option.get_attribute("id")
    page.keyboard.press("Escape")
    assert page.locator("ul.suggest").first.is_hidden()
    page.keyboard.press("ArrowDown")
    page.wait_for_selector("ul.suggest li")
    page.keyboard.press("Enter")
    page.wait_for_url("**/case2code?q=essential+hyperten*")
    page.keyboard.press("Control+k")
    assert page.evaluate("document.activeElement.id") == "q"


def test_lists_are_renamed_and_imported_and_codes_move_between_them(visit):
    page = visit.page
    visit.go("/register")
    visit.register()
    visit.go("/lists")
    page.fill("#name", "Clinic")
    page.fill("#code", "I10")
    page.click("text='Save'")
    page.click("text=Rename or delete the list")
    page.fill("input[name=to] >> visible=true", "Heart")
    page.click("text='Rename'")
    assert page.url.endswith("/lists/Heart")
    page.click("text=Move, remove")
    page.fill("input[name=to] >> visible=true", "Clinic")
    page.click("text='Move'")
    assert page.url.endswith("/lists/Clinic")
    visit.go("/lists")
    page.set_input_files("input[name=file]", files=[{"name": "a.csv", "mimeType": "text/csv", "buffer": BROKEN}])
    page.click("text='Import'")
    assert "line 4" in page.inner_text("[role=alert]")
    visit.look("lists-refused")


def test_searches_are_narrowed_and_codes_compared(visit):
    page = visit.page
    visit.go("/case2code?q=fracture+wrist")
    visit.look("search-narrow")
    visit.go("/codes/icd-10-cm/E11.9")
    page.click("text=Same as last year?")
    assert "E11.9" in page.inner_text("main [role=status]")
    visit.go("/compare?system=icd-10-cm&a=E11.9&b=E10.9")
    visit.look("compare")
    visit.go("/accuracy")
    visit.look("accuracy")


def test_an_operator_reads_a_dead_letter_and_replays_it_with_one_click(visit, platform):
    with ThreadPoolExecutor() as aside:  # the browser's own loop runs in this thread
        aside.submit(asyncio.run, leave_dead_letter(platform.run_json()["nats_url"])).result(30)
    page = visit.page
    page.goto(platform.run_json()["console"] + "/dead")
    page.click("tbody td a >> nth=0")
    assert "jffffffffffffffff" in page.inner_text("pre")
    page.click("button:has-text('Replay')")
    assert page.url.endswith("/dead")
    assert "None. Every message found its handler." in page.inner_text("main")


async def leave_dead_letter(nats_url: str) -> None:
    """A letter about an alert that has ended: its replay writes nothing."""
    connection = await nats.connect(nats_url)
    headers = {"ce-id": "m1", "ce-time": "2026-11-25T03:00:00.000+00:00", "dead-handler": "send_alert_letter"}
    headers |= {"dead-subject": "codingahead.careers.alert.matched.v1", "dead-error": "RuntimeError: <b>x</b>"}
    body = AlertMatched(alert_id="a1", opening_id="jffffffffffffffff", account_id="nobody").SerializeToString()
    subject = f"dead.{headers['dead-handler']}.{headers['dead-subject']}"
    await connection.jetstream().publish(subject, body, headers=headers)
    await connection.close()


def test_what_no_journey_opens_is_in_order_too(visit):
    for name, path in (
        ("case2code", "/case2code"),
        ("search-nothing", "/case2code?q=0000000&system=icd-10-pcs"),
        ("search-header", "/case2code?q=E11"),
        ("browse-top", "/browse/icd-10-cm"),
        ("login", "/login"),
        ("claim-check", "/claim-check"),
    ):
        visit.go(path)
        visit.look(name)
