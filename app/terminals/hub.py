"""All shells of all students: finds or opens one by name, keeps the limits, ends the forgotten."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections import Counter
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, Self
from weakref import WeakValueDictionary

import anyio
import anyio.to_thread
import structlog

from app.errors import BadRequest, NotFound, SlipwayError, TerminalRefused
from app.limits import PerMinute
from app.terminals.holding import Holding, Key
from app.terminals.ring import Ring
from app.terminals.session import Session

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from anyio.abc import TaskGroup

    from app.sandboxes.engine import SandboxEngine
    from app.settings import Settings
    from app.terminals.protocol import Hello
    from app.terminals.recording import Recording
    from app.terminals.viewer import Viewer

NAME = re.compile(r"[a-z0-9-]{1,32}")
NODE = re.compile(r"node[1-3]")
SWEEP_S = 5
# The terminal that a lesson's page shows first, and its size until the page tells another.
FIRST_NODE, FIRST_NAME, FIRST_SIZE = "node1", "main", (24, 80)
RECORDINGS_PER_MINUTE = 12

log = structlog.get_logger()


class TerminalHub:
    """Run it with ``async with``; leaving it closes every shell that nobody holds for the next."""

    def __init__(self, engine: SandboxEngine, settings: Settings) -> None:
        self._engine = engine
        self._settings = settings
        self._holding = Holding(settings)
        self._sessions: dict[Key, Session] = {}
        self._held: set[Key] = set()
        self._losses = 0
        self._swept: set[tuple[str, str]] = set()
        self._sockets: Counter[str] = Counter()
        self._opening: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._recordings = PerMinute(RECORDINGS_PER_MINUTE, "recordings")
        self._opened = PerMinute(settings.terminals_per_minute, "new terminals")
        self._tasks: TaskGroup = anyio.create_task_group()

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        for held in await anyio.to_thread.run_sync(self._holding.take):
            shell = self._engine.resume_shell(held.handle)
            self._held.add(held.key)
            self._run_session(held.key, Session(shell, held.ring, held.ring.size))
        self._tasks.start_soon(self._end_forgotten)
        return self

    async def __aexit__(self, *error: object) -> None:
        for key, session in self._sessions.items():
            if key in self._held:
                session.leave()
        self._tasks.cancel_scope.cancel()
        await self._tasks.__aexit__(None, None, None)
        self._holding.close()

    @property
    def shells(self) -> int:
        return len(self._sessions)

    @property
    def viewers(self) -> int:
        return sum(session.viewers for session in self._sessions.values())

    @contextmanager
    def socket_of(self, student: str) -> Iterator[None]:
        """Counts a student's connections, whether they have said hello or not."""
        limit = self._settings.terminals_per_student * self._settings.sockets_per_terminal
        if self._sockets[student] >= limit:
            raise TerminalRefused(
                f"You have {limit} connections to terminals, which is the limit.",
                "Close some tabs.",
            )
        self._sockets[student] += 1
        try:
            yield
        finally:
            self._sockets[student] -= 1
            if not self._sockets[student]:
                del self._sockets[student]

    @asynccontextmanager
    async def attached(
        self, student: str, node: str, name: str, hello: Hello
    ) -> AsyncIterator[tuple[Session, Viewer]]:
        """The student's running shell of that name, or a new one, and a place to look at it from.

        Raises ``BadRequest`` for a bad name, ``TerminalRefused`` and ``TooManyRequests`` over a
        limit, and what the engine raises where it can't open one.
        """
        key = _key(student, node, name)
        size = hello.rows, hello.cols
        with ExitStack() as stack:
            async with self._opening.setdefault(student, asyncio.Lock()):
                session = self._sessions.get(key)
                if not session or session.ended:
                    session = await self._open(key, size)
                elif session.viewers_but(hello.writer) >= self._settings.sockets_per_terminal:
                    raise TerminalRefused(
                        "This terminal is open in too many tabs.", "Close one of them."
                    )
                viewer = stack.enter_context(
                    session.attach(size, hello.last_seq, hello.shell, hello.writer)
                )
            yield session, viewer

    def expect(self, student: str) -> None:
        """Opens the shell of the student's first terminal, so that it is at its prompt when the
        page comes for it. Where none can be opened, the page will hear why.
        """
        self._tasks.start_soon(self._open_ahead, (student, FIRST_NODE, FIRST_NAME))

    async def _open_ahead(self, key: Key) -> None:
        async with self._opening.setdefault(key[0], asyncio.Lock()):
            if key not in self._sessions:
                with suppress(SlipwayError):
                    session = await self._open(key, FIRST_SIZE)
                    session.unclaimed = True

    def recording(self, student: str, node: str, name: str) -> Recording:
        """What the student's running shell of that name has said. Raises ``NotFound``."""
        session = self._sessions.get(_key(student, node, name))
        if not session or session.ended or session.unclaimed:
            raise NotFound("No shell of yours runs under this name.", "Open the terminal first.")
        self._recordings.count(student)
        return session.recording()

    def recordings(self, student: str) -> list[tuple[str, Recording]]:
        """What all of the student's running shells have said, each with its node."""
        self._recordings.count(student)
        return [
            (node, session.recording())
            for (owner, node, _), session in self._sessions.items()
            if owner == student and not session.ended and not session.unclaimed
        ]

    def heard(self, student: str, node: str) -> str:
        """What the last command printed that the student entered on that node."""
        mine = [
            session
            for (owner, where, _), session in self._sessions.items()
            if (owner, where) == (student, node) and not session.ended
        ]
        return max(mine, key=lambda session: session.entered_at).heard() if mine else ""

    def end(self, student: str, node: str = "", name: str = "") -> None:
        """Hangs up the student's shells, or those on one node, or the one of a name.

        Their names are free at once, so that nobody is led back into them. None is fine.
        """
        wanted = (student, node, name)
        if not name:
            # A node that comes after has no lost shells; those of strangers are not remembered.
            self._swept = {place for place in self._swept if not all(map(_fits, wanted, place))}
        for key in [key for key in self._sessions if all(map(_fits, wanted, key))]:
            self._let_go(key)
            self._sessions.pop(key).hang_up()

    def _let_go(self, key: Key) -> None:
        if key in self._held:
            self._held.discard(key)
            self._holding.drop(key)

    async def _open(self, key: Key, size: tuple[int, int]) -> Session:
        student, node, _ = key
        self._check_limit(student)
        self._opened.count(student)
        shell = await self._engine.open_shell(student, node, *size)
        ring = Ring.made(secrets.token_hex(8), self._settings.replay_bytes)
        ring.note_size(*size)
        session = Session(shell, ring, size)
        self._run_session(key, session)
        self._tasks.start_soon(self._hold, key, session)
        return session

    def _run_session(self, key: Key, session: Session) -> None:
        self._sessions[key] = session
        self._tasks.start_soon(self._run, key, session)

    async def _hold(self, key: Key, session: Session) -> None:
        """Has the shell outlive the app, and ends those that an earlier app has lost."""
        student, node, _ = key
        if await anyio.to_thread.run_sync(self._holding.put, key, session):
            self._held.add(key)
            if self._sessions.get(key) is not session:  # it was closed meanwhile
                self._let_go(key)
        if (student, node) in self._swept:
            return
        self._swept.add((student, node))
        # Nobody opens a shell meanwhile: one that is half open would be taken for an old one.
        async with self._opening.setdefault(student, asyncio.Lock()):
            await self._end_lost(student, node)

    async def _end_lost(self, student: str, node: str) -> None:
        known = [
            handle
            for (owner, where, _), row in self._sessions.items()
            if (owner, where) == (student, node) and (handle := row.handle())
        ]
        try:
            await self._engine.end_shells(student, node, known)
        except SlipwayError as error:
            log.warning("old shells not looked for", student=student, reason=error.message)

    async def _hold_again(self) -> None:
        """A holder that has gone and come back knows nothing; it gets all shells anew."""
        losses = self._holding.look()
        if losses == self._losses:
            return
        self._held.clear()
        missed = False
        for key, session in list(self._sessions.items()):
            if await anyio.to_thread.run_sync(self._holding.put, key, session):
                self._held.add(key)
            elif session.handle() and not session.ended:
                missed = True
        if not missed:
            self._losses = losses

    def _check_limit(self, student: str) -> None:
        mine = sum(
            owner == student and not session.unclaimed
            for (owner, _, _), session in self._sessions.items()
        )
        if mine >= self._settings.terminals_per_student:
            raise TerminalRefused(
                f"You have {mine} terminals open, which is the limit.", "Close one of them."
            )

    async def _run(self, key: Key, session: Session) -> None:
        try:
            await session.run()
        # One shell's trouble must not end everybody's.
        except* SlipwayError as group:
            reasons = [str(error) for error in group.exceptions]
            log.warning("terminal ended", student=key[0], node=key[1], reasons=reasons)
        except* Exception:
            log.exception("terminal broke", student=key[0], node=key[1])
        finally:
            if self._sessions.get(key) is session:
                del self._sessions[key]
                if not session.left:
                    self._let_go(key)

    async def _end_forgotten(self) -> None:
        while True:
            await anyio.sleep(min(SWEEP_S, self._settings.terminal_idle_s / 2))
            await self._hold_again()
            before = asyncio.get_running_loop().time() - self._settings.terminal_idle_s
            for session in list(self._sessions.values()):
                if not session.viewers and session.viewers_left_at < before:
                    session.hang_up()


def _key(student: str, node: str, name: str) -> Key:
    if not NODE.fullmatch(node) or not NAME.fullmatch(name):
        raise BadRequest("A terminal's name has 1 to 32 of a-z, 0-9 and -.")
    return student, node, name


def _fits(wanted: str, part: str) -> bool:
    """An empty wish takes any."""
    return wanted in ("", part)
