"""Lists of any length: exact totals, an order that ties do not shake, every one on one page."""

import random
from dataclasses import replace

import pytest

from services.careers.board.board import Board
from services.careers.board.words import fits, words, worth
from services.careers.domain.openings import Filters, Opening, Page
from services.careers.domain.people import Caller
from services.chassis.errors import AppError
from tests.unit.careers.world import DETAILS, EDITOR, EMPLOYER, TODAY, office, opened

GUEST = Caller()
VOCABULARY = (
    *("coder", "coding", "auditor", "surgery", "surgical", "inpatient", "cardiology"),
    *("radiology", "denial", "denials", "remote"),
)


async def all_pages(ask, limit: int):
    found, total = await ask(Page(1, limit))
    for number in range(2, -(-total // limit) + 1):
        part, again = await ask(Page(number, limit))
        assert again == total
        found = [*found, *part]
    assert (await ask(Page(-(-total // limit) + 1, limit)))[0] == [], "past the end there is nothing"
    return found, total


async def test_every_list_pages_through_any_number():
    careers = office()
    for n in range(620):
        await opened(careers, title=f"Coder {n}")
    careers.openings.known.clear()
    for n in range(130):
        await careers.post_opening(EMPLOYER, replace(DETAILS, title=f"Waiting {n}"))
    for caller, listed, total in ((GUEST, "", 620), (EMPLOYER, "mine", 750), (EDITOR, "waiting", 130)):

        async def ask(page: Page, caller=caller, listed=listed):
            return await careers.search_openings(caller, Filters(), page, listed)

        found, told = await all_pages(ask, 37)
        assert told == total
        assert len({one.id for one in found}) == total
    places, told = await all_pages(careers_map(careers), 250)
    assert (len(places), told) == (620, 620)


def careers_map(careers):
    async def ask(page: Page):
        return careers.map_openings(page)

    return ask


async def test_more_applicants_than_one_page_are_listed_and_all_are_told_of_the_end():
    careers = office()
    opening = await opened(careers)
    for n in range(230):
        await careers.apply(Caller(f"a{n}", "user", verified=True), opening.id, f"Letter {n}")

    async def ask(page: Page):
        return await careers.list_applications(EMPLOYER, opening.id, page)

    found, total = await all_pages(ask, 100)
    assert total == 230
    assert len({one.id for one, _ in found}) == 230
    await careers.end_applications(opening.id)
    assert {one.status for one in careers.applications.kept.values()} == {"closed"}


@pytest.mark.parametrize(("page", "field"), [(Page(0, 20), "page"), (Page(-3, 20), "page"), (Page(1, 101), "limit")])
async def test_a_page_that_cannot_be_is_refused_with_its_field(page, field):
    careers = office()
    for ask in (
        careers.search_openings(GUEST, Filters(), page),
        careers.search_openings(EMPLOYER, Filters(), page, "mine"),
        careers.list_applications(EMPLOYER, "", page),
    ):
        with pytest.raises(AppError) as refused:
            await ask
        assert (refused.value.reason, refused.value.errors[0].where) == ("BAD_PAGE", field)


def some_opening(dice: random.Random, number: int) -> Opening:
    details = replace(
        DETAILS,
        title=" ".join(dice.sample(VOCABULARY, 2)),
        employer=dice.choice(("Lakeside", "Cardiology Partners", "Inpatient Group")),
        description=" ".join(dice.sample(VOCABULARY, 4)),
        credentials=tuple(dice.sample(("CPC", "CCS", "RHIT"), dice.randrange(3))),
        remote=dice.random() < 0.5,
        state=dice.choice(("", "WI", "ME")),
        cpc_a_accepted=dice.random() < 0.5,
        employment_type=dice.choice(("FULL_TIME", "PART_TIME")),
        valid_through=dice.choice(("2026-11-24", "2026-11-25", "2026-12-24")),
    )
    return Opening(f"j{number}", details, "e", "open", dice.randrange(20), 1)


def rank(opening: Opening, filters: Filters) -> int:
    """How well an opening fits, counted word by word."""
    said = worth(opening.details)
    total = 0
    for word in dict.fromkeys(words(filters.query)):
        total += said.get(word) or int(any(one.startswith(word) for one in said))
    return total


def test_the_board_finds_what_reading_every_opening_finds_in_the_same_order():
    dice, board = random.Random(3), Board()  # noqa: S311 -- dice, no secret
    there = {}
    for step in range(400):
        one = some_opening(dice, dice.randrange(120))
        one = replace(one, rev=step + 1, status=dice.choice(("open", "open", "open", "closed")))
        there[one.id] = one
        board.put([one])
    for step in range(300):
        day = "2026-11-24" if step < 150 else "2026-11-25"
        filters = Filters(
            query=" ".join(dice.sample([*VOCABULARY, "cod", "surg", "zebra", "inpat"], dice.randrange(3))),
            credential=dice.choice(("", "", "CPC")),
            cpc_a=dice.random() < 0.2,
            remote=dice.random() < 0.2,
            state=dice.choice(("", "", "ME")),
            employment_type=dice.choice(("", "", "PART_TIME")),
        )
        newest = dice.random() < 0.5
        fitting = [
            one
            for one in there.values()
            if one.status == "open" and day <= one.details.valid_through and fits(one.details, filters)
        ]
        fitting.sort(key=lambda one: (0 if newest else -rank(one, filters), -one.posted_at, one.id))
        found, total = board.find(filters, Page(2, 7), day, newest_first=newest)
        assert total == len(fitting)
        assert [one.id for one in found] == [one.id for one in fitting[7:14]]


async def test_an_opening_put_after_midnight_with_a_last_day_before_it_does_not_appear():
    board = Board()
    assert board.find(Filters(), Page(), "2026-12-25") == ([], 0)
    board.put([Opening("j1", DETAILS, "e", "open", 1, 1)])
    assert board.find(Filters(), Page(), "2026-12-25") == ([], 0)
    assert DETAILS.valid_through > TODAY
