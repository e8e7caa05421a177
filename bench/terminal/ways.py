"""The ways to a shell that are compared: the site, the raw stream, terminado with the docker CLI.

All lead into the same node. What is only a peer is installed here, into an environment of its own.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import docker
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from app.sandboxes.docker_engine import DockerEngine
from app.settings import ROOT, Settings
from app.terminals import protocol
from app.terminals.holding import stop_holder
from bench.cost import node_containers
from bench.sandbox import a_browser, the_student, until_ready
from bench.terminal.lines import (
    Line,
    RawLine,
    ShellEnded,
    SiteLine,
    TerminadoLine,
    receive_until,
)
from bench.terminal.processes import holder_of, tree
from tests.support.serving import started

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from contextlib import AbstractAsyncContextManager

    import httpx

TERMINADO = "terminado==0.18.1"
PEER_VENV = ROOT / "var" / "bench-peers"
PROMPT = b"$ "
SHELL = "/usr/lib/slipway/shell"
# A reader that is slow must not have a queue of the client's own in front of it.
SLOW_QUEUE = 1
LEAVE_S = 3
# bash drops what is typed right after Ctrl-C.
INTERRUPT_S = 0.1


class Way(Protocol):
    name: str

    def line(self, *, slow: bool = False) -> AbstractAsyncContextManager[Line]:
        """A new shell that has prompted."""

    def processes(self) -> list[int]:
        """The ids of those that serve."""


class SiteWay:
    name = "site"

    def __init__(self, browser: httpx.AsyncClient, pid: int) -> None:
        self._browser = browser
        self._pid = pid
        self._shells = 0

    @asynccontextmanager
    async def line(self, *, slow: bool = False) -> AsyncIterator[SiteLine]:
        self._shells += 1
        name = f"shell-{self._shells}"
        async with self.attached(name, slow=slow) as line:
            await receive_until(line, PROMPT)
            try:
                yield line
            finally:
                await leave(line)

    @asynccontextmanager
    async def attached(
        self, name: str, shell: str = "", wanted: int = 0, *, slow: bool = False
    ) -> AsyncIterator[SiteLine]:
        """To the shell of that name, as a page that has seen so much of it."""
        address = str(self._browser.base_url).rstrip("/")
        cookies = "; ".join(f"{name}={value}" for name, value in self._browser.cookies.items())
        async with connect(
            f"{address.replace('http', 'ws', 1)}/ws/terminals/node1/{name}",
            subprotocols=[protocol.SUBPROTOCOL],  # type: ignore[list-item]
            origin=address,  # type: ignore[arg-type]
            additional_headers={"Cookie": cookies},
            compression=None,
            max_queue=SLOW_QUEUE if slow else 16,
            close_timeout=0.1,
        ) as socket:
            line = SiteLine(socket, shell, wanted)
            await line.hello()
            try:
                yield line
            finally:
                line.cut()

    def processes(self) -> list[int]:
        return [self._pid, *holder_of(Settings().holder_socket)]


class RawWay:
    name = "raw"

    def __init__(self, engine: DockerEngine, student: str) -> None:
        self._engine = engine
        self._student = student

    @asynccontextmanager
    async def line(self, *, slow: bool = False) -> AsyncIterator[RawLine]:
        del slow  # there is no queue
        shell = await self._engine.open_shell(self._student, "node1", 24, 80)
        try:
            line = RawLine(shell)
            await receive_until(line, PROMPT)
            yield line
        finally:
            await shell.close()

    def processes(self) -> list[int]:
        return []


class TerminadoWay:
    name = "terminado"

    def __init__(self, port: int, pid: int) -> None:
        self._port = port
        self._pid = pid

    @asynccontextmanager
    async def line(self, *, slow: bool = False) -> AsyncIterator[TerminadoLine]:
        async with connect(
            f"ws://127.0.0.1:{self._port}/websocket",
            compression=None,
            max_size=None,
            max_queue=SLOW_QUEUE if slow else 16,
            close_timeout=0.1,
        ) as socket:
            line = TerminadoLine(socket)
            await receive_until(line, PROMPT)
            try:
                yield line
            finally:
                await leave(line)
                socket.transport.abort()

    def processes(self) -> list[int]:
        return tree(self._pid)


class Ways:
    """``three`` in the order they are measured."""

    def __init__(
        self, site: SiteWay, raw: RawWay, terminado: TerminadoWay, browser: httpx.AsyncClient
    ) -> None:
        self.site = site
        self.raw = raw
        self.terminado = terminado
        self.three: tuple[Way, ...] = (site, raw, terminado)
        self.browser = browser


@asynccontextmanager
async def the_ways() -> AsyncIterator[Ways]:
    """One node of one student, and every way to it."""
    settings = Settings()
    engine = DockerEngine(settings)
    student = ""
    for left in await engine.sandboxes():  # there must be one node, or peers don't know which
        await engine.discard(left.id)
    with ExitStack() as stack:
        address, process = stack.enter_context(
            started(
                log_level="warning",
                warm_sandboxes="0",
                terminals_per_student="1000",
                terminals_per_minute="1000",
            )
        )
        stack.callback(stop_holder, settings.holder_socket)
        try:
            async with a_browser(address) as browser:
                await until_ready(browser)
                student = the_student(browser)
                site, raw = SiteWay(browser, process.pid), RawWay(engine, student)
                await settle(site, raw)
                port, pid = stack.enter_context(_terminado(settings))
                yield Ways(site, raw, TerminadoWay(port, pid), browser)
        finally:
            if student:
                await engine.remove(student)
            await engine.aclose()


async def settle(site: SiteWay, raw: RawWay) -> None:
    """Has the site end what it takes for an earlier app's shells, which it does once."""
    async with raw.line() as victim, site.line():
        with suppress(ShellEnded):
            while True:
                await victim.receive()


@contextmanager
def _terminado(settings: Settings) -> Iterator[tuple[int, int]]:
    """Port and process of a terminado whose shells are the docker CLI's, in the only node."""
    with closing(docker.DockerClient(base_url=f"unix://{settings.engine_socket}")) as client:
        (node,) = node_containers(client, settings)
    python = PEER_VENV / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", PEER_VENV], check=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", TERMINADO], check=True)
    program = Path(__file__).with_name("terminado_server.py")
    command = ["docker", "-H", f"unix://{settings.engine_socket}", "exec", "-it", node, SHELL]
    process = subprocess.Popen(
        [python, program, *command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    with process:
        try:
            assert process.stdout
            yield int(process.stdout.readline()), process.pid
        finally:
            process.terminate()


async def leave(line: Line) -> None:
    """Ends the shell, whatever runs in it, and waits for it: one that is left would go on."""
    with suppress(ConnectionClosed, ShellEnded, TimeoutError):
        async with asyncio.timeout(LEAVE_S):
            await line.send(b"\x03")
            await asyncio.sleep(INTERRUPT_S)
            await line.send(b"exit\r")
            while True:
                await line.receive()
