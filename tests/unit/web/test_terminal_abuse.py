"""Whatever a browser's end of a terminal does, what it can have the site hold is bounded."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.sandboxes.echo_engine import EchoEngine
from app.sandboxes.echo_shell import PROMPT, EchoShell
from app.terminals.protocol import CLOSE_CODES
from app.web.patience import Patience
from app.web.server import MAX_FRAGMENTS
from tests.support.eventually import eventually
from tests.support.rude import BINARY, CONTINUED, PING, rude_peer
from tests.support.shells import FloodingShell
from tests.support.site import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.site import Site, Student

SHOWN = PROMPT.decode()
MB = 1_000_000
LOOK_S = 0.2
SLOW_S = 30
# With little patience for readers; and for those who have yet to say hello.
HASTY = Patience(send_s=0.2, refuse_s=0.2)
CURT = Patience(hello_s=0.2, refuse_s=0.2)


class FloodingEngine(EchoEngine):
    """Keeps its shells, so that a test can see whether they are still read."""

    def __init__(self) -> None:
        super().__init__()
        self.shells: list[FloodingShell] = []

    async def open_shell(  # type: ignore[override]
        self, student: str, node: str, rows: int, cols: int
    ) -> FloodingShell:
        del student, node, rows, cols
        self.shells.append(FloodingShell())
        return self.shells[-1]

    def is_stuck(self) -> bool:
        """Whether everything on the way to the reader is full."""
        before = [shell.reads for shell in self.shells]
        time.sleep(LOOK_S)
        return any(before) and before == [shell.reads for shell in self.shells]


class SlowEngine(EchoEngine):
    """Opens no shell before the test is over."""

    is_asked = False

    async def open_shell(self, student: str, node: str, rows: int, cols: int) -> EchoShell:
        self.is_asked = True
        await asyncio.sleep(SLOW_S)
        return await super().open_shell(student, node, rows, cols)


@pytest.fixture
def hasty(tmp_path: Path) -> Iterator[Site]:
    """A site with little patience, whose shells print without end."""
    with serving(tmp_path, FloodingEngine(), HASTY) as site:
        yield site


def resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def test_a_socket_that_never_says_hello_is_closed(tmp_path: Path) -> None:
    with serving(tmp_path, patience=CURT) as site:
        with site.student().start().terminal() as tty:
            assert tty.close_code() == CLOSE_CODES["MALFORMED_FRAME"]
            assert tty.error
            assert "H" in tty.error["message"]
        eventually(lambda: not site.sockets)


def test_a_reader_that_reads_nothing_loses_its_socket(hasty: Site) -> None:
    with rude_peer(hasty.student().start()) as peer:
        peer.hello()
        eventually(lambda: not hasty.sockets)


def test_a_refusal_that_nobody_reads_does_not_keep_the_socket(tmp_path: Path) -> None:
    engine = FloodingEngine()
    with (
        serving(tmp_path, engine, Patience(refuse_s=0.2)) as site,
        rude_peer(site.student().start()) as peer,
    ):
        peer.hello()
        eventually(engine.is_stuck)
        peer.send(BINARY, b"?")
        eventually(lambda: not site.sockets)


def test_a_peer_that_answers_no_ping_is_cut_off(tmp_path: Path) -> None:
    with serving(tmp_path, ping_s=0.2) as site, rude_peer(site.student().start()) as peer:
        peer.hello()
        assert peer.is_cut()
        eventually(lambda: not site.sockets)


def test_pings_of_a_reader_that_reads_nothing_pile_up_nowhere(tmp_path: Path) -> None:
    engine = FloodingEngine()
    with (
        serving(tmp_path, engine) as site,
        rude_peer(site.student().start()) as peer,
    ):
        peer.hello()
        eventually(engine.is_stuck)
        before = resident_bytes()
        peer.pour(PING, b"x" * 125, 40 * MB)
        assert resident_bytes() - before < 20 * MB


def test_asking_for_more_than_one_reads_ends_the_connection(tmp_path: Path) -> None:
    engine = FloodingEngine()
    with (
        serving(tmp_path, engine, Patience(refuse_s=0.2)) as site,
        rude_peer(site.student().start()) as peer,
    ):
        peer.hello()
        eventually(engine.is_stuck)
        peer.pour(BINARY, b"P12345678", MB)
        eventually(lambda: not site.sockets)


def test_what_is_typed_ahead_of_a_shell_that_does_not_open_piles_up_nowhere(tmp_path: Path) -> None:
    engine = SlowEngine()
    with serving(tmp_path, engine) as site, rude_peer(site.student().start()) as peer:
        peer.hello()
        eventually(lambda: engine.is_asked)
        before = resident_bytes()
        assert peer.pour(BINARY, b"I" + b"x" * 124, 40 * MB) < 20 * MB
        assert resident_bytes() - before < 20 * MB


def test_a_message_in_endless_pieces_is_cut_off(site: Site) -> None:
    with rude_peer(site.student().start()) as peer:
        peer.hello()
        peer.send(BINARY, b"I", final=False)
        for _ in range(MAX_FRAGMENTS + 1):
            peer.send(CONTINUED, final=False)
        assert peer.is_cut()


def test_who_resets_the_sandbox_is_cut_off_from_the_old_shell(ready: Student) -> None:
    with ready.terminal() as tty:
        tty.hello().wait_for(SHOWN)
        ready.http.delete("/api/sandbox")
        assert tty.close_code() == CLOSE_CODES["SHELL_ENDED"]
    ready.wait_for("ready")
    with ready.terminal() as again:
        again.hello(shell=tty.shell, last_seq=tty.next_seq).wait_for(SHOWN)
        assert again.shell != tty.shell
        assert again.first_seq == 0


def test_who_has_lost_the_sandbox_gets_no_terminal_in_it(tmp_path: Path) -> None:
    with serving(tmp_path, sandbox_idle_s=1, idle_warning_s=0) as site:
        student = site.student().start()
        with student.terminal() as tty:
            tty.hello().wait_for(SHOWN)
            assert tty.close_code() == CLOSE_CODES["SHELL_ENDED"]
        with student.terminal() as again:
            again.hello()
            assert again.close_code() == CLOSE_CODES["SANDBOX_NOT_READY"]


def test_a_storm_of_sizes_leaves_the_last_one(ready: Student) -> None:
    with ready.terminal() as tty:
        tty.hello().wait_for(SHOWN)
        for number in range(2000):
            tty.resize(10 + number % 100, 80)
        tty.resize(33, 77)
        tty.type("stty size\r")
        tty.wait_for("\r\n33 77\r\n")
