"""The ring keeps the last bytes under their numbers, also for another process."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.terminals.ring import CHUNK_BYTES, MAX_WRITERS, Ring

KEEP = 5_000


def write(ring: Ring, data: bytes) -> None:
    while data:
        room = ring.room()
        count = min(len(room), len(data))
        room[:count] = data[:count]
        room.release()
        ring.wrote(count)
        data = data[count:]


def everything(ring: Ring) -> bytes:
    seq, said = ring.start, b""
    while chunk := ring.read(seq, 1000):
        said += chunk
        seq += len(chunk)
    assert said == ring.everything()
    return said


@given(st.lists(st.binary(min_size=1, max_size=3000), max_size=60))
def test_the_last_bytes_are_there_under_their_numbers(chunks: list[bytes]) -> None:
    ring = Ring.made("shell", KEEP)
    for chunk in chunks:
        write(ring, chunk)
    said = b"".join(chunks)
    assert ring.end == len(said)
    assert ring.start == max(0, len(said) - KEEP)
    assert everything(ring) == said[ring.start :]
    ring.close()


def test_a_flood_goes_round_many_times() -> None:
    ring = Ring.made("shell", KEEP)
    block = bytes(range(256)) * (CHUNK_BYTES // 256)
    for _ in range(10):
        write(ring, block)
    assert everything(ring) == block[-KEEP:]
    ring.close()


def test_who_is_given_the_descriptor_sees_the_same() -> None:
    ring = Ring.made("shell", KEEP)
    write(ring, b"before")
    ring.note_typed("tab", 7)
    found = Ring.found(os.dup(ring.fd))
    write(found, b" and after")
    assert (found.shell, everything(found), found.typed("tab")) == ("shell", b"before and after", 7)
    ring.close()
    found.close()


def test_memory_that_holds_no_ring_is_refused() -> None:
    fd = os.memfd_create("other")
    os.ftruncate(fd, 200_000)
    with pytest.raises(ValueError, match="no ring"):
        Ring.found(fd)
    os.close(fd)


def test_the_writers_that_came_last_are_remembered() -> None:
    ring = Ring.made("shell", KEEP)
    for number in range(MAX_WRITERS + 2):
        ring.note_typed(f"tab{number}", number)
        ring.note_typed(f"tab{number}", number + 100)
    assert ring.typed("tab0") == ring.typed("tab1") == 0
    assert ring.typed("tab2") == 102
    assert ring.typed(f"tab{MAX_WRITERS + 1}") == MAX_WRITERS + 101
    ring.close()


def test_a_writer_that_is_still_there_is_not_forgotten_for_new_ones() -> None:
    ring = Ring.made("shell", KEEP)
    for number in range(3 * MAX_WRITERS):
        ring.note_typed(f"tab{number}", number + 1, keep={"tab0", f"tab{number}"})
    assert ring.typed("tab0") == 1
    found = Ring.found(os.dup(ring.fd))
    assert found.typed("tab0") == 1
    assert found.typed(f"tab{3 * MAX_WRITERS - 1}") == 3 * MAX_WRITERS
    ring.close()
    found.close()
