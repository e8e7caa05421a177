"""Arrivals keeps the first time a student came to a lesson, and only so many of them."""

from app.arrivals import Arrivals


def test_the_first_arrival_counts_and_a_reload_does_not() -> None:
    arrivals = Arrivals(10)
    arrivals.note("ann", "ports")
    first = arrivals.since("ann", "ports")
    arrivals.note("ann", "ports")
    assert arrivals.since("ann", "ports") == first > 0
    assert arrivals.since("ann", "names") == arrivals.since("bob", "ports") == 0


def test_of_too_many_the_oldest_is_forgotten() -> None:
    arrivals = Arrivals(2)
    for slug in ("one", "two", "three"):
        arrivals.note("ann", slug)
    assert [arrivals.since("ann", slug) > 0 for slug in ("one", "two", "three")] == [
        False,
        True,
        True,
    ]
