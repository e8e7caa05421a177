"""How many sandboxes are made ahead: always some, more after a rush, all for an announced class."""

from __future__ import annotations

import time

import pytest

from app.sandboxes.warm import MOST_FOR_RECENT, Expected, WarmSandboxes
from app.settings import Settings


def books(warm_sandboxes: int = 2) -> WarmSandboxes:
    return WarmSandboxes(Settings(warm_sandboxes=warm_sandboxes, warm_ahead_s=300))


def a_class(students: int, starts_in: float, minutes: float = 20) -> Expected:
    start = time.time() + starts_in
    return Expected(students, start, start + minutes * 60)


def test_the_oldest_is_given_first_and_only_once() -> None:
    warm = books()
    first, second = warm.begin(), warm.begin()
    warm.put(first)
    warm.put(second)
    assert [warm.take(), warm.take(), warm.take()] == [first, second, None]


def test_what_is_in_the_making_counts_but_can_t_be_given() -> None:
    warm = books()
    sandbox = warm.begin()
    assert len(warm) == 1
    assert sandbox in warm
    assert warm.take() is None


def test_dropping_twice_is_fine() -> None:
    warm = books()
    sandbox = warm.begin()
    warm.put(sandbox)
    warm.drop(sandbox)
    warm.drop(sandbox)
    assert len(warm) == 0


def test_there_is_always_the_number_that_was_set() -> None:
    assert books(3).target == 3


def test_a_rush_makes_it_larger_up_to_a_bound() -> None:
    warm = books()
    for _ in range(5):
        warm.arrived()
    assert warm.target == 5
    for _ in range(MOST_FOR_RECENT):
        warm.arrived()
    assert warm.target == MOST_FOR_RECENT


def test_who_wants_none_gets_none_even_in_a_rush() -> None:
    warm = books(0)
    warm.arrived()
    assert warm.target == 0


@pytest.mark.parametrize(("starts_in", "wanted"), [(600, 2), (299, 30), (-600, 30), (-1201, 2)])
def test_an_announced_class_is_made_in_the_minutes_before(starts_in: float, wanted: int) -> None:
    warm = books()
    warm.expected = [a_class(30, starts_in)]
    assert warm.target == wanted


def test_who_has_come_is_expected_no_longer() -> None:
    warm = books()
    warm.expected = [a_class(30, starts_in=60)]
    for _ in range(25):
        warm.arrived()
    assert warm.target == MOST_FOR_RECENT
    for _ in range(5):
        warm.arrived()
    warm.expected = [a_class(40, starts_in=60)]
    assert warm.target == MOST_FOR_RECENT


def test_two_classes_need_the_sandboxes_of_both() -> None:
    warm = books()
    warm.expected = [a_class(20, 60), a_class(10, 120)]
    assert warm.target == 30
