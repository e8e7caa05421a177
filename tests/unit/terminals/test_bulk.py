"""Programs that say much are read in large pieces; an answer to a key never waits."""

from __future__ import annotations

from app.terminals.bulk import (
    BULK_BYTES,
    FULL_BYTES,
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
