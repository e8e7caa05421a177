"""Programs that say much are read in large pieces; an answer to a key never waits."""

from __future__ import annotations

from app.terminals.bulk import (
    BULK_BYTES,
    FLOOD_BYTES,
    FLOOD_PAUSE_S,
    FULL_BYTES,
    LULL_S,
    PAUSE_S,
    UNWATCHED_PAUSE_S,
    WINDOW_S,
    Bulk,
)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_what_answers_keys_is_read_at_once() -> None:
    clock = Clock()
    bulk = Bulk(clock)
    for _ in range(100):
        clock.now += WINDOW_S / 4
        assert bulk.pause_s(BULK_BYTES // 8) == 0


def test_a_flood_in_small_pieces_is_let_gather() -> None:
    bulk = Bulk(Clock())
    assert bulk.pause_s(BULK_BYTES) == 0
    assert bulk.pause_s(1) == PAUSE_S


def test_a_flood_in_large_pieces_is_read_on() -> None:
    bulk = Bulk(Clock())
    assert [bulk.pause_s(FULL_BYTES) for _ in range(10)] == [0] * 10


def flooded(clock: Clock) -> Bulk:
    """After a flood that came through in pieces, one after each pause."""
    bulk = Bulk(clock)
    pause_s = 0.0
    for _ in range(2 * FLOOD_BYTES // (FULL_BYTES - 1)):
        clock.now += pause_s
        pause_s = bulk.pause_s(FULL_BYTES - 1)
    assert pause_s == FLOOD_PAUSE_S
    return bulk


def test_one_that_goes_on_is_let_gather_for_longer() -> None:
    clock = Clock()
    bulk = flooded(clock)
    clock.now += FLOOD_PAUSE_S
    assert bulk.pause_s(FULL_BYTES - 1) == FLOOD_PAUSE_S


def test_a_flood_is_over_when_less_comes_or_nothing() -> None:
    clock = Clock()
    bulk = flooded(clock)
    for _ in range(2):
        clock.now += FLOOD_PAUSE_S
        assert bulk.pause_s(1) == 0
    clock.now += FLOOD_PAUSE_S
    assert bulk.pause_s(BULK_BYTES + 1) == PAUSE_S
    bulk = flooded(clock)
    clock.now += 2 * LULL_S
    assert bulk.pause_s(BULK_BYTES + 1) == PAUSE_S


def test_a_flood_that_nobody_looks_at_is_slowed_down_and_an_answer_is_not() -> None:
    bulk = Bulk(Clock())
    assert bulk.pause_s(BULK_BYTES, watched=False) == 0
    assert bulk.pause_s(FULL_BYTES, watched=False) == UNWATCHED_PAUSE_S


def test_after_a_flood_a_key_is_answered_at_once_again() -> None:
    clock = Clock()
    bulk = Bulk(clock)
    bulk.pause_s(FULL_BYTES)
    assert bulk.pause_s(1) == PAUSE_S
    clock.now += 2 * WINDOW_S
    assert bulk.pause_s(1) == 0
