"""Counting by the minute: a person's pace passes, more is refused, nobody pays for another."""

from __future__ import annotations

import pytest

from app.errors import TooManyRequests
from app.limits import MAX_COUNTED_STUDENTS, MINUTE_S, PerMinute

ANN, BOB = "a" * 16, "b" * 16


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_as_many_as_allowed_pass_and_the_next_one_is_refused_with_a_sentence() -> None:
    asked = PerMinute(3, "checks")
    for _ in range(3):
        asked.count(ANN)
    with pytest.raises(TooManyRequests) as refused:
        asked.count(ANN)
    assert refused.value.message == "That was a lot of checks."
    assert "Wait a minute" in refused.value.hint


def test_one_student_does_not_use_up_anothers() -> None:
    asked = PerMinute(1, "checks")
    asked.count(ANN)
    asked.count(BOB)
    with pytest.raises(TooManyRequests):
        asked.count(ANN)


def test_a_minute_later_the_student_may_ask_again() -> None:
    clock = Clock()
    asked = PerMinute(1, "resets", clock)
    asked.count(ANN)
    clock.now += MINUTE_S
    with pytest.raises(TooManyRequests):
        asked.count(ANN)
    clock.now += 0.1
    asked.count(ANN)


def test_the_minute_slides() -> None:
    clock = Clock()
    asked = PerMinute(2, "resets", clock)
    asked.count(ANN)
    clock.now += MINUTE_S / 2
    asked.count(ANN)
    clock.now += MINUTE_S / 2 + 1
    asked.count(ANN)
    with pytest.raises(TooManyRequests):
        asked.count(ANN)


def test_who_is_refused_does_not_wait_longer_for_having_asked() -> None:
    clock = Clock()
    asked = PerMinute(1, "resets", clock)
    asked.count(ANN)
    for _ in range(5):
        clock.now += 10
        with pytest.raises(TooManyRequests):
            asked.count(ANN)
    clock.now += 11
    asked.count(ANN)


def test_students_of_long_ago_are_forgotten_and_recent_ones_are_not() -> None:
    clock = Clock()
    asked = PerMinute(1, "checks", clock)
    for number in range(MAX_COUNTED_STUDENTS + 1):
        asked.count(f"{number:016x}")
    clock.now += MINUTE_S - 1
    asked.count(ANN)
    clock.now += 2
    asked.count(BOB)
    assert len(asked) == 2
    with pytest.raises(TooManyRequests):
        asked.count(ANN)
