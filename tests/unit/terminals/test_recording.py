"""A recording holds exactly what the ring holds, with its times, as asciicast v2 and as text."""

from __future__ import annotations

import json
import os
import secrets
import time
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from app.terminals.marks import MARK_EVERY_US, MAX_MARKS, Mark
from app.terminals.recording import SECOND_US, Recording
from app.terminals.ring import Ring

if TYPE_CHECKING:
    from collections.abc import Iterable

SIZE = 24, 80
KEEP = 5000


def rows(recording: Recording) -> list[Any]:
    return [json.loads(line) for line in b"".join(recording.cast()).splitlines()]


def played(recording: Recording) -> str:
    return "".join(row[2] for row in rows(recording)[1:] if row[1] == "o")


def put(ring: Ring, data: bytes) -> None:
    room = ring.room()
    room[: len(data)] = data
    room.release()
    ring.wrote(len(data))


def recorded(ring: Ring) -> Recording:
    return Recording(ring.everything(), ring.start, ring.marks(), ring.size)


def of(data: bytes, marks: Iterable[Mark], start: int = 0) -> Recording:
    return Recording(data, start, list(marks), SIZE)


@given(
    st.lists(st.binary(min_size=1, max_size=2000), max_size=20),
    st.lists(st.integers(0, 12_000), max_size=20),
)
def test_playing_it_gives_the_bytes_of_the_ring(chunks: list[bytes], cuts: list[int]) -> None:
    ring = Ring.made(secrets.token_hex(8), KEEP)
    for chunk in chunks:
        put(ring, chunk)
    kept = recorded(ring)
    marks = [Mark(seq, at * SECOND_US, *SIZE) for at, seq in enumerate(sorted(cuts))]
    for recording in (kept, of(kept.data, marks, kept.start)):
        assert played(recording) == kept.data.decode(errors="replace")
    ring.close()


@given(st.text(max_size=500), st.lists(st.integers(0, 2000), max_size=10))
def test_characters_that_are_cut_by_a_mark_come_whole(text: str, cuts: list[int]) -> None:
    marks = [Mark(seq, at, *SIZE) for at, seq in enumerate(sorted(cuts))]
    assert played(of(text.encode(), marks)) == text


def test_the_header_tells_size_and_beginning() -> None:
    before, now_us = int(time.time()), time.monotonic_ns() // 1000
    header, event = rows(of(b"hello", [Mark(0, now_us - 60 * SECOND_US, 30, 100)]))
    assert (header["version"], header["width"], header["height"]) == (2, 100, 30)
    assert before - 61 <= header["timestamp"] <= time.time() - 59
    assert event == [0, "o", "hello"]


def test_times_and_sizes_are_those_of_the_marks() -> None:
    marks = [
        Mark(0, 1_000_000, *SIZE),
        Mark(3, 3_500_000, *SIZE),
        Mark(6, 4_000_000, 40, 120),
        Mark(6, 4_250_000, 40, 120),
    ]
    assert rows(of(b"onetwosix", marks))[1:] == [
        [0, "o", "one"],
        [2.5, "o", "two"],
        [3.0, "r", "120x40"],
        [3.25, "o", "six"],
    ]


def test_what_is_older_than_the_ring_is_not_told() -> None:
    marks = [Mark(0, 1_000_000, *SIZE), Mark(10, 2_000_000, 50, 90), Mark(30, 9_000_000, *SIZE)]
    header, *events = rows(of(b"kept", marks, start=28))
    assert (header["width"], header["height"]) == (90, 50)
    assert events == [[0, "o", "ke"], [7.0, "r", "80x24"], [7.0, "o", "pt"]]


def test_a_shell_that_has_said_nothing_has_a_recording() -> None:
    ring = Ring.made("shell", KEEP)
    ring.note_size(*SIZE)
    assert [row for row in rows(recorded(ring))[1:] if row[1] == "o"] == []
    assert b"".join(recorded(ring).text()) == b"\n"
    ring.close()


def test_what_comes_in_one_moment_is_one_event() -> None:
    ring = Ring.made("shell", KEEP)
    began = time.monotonic_ns()
    for _ in range(50):
        put(ring, b"x")
    least = (time.monotonic_ns() - began) // 1000 // MARK_EVERY_US
    assert len(ring.marks()) <= least + 1
    ring.close()


def test_marks_are_bounded_and_the_oldest_make_way() -> None:
    ring = Ring.made("shell", KEEP)
    for number in range(MAX_MARKS + 10):
        ring.note_size(2 + number % 200, 80)
    marks = ring.marks()
    assert len(marks) == MAX_MARKS
    assert marks[0].rows == 2 + 10
    ring.close()


def test_who_takes_a_ring_over_has_its_times_too() -> None:
    ring = Ring.made("shell", KEEP)
    ring.note_size(*SIZE)
    put(ring, b"before")
    found = Ring.found(os.dup(ring.fd))
    found.note_size(50, 90)
    put(found, b" and after")
    assert [mark.rows for mark in found.marks()][-1] == 50
    assert rows(recorded(found))[1:][0][2] == "before"
    assert played(recorded(found)) == "before and after"
    ring.close()
    found.close()


def test_the_text_is_what_a_reader_saw_however_long_it_was() -> None:
    lines = [f"line {number} \x1b[32mé\x1b[0m" for number in range(20_000)]
    said = "\r\n".join(lines).encode()
    text = b"".join(of(said, []).text()).decode()
    assert text.splitlines() == [f"line {number} é" for number in range(20_000)]
