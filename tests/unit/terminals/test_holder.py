"""The holder of shells: what it keeps, for how long, and what it does when it is to stay."""

from __future__ import annotations

import json
import os
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from app.terminals.holder import Holder
from tests.support.eventually import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ABANDONED_S = 0.2
NEVER_S = 600


@contextmanager
def connected(path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
        connection.settimeout(60)
        connection.connect(str(path))
        yield connection


def put(connection: socket.socket, key: str) -> int:
    """The other end of what is held: it reads as ended once nobody holds it."""
    ours, theirs = os.pipe()
    memory = os.memfd_create("ring")
    message = json.dumps({"do": "put", "key": key, "about": {}}).encode()
    socket.send_fds(connection, [message], [theirs, memory])
    os.close(theirs)
    os.close(memory)
    os.set_blocking(ours, False)
    return ours


def keys(connection: socket.socket) -> list[str]:
    found: list[str] = []
    connection.send(b'{"do": "list"}')
    while True:
        data, descriptors, _, _ = socket.recv_fds(connection, 8192, 2)
        for descriptor in descriptors:
            os.close(descriptor)
        row = json.loads(data)
        if "end" in row:
            return found
        found.append(row["key"])


def is_let_go(descriptor: int) -> bool:
    try:
        return os.read(descriptor, 1) == b""
    except BlockingIOError:
        return False


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "holder.sock"


@contextmanager
def running(
    path: Path, *, stays: bool, abandoned_s: float = ABANDONED_S
) -> Iterator[threading.Thread]:
    holder = Holder(path, abandoned_s, stays=stays)
    thread = threading.Thread(target=holder.run, daemon=True)
    thread.start()
    yield thread


def test_what_is_held_is_given_to_the_next_app(path: Path) -> None:
    with running(path, stays=True, abandoned_s=NEVER_S):
        with connected(path) as first:
            held = put(first, "a/node1/main")
        with connected(path) as second:
            assert keys(second) == ["a/node1/main"]
        os.close(held)


def test_one_that_the_app_started_ends_when_nobody_comes_back(path: Path) -> None:
    with running(path, stays=False) as thread:
        with connected(path) as first:
            held = put(first, "a/node1/main")
        eventually(lambda: not thread.is_alive())
        os.close(held)


def test_one_that_stays_lets_go_of_what_is_abandoned_and_goes_on(path: Path) -> None:
    with running(path, stays=True) as thread:
        with connected(path) as first:
            held = put(first, "a/node1/main")
        eventually(lambda: is_let_go(held))
        with connected(path) as later:
            assert keys(later) == []
        assert thread.is_alive()
        os.close(held)


def test_one_that_stays_lets_go_of_everything_when_told_to_stop(path: Path) -> None:
    with running(path, stays=True) as thread, connected(path) as app:
        held = put(app, "a/node1/main")
        app.send(b'{"do": "stop"}')
        assert keys(app) == []
        eventually(lambda: is_let_go(held))
        assert thread.is_alive()
        os.close(held)
