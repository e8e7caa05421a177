"""The whole site on the echo engine, served over real sockets by a server in a thread."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import uvicorn
from websockets.sync.client import connect

from app.main import create_app
from app.sandboxes.echo_engine import EchoEngine
from app.settings import Settings
from app.terminals.protocol import SUBPROTOCOL
from app.web.identity import COOKIE
from app.web.server import Socket, configuration
from tests.support.eventually import PAUSE_S, eventually
from tests.support.tty import Tty

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path
    from typing import Any

    from app.web.patience import Patience

LESSON = "first-service"
STEP = "start-it"
QUIZ = "which-side"


class LoopServer(uvicorn.Server):
    """Tells which event loop it runs in, so that tests can act inside it."""

    loop: asyncio.AbstractEventLoop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self.loop = asyncio.get_running_loop()
        await super().startup(sockets)


class Student:
    """One browser: a cookie, and the Origin header that our own pages send."""

    def __init__(self, site: Site, client: httpx.Client) -> None:
        self.site = site
        self.http = client
        self.http.headers["Origin"] = site.url

    @property
    def id(self) -> str:
        return self.http.cookies[COOKIE].partition(".")[0]

    def sandbox(self) -> dict[str, Any]:
        return dict(self.http.get("/api/sandbox").json())

    def wait_for(self, state: str) -> dict[str, Any]:
        return eventually(lambda: view if (view := self.sandbox())["state"] == state else None)

    def start(self) -> Student:
        """Asks for a sandbox and waits for it."""
        self.http.post("/api/sandbox")
        self.wait_for("ready")
        return self

    def check(self, step: str = STEP, answer: str | None = None) -> httpx.Response:
        url = f"/api/lessons/{LESSON}/steps/{step}/check"
        return self.http.post(url, json={"answer": answer})

    def answer(self, option: int, quiz: str = QUIZ) -> httpx.Response:
        return self.http.post(f"/api/lessons/{LESSON}/quizzes/{quiz}", json={"option": option})

    @contextmanager
    def terminal(self, name: str = "main", node: str = "node1") -> Iterator[Tty]:
        cookie = f"{COOKIE}={self.http.cookies[COOKIE]}"
        with self.site.socket(node=node, name=name, headers={"Cookie": cookie}) as tty:
            yield tty

    def be_counted(self) -> None:
        """Does some of everything that figures tell of: a check, a miss, a shell come back to."""
        self.check()
        self.http.get("/lessons/nowhere")
        with self.terminal() as tty:
            tty.hello().wait_for("$")
            shell, seen = tty.shell, tty.next_seq
        with self.terminal() as tty:
            tty.hello(seen, 24, 80, shell).type("hello")
            tty.wait_for("hello")


class Site:
    """``engine`` is the one inside; use ``inside`` to touch it."""

    def __init__(self, url: str, engine: EchoEngine, server: LoopServer, state_dir: Path) -> None:
        self.url = url
        self.engine = engine
        self.secret_file = state_dir / "secret"
        self._server = server
        self._clients: list[httpx.Client] = []

    def client(self) -> httpx.Client:
        """A browser without a cookie; closed with the site."""
        client = httpx.Client(base_url=self.url, timeout=60)
        self._clients.append(client)
        return client

    def student(self) -> Student:
        client = self.client()
        client.get("/")
        return Student(self, client)

    def inside(self, act: Callable[[], Awaitable[None]]) -> None:
        """Runs ``act`` in the server's event loop."""

        async def run() -> None:
            await act()

        asyncio.run_coroutine_threadsafe(run(), self._server.loop).result()

    @property
    def sockets(self) -> int:
        """How many WebSockets the server holds."""
        held = list(self._server.server_state.connections)
        return sum(isinstance(row, Socket) for row in held)

    @property
    def connections(self) -> int:
        """How many connections of any kind the server holds."""
        return len(self._server.server_state.connections)

    @contextmanager
    def socket(
        self,
        *,
        node: str = "node1",
        name: str = "main",
        headers: dict[str, str] | None = None,
        origin: str | None = "ours",
        subprotocol: str | None = SUBPROTOCOL,
    ) -> Iterator[Tty]:
        with connect(
            f"{self.url.replace('http', 'ws')}/ws/terminals/{node}/{name}",
            origin=self.url if origin == "ours" else origin,  # type: ignore[arg-type]
            subprotocols=[subprotocol] if subprotocol else None,  # type: ignore[list-item]
            additional_headers=headers,
            compression=None,
            max_size=None,
        ) as connection:
            yield Tty(connection)

    def close(self) -> None:
        for client in self._clients:
            client.close()


@contextmanager
def serving(
    state_dir: Path,
    engine: EchoEngine | None = None,
    patience: Patience | None = None,
    ping_s: float | None = None,
    *,
    rereads: bool = False,
    **settings: Any,  # noqa: ANN401 - whatever Settings takes
) -> Iterator[Site]:
    """A site with its own state folder, pinging every ``ping_s``; ``settings`` go to Settings."""
    engine = engine or EchoEngine()
    made = Settings(state_dir=state_dir, **settings)
    app = create_app(made, engine, patience, rereads=rereads)
    config = configuration(app, made, stop_timeout_s=1)
    if ping_s:
        config.ws_ping_interval = config.ws_ping_timeout = ping_s
    server = LoopServer(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        site = Site(f"http://127.0.0.1:{listener.getsockname()[1]}", engine, server, state_dir)
        try:
            # However long it takes: reading all lessons is work, and other work may be going on.
            while thread.is_alive() and not server.started:
                thread.join(PAUSE_S)
            assert server.started, "the site did not start"
            yield site
        finally:
            site.close()
            server.should_exit = True
            thread.join()
