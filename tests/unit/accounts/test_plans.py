import copy
import tomllib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.accounts.quota import networks
from services.accounts.quota.periods import Period, name_of, renewal
from services.accounts.quota.plans import FEATURES, PRESETS, PlansError, load, parse

TABLE = tomllib.loads(PRESETS[""].read_text())


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("plan", "feature", "limit", "period"),
    [
        ("guest", "code_page", 1, "lifetime"),
        ("guest", "question", 3, "day"),
        ("guest", "consult", 0, "day"),
        ("guest", "case", 0, "day"),
        ("guest", "check", 20, "day"),
        ("free", "code_page", 5, "lifetime"),
        ("free", "question", 20, "day"),
        ("free", "consult", 5, "day"),
        ("free", "case", 20, "day"),
        ("free", "check", 5000, "day"),
        ("paid", "code_page", None, "lifetime"),
    ],
)
def test_the_default_plans_are_as_promised(plans, plan, feature, limit, period):
    allowance = plans.allowance(plan, feature)
    assert (allowance.limit, allowance.period) == (limit, period)


def test_twenty_guests_a_day_come_from_one_network(plans):
    assert plans.guests_per_network == 20


def test_the_open_preset_meters_no_account():
    assert {a.limit for a in load("open").of("free").values()} == {None}


def test_a_plan_the_file_no_longer_names_is_the_free_one(plans):
    assert plans.of("gone") == plans.of("free")


def test_an_operators_own_file_is_read(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text(PRESETS[""].read_text().replace("limit = 5,", "limit = 7,", 1))
    assert load(str(own)).allowance("free", "code_page").limit == 7


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(PlansError, match=r"nowhere\.toml: cannot be read \(No such file"):
        load(str(tmp_path / "nowhere.toml"))


def test_a_file_that_is_no_toml_is_named_with_its_line(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text("a = 1\nb = = 2\n")
    with pytest.raises(PlansError, match=r"own\.toml: not TOML: .*line 2"):
        load(str(own))


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("plans", "free"), None, r"\[plans.free\] is missing; expected"),
        (("plans",), 3, r"\[plans\] is 3; expected a table"),
        (("plans", "free", "check"), None, r"plans.free.check is missing; expected a table"),
        (("plans", "free", "check", "limit"), -1, r"plans.free.check.limit is -1; expected a whole number"),
        (("plans", "free", "check", "limit"), True, r"plans.free.check.limit is True; expected"),
        (("plans", "free", "check", "limit"), "many", r"plans.free.check.limit is 'many'; expected"),
        (("plans", "free", "check", "limit"), None, r"plans.free.check.limit is missing"),
        (
            ("plans", "free", "check", "period"),
            "week",
            r"plans.free.check.period is 'week'; expected lifetime, day or month",
        ),
        (("plans", "free", "checks"), {}, r"\[plans.free\] has the unknown key 'checks'; expected only code_page"),
        (("plans", "free", "check", "limits"), 1, r"plans.free.check has the unknown key 'limits'"),
        (("plan",), {}, r"the file has the unknown key 'plan'"),
        (("guests_per_network",), None, r"guests_per_network is missing"),
    ],
)
def test_what_is_wrong_in_a_file_is_said_with_its_place(path, value, said):
    table = copy.deepcopy(TABLE)
    *parents, last = path
    inner = table
    for parent in parents:
        inner = inner[parent]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    with pytest.raises(PlansError, match=said):
        parse(table)


def test_every_plan_names_every_feature_in_order(plans):
    for plan in ("guest", "free", "paid"):
        assert tuple(plans.of(plan)) == FEATURES


@pytest.mark.parametrize(
    ("period", "moment", "name", "next_begins"),
    [
        ("lifetime", "2026-05-01T12:00", "lifetime", None),
        ("day", "2026-05-01T23:59:59.999", "2026-05-01", "2026-05-02"),
        ("day", "2026-12-31T00:00", "2026-12-31", "2027-01-01"),
        ("month", "2026-12-31T12:00", "2026-12", "2027-01-01"),
        ("month", "2028-02-01T00:00", "2028-02", "2028-03-01"),
    ],
)
def test_periods_are_cut_at_utc_midnight(period, moment, name, next_begins):
    assert name_of(Period(period), at(moment)) == name
    assert renewal(Period(period), at(moment)) == (next_begins and at(next_begins))


@given(st.sampled_from([Period.DAY, Period.MONTH]), st.integers(0, 4_000_000_000_000))
def test_a_period_ends_where_the_next_begins(period, moment):
    following = renewal(period, moment)
    assert following > moment
    assert name_of(period, following - 1) == name_of(period, moment) != name_of(period, following)


NOON = at("2026-05-01T12:00")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.7", "203.0.113.7", True),
        ("203.0.113.7", "203.0.113.8", False),
        ("203.0.113.7", "::ffff:203.0.113.7", True),
        ("2001:db8:0:1::5", "2001:db8:0:1:ffff::", True),
        ("2001:db8:0:1::5", "2001:db8:0:2::5", False),
        ("nonsense", "", True),
    ],
)
def test_a_network_is_an_ipv4_address_or_an_ipv6_site(one, other, same):
    assert (networks.owner_of("s", one, NOON) == networks.owner_of("s", other, NOON)) == same


def test_a_networks_name_changes_every_day_and_holds_no_address():
    today = networks.owner_of("s", "203.0.113.7", NOON)
    assert today != networks.owner_of("s", "203.0.113.7", NOON + 86_400_000)
    assert "203.0.113.7" not in today


@pytest.mark.parametrize(
    ("address", "local"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("", True),
        ("203.0.113.7", False),
        ("x", False),
    ],
)
def test_loopback_is_this_machine(address, local):
    assert networks.is_loopback(address) == local
