"""Whatever a peer does with HTTP, what it can have the site hold and wait for is bounded."""

from __future__ import annotations

import resource
import select
import socket
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest

from app.settings import Settings
from app.web.connection import MAX_HEAD_BYTES
from app.web.crowd import Crowd
from app.web.patience import Patience
from tests.support.eventually import WAIT_S, eventually
from tests.support.site import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.site import Site

ATTEMPTS = 10_000
OTHER_ADDRESS = "127.0.0.2"
SMALL_BUFFER_BYTES = 4096
MB = 1_000_000
PAGE = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
HASTY = Patience(head_s=1, body_s=1, take_s=1)
SOME = Patience(head_s=3, body_s=3, take_s=3)


def address_of(site: Site) -> tuple[str, int]:
    host, _, port = site.url.removeprefix("http://").partition(":")
    return host, int(port)


@contextmanager
def connected(site: Site) -> Iterator[socket.socket]:
    with socket.socket() as connection:
        for side in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            connection.setsockopt(socket.SOL_SOCKET, side, SMALL_BUFFER_BYTES)
        connection.settimeout(WAIT_S)
        connection.connect(address_of(site))
        yield connection


@pytest.fixture
def hasty(tmp_path: Path) -> Iterator[Site]:
    with serving(tmp_path, patience=HASTY) as site:
        yield site


def is_cut(connection: socket.socket) -> bool:
    """Whether the other end has closed it, with whatever it said before."""
    try:
        readable, _, _ = select.select([connection], [], [], 0)
        return bool(readable) and not connection.recv(65_536)
    except OSError:
        return True


def drip(connection: socket.socket, piece: bytes) -> bool:
    """A piece now and then, always before the patience is out, until nobody takes it any more."""
    time.sleep(0.02)
    try:
        connection.send(piece)
    except OSError:
        return True
    return is_cut(connection)


def test_ten_thousand_connections_of_one_address_leave_room_for_others(tmp_path: Path) -> None:
    most = Settings().connections_per_address
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with serving(tmp_path, trusted_proxies="") as site, ExitStack() as stack:
        kept: list[socket.socket] = []
        for number in range(ATTEMPTS):
            if number % 500 == 0:
                kept = [connection for connection in kept if not closed_if_cut(connection)]
            kept.append(stack.enter_context(socket.create_connection(address_of(site))))
        kept = eventually(lambda: left(kept, most))
        assert site.connections <= most
        other = httpx.HTTPTransport(local_address=OTHER_ADDRESS)
        with httpx.Client(transport=other, base_url=site.url, timeout=WAIT_S) as client:
            assert client.get("/").status_code == 200
        # Those that are there work; one more is told why it does not.
        kept[0].sendall(PAGE)
        assert kept[0].recv(100).startswith(b"HTTP/1.1 200")
        with connected(site) as late:
            assert b"503" in late.recv(100)
        for connection in kept:
            connection.close()
        eventually(lambda: site.connections < most / 2)
        assert site.client().get("/").status_code == 200


def closed_if_cut(connection: socket.socket) -> bool:
    """Both ends are in this process, so what is over is let go of as it goes."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    if not poll.poll(0):
        return False
    connection.close()
    return True


def left(kept: list[socket.socket], most: int) -> list[socket.socket]:
    found = [row for row in kept if row.fileno() >= 0 and not closed_if_cut(row)]
    kept[:] = found
    return found if len(found) == most else []


def test_a_head_that_comes_byte_by_byte_is_not_waited_for(hasty: Site) -> None:
    with connected(hasty) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nX: ")
        eventually(lambda: drip(connection, b"x"))
    with connected(hasty) as silent:
        eventually(lambda: is_cut(silent))
    eventually(lambda: not hasty.connections)


def test_a_second_head_is_waited_for_no_longer(hasty: Site) -> None:
    with connected(hasty) as connection:
        connection.sendall(b"GET /healthz/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
        connection.sendall(b"GET / HTTP/1.1\r\nX: ")
        eventually(lambda: drip(connection, b"x"))


def test_a_body_that_comes_byte_by_byte_is_not_waited_for(hasty: Site) -> None:
    with connected(hasty) as connection:
        connection.sendall(
            b"POST /api/sandbox HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"
        )
        eventually(lambda: drip(connection, b"x"))


def test_a_head_without_end_is_refused(site: Site) -> None:
    with connected(site) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n")
        sent = pour(connection, b"X: " + b"x" * 997 + b"\r\n")
        assert sent < 40 * MAX_HEAD_BYTES
    with connected(site) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nX: ")
        assert pour(connection, b"x" * 1000) < 40 * MAX_HEAD_BYTES


def pour(connection: socket.socket, piece: bytes) -> int:
    """How much of the same is taken; what two sockets hold of it included."""
    sent = 0
    try:
        while sent < 400 * MAX_HEAD_BYTES:
            sent += connection.send(piece)
    except OSError:
        pass
    return sent


def test_answers_that_nobody_reads_are_not_kept(hasty: Site) -> None:
    with connected(hasty) as connection:
        # More than sockets hold: it is cut off, or at last takes no more questions.
        connection.settimeout(HASTY.take_s)
        assert pour(connection, PAGE) < 400 * MAX_HEAD_BYTES
        eventually(lambda: not hasty.connections)


def test_who_is_quick_enough_is_not_disturbed(tmp_path: Path) -> None:
    """The control case: the same requests, and a socket that outlasts the patience for heads."""
    with serving(tmp_path, patience=SOME) as site:
        be_quick(site)


def be_quick(site: Site) -> None:
    student = site.student()
    with connected(site) as connection:
        body = b'{"answer": null}'
        connection.sendall(
            b"POST /api/lessons/first-service/steps/start-it/check HTTP/1.1\r\n"
            b"Host: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 403")
    with student.start().terminal() as tty:  # a WebSocket has patience of its own
        tty.hello().wait_for("$ ")
        time.sleep(SOME.head_s + 1)
        tty.type("still here")
        tty.wait_for("still here")


@pytest.mark.parametrize(
    ("one", "same"),
    [
        ("192.0.2.1", "::ffff:192.0.2.1"),
        ("2001:db8::1", "2001:db8::ffff"),
        ("fe80::1%e", "fe80::2"),
    ],
)
def test_addresses_of_one_peer_count_together(one: str, same: str) -> None:
    crowd = Crowd(1)
    assert crowd.enter(one)
    assert not crowd.enter(same)
    assert crowd.enter("198.51.100.7")
    crowd.leave(one)
    assert crowd.enter(same)


@pytest.mark.parametrize("host", ["10.1.2.3", "::1", ""])
def test_proxies_that_are_trusted_and_sockets_of_the_machine_are_not_counted(host: str) -> None:
    crowd = Crowd(1, "10.0.0.0/8 ::1")
    assert all(crowd.enter(host) for _ in range(5))
    crowd.leave(host)
