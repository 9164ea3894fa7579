"""Answers that are kept, and let go."""

import gc
import weakref

from services.lookup.search.remembered import Remembered


def test_an_answer_is_worked_out_once():
    asked = []
    known = Remembered(2)
    assert [known.get(one, lambda one: asked.append(one) or one * 2) for one in (3, 3, 4, 3)] == [6, 6, 8, 6]
    assert asked == [3, 4]


def test_the_oldest_makes_way_and_nothing_is_an_answer_too():
    asked = []
    known = Remembered(2)
    for one in (1, 2, 3, 2, 1):
        assert known.get(one, asked.append) is None
    assert asked == [1, 2, 3, 1]


def test_what_holds_it_is_gone_once_it_is_let_go():
    class Holder:
        def __init__(self) -> None:
            self.known = Remembered(2)

        def double(self, one: int) -> int:
            return one * 2

    holder = Holder()
    holder.known.get(1, holder.double)
    there = weakref.ref(holder)
    gc.disable()
    try:
        del holder
        assert there() is None
    finally:
        gc.enable()
