"""A plans file that changes while the service runs."""

import pytest

from services.accounts.domain import Credential, Outcome
from services.accounts.quota.in_force import PlansFile
from services.accounts.quota.plans import PRESETS, PlansError, load
from tests.unit.accounts.memory import MemoryPlansStore
from tests.unit.accounts.office import NOON

SHIPPED = PRESETS[""].read_text()


def clock() -> int:
    return NOON


async def test_a_changed_file_holds_at_the_next_look_and_is_told_once(tmp_path):
    own, store = tmp_path / "plans.toml", MemoryPlansStore()
    own.write_text(SHIPPED)
    replicas = [PlansFile(str(own), tmp_path / "none"), PlansFile(str(own), tmp_path / "none")]
    for _ in range(2):
        for replica in replicas:
            await replica.look(store, clock)
    assert [fact.revision for fact in store.told] == [1]
    own.write_text(SHIPPED.replace("limit = 5,", "limit = 7,", 1))
    for replica in replicas:
        await replica.look(store, clock)
    assert [replica.in_force.plans.allowance("free", "code_page").limit for replica in replicas] == [7, 7]
    assert [fact.revision for fact in store.told] == [1, 2]


async def test_a_broken_file_is_refused_with_line_and_reason_and_the_old_plans_stay(tmp_path, caplog):
    own, store = tmp_path / "plans.toml", MemoryPlansStore()
    own.write_text(SHIPPED)
    file = PlansFile(str(own), tmp_path / "none")
    await file.look(store, clock)
    line = SHIPPED.splitlines().index("[plans.free]") + 2
    own.write_text(SHIPPED.replace("limit = 5,", "limit = -5,", 1))
    await file.look(store, clock)
    await file.look(store, clock)
    said = f"plans.toml, line {line}: plans.free.code_page.limit is -5; expected a whole number"
    assert said in file.in_force.refusal
    assert len([record for record in caplog.records if said in record.getMessage()]) == 1
    assert file.in_force.plans.allowance("free", "code_page").limit == 5
    assert len(store.told) == 1
    own.write_text(SHIPPED)
    await file.look(store, clock)
    assert file.in_force.refusal == ""


async def test_a_file_laid_into_the_data_folder_takes_the_place_of_the_shipped_plans_and_back(tmp_path):
    beside, store = tmp_path / "plans.toml", MemoryPlansStore()
    file = PlansFile("", beside)
    assert file.in_force.source == "the plans that ship"
    beside.write_text(SHIPPED.replace("limit = 5,", "limit = 9,", 1))
    await file.look(store, clock)
    assert (file.in_force.plans.allowance("free", "code_page").limit, file.in_force.source) == (9, str(beside))
    beside.unlink()
    await file.look(store, clock)
    assert file.in_force.plans.allowance("free", "code_page").limit == 5


async def test_a_file_broken_at_the_first_start_stops_it_and_at_a_later_one_the_plans_told_last_stay(tmp_path):
    own, store = tmp_path / "plans.toml", MemoryPlansStore()
    with pytest.raises(PlansError, match="cannot be read"):
        await PlansFile(str(own), tmp_path / "none").recover(store)
    own.write_text(SHIPPED.replace("limit = 5,", "limit = 7,", 1))
    file = PlansFile(str(own), tmp_path / "none")
    await file.recover(store)
    await file.look(store, clock)
    own.write_text("broken = = 1\n")
    after = PlansFile(str(own), tmp_path / "none")
    await after.recover(store)
    assert after.in_force.plans.allowance("free", "code_page").limit == 7
    assert "not TOML" in after.in_force.refusal
    own.write_text(SHIPPED)
    await after.look(store, clock)
    assert (after.in_force.plans.allowance("free", "code_page").limit, after.in_force.refusal) == (5, "")


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ('question = { limit = 20, period = "day" }', 'question = { limit = 20, period = "week" }', "free.question"),
        ("guests_per_network = 20", 'guests_per_network = "few"', "guests_per_network"),
        ("free_systems = []", 'free_systems = ["icd-9"]', "free_systems"),
        ("[plans.paid]", "[plans.paid]\nlimit = 3", "plans.paid.limit"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path, before, after, line):
    own = tmp_path / "own.toml"
    own.write_text(SHIPPED.replace(before, after, 1))
    broken = after.splitlines()[-1]
    number = own.read_text().splitlines().index(broken) + 1
    with pytest.raises(PlansError, match=rf"own\.toml, line {number}: "):
        load(str(own))
    assert line


def test_a_table_of_its_own_is_named_by_its_line(tmp_path):
    own = tmp_path / "own.toml"
    text = SHIPPED.replace('check = { limit = 5000, period = "day" }', "", 1)
    own.write_text(text + '\n[plans.free.check]\nlimit = 3\nperiod = "hour"\n')
    with pytest.raises(PlansError, match=rf"line {len(own.read_text().splitlines())}: plans.free.check.period"):
        load(str(own))


async def test_a_free_systems_pages_cost_nobody_anything_and_others_do(office, tmp_path):
    own = tmp_path / "own.toml"
    own.write_text(SHIPPED.replace("free_systems = []", 'free_systems = ["icd-10-cm"]'))
    office.under(load(str(own)))
    guest = await office.guest()
    for page in ("icd-10-cm/E11.9", "icd-10-cm/I10"):
        spent = await office.open(guest, page)
        assert (spent.outcome, spent.quota.used, spent.quota.remaining) == (Outcome.UNMETERED, 0, 1)
    assert (await office.open(guest, "cpt/20701")).outcome is Outcome.CHARGED
    assert (await office.open(guest, "icd-10-cm/I11")).quota.remaining == 0
    assert (await office.open(guest, "cpt/99213")).outcome is Outcome.EXHAUSTED


async def test_usage_says_what_was_charged_newest_first(office):
    guest = await office.guest()
    await office.open(guest, "cpt/20701")
    office.now += 1
    member = await office.member(credential=guest)
    for page in ("icd-10-cm/E11.9", "icd-10-cm/I10"):
        office.now += 1
        await office.open(member, page)
    told = [(charge.resource, charge.carried) for charge in (await office.verbs.get_usage(member)).charges]
    assert told == [("icd-10-cm/I10", False), ("icd-10-cm/E11.9", False), ("cpt/20701", True)]


async def test_a_newcomer_of_a_full_network_reads_the_same_number_as_a_charge_would_tell(office):
    for number in range(20):
        await office.open(await office.guest(), f"page/{number}")
    usage = await office.verbs.get_usage(Credential(address="203.0.113.7"))
    quota = next(quota for quota in usage.quotas if quota.feature == "code_page")
    spent = await office.open(await office.guest(), "page/x", peek=True)
    assert quota.remaining == spent.quota.remaining == 0
