"""Makes sandboxes ahead of the students, and clears away what nobody owns."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import anyio
import structlog

from app.sandboxes.pace import HALF_MADE_S
from app.sandboxes.warm import WarmSandboxes

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Awaitable, Callable, Sequence

    from app.sandboxes.engine import Sandbox, SandboxEngine
    from app.sandboxes.pace import Pace
    from app.sandboxes.warm import Expected
    from app.settings import Settings

    # Asks for the classes that are announced, those of now and of soon.
    Expectations = Callable[[], Awaitable[Sequence[Expected]]]

PAUSE_AFTER_FAILURE_S = 10
DISCARD_TIMEOUT_S = 20

log = structlog.get_logger()


def is_litter(sandbox: Sandbox, half_made_s: float = HALF_MADE_S) -> bool:
    """Whether nobody owns it and nobody is at work on it any more."""
    return sandbox.left_over and (bool(sandbox.nodes) or sandbox.age_s > half_made_s)


class Stock:
    """The warm sandboxes of a pool."""

    def __init__(
        self,
        engine: SandboxEngine,
        settings: Settings,
        pace: Pace,
        slots: anyio.CapacityLimiter,
        expectations: Expectations | None,
        *,
        clock: Callable[[], float],
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._pace = pace
        self._slots = slots
        self._expectations = expectations
        self._books = WarmSandboxes(settings, clock)
        self._paused_until = float("-inf")
        self._breath_until = float("-inf")
        self._wake = anyio.Event()
        self._given: set[str] = set()
        self._bare_since: dict[str, float] = {}
        # Until it is known what the engine has, nothing is made in its place.
        self._known = False

    def __len__(self) -> int:
        return len(self._books)

    @property
    def ready(self) -> deque[str]:
        return self._books.ready

    @property
    def filling(self) -> set[str]:
        return self._books.filling

    @property
    def wanted(self) -> int:
        """How many there should be."""
        return self._books.target

    @property
    def lacking(self) -> bool:
        """Whether another one should be made; not right after one has failed."""
        until = max(self._paused_until, self._breath_until)
        paused = not self._known or time.monotonic() < until
        return not paused and len(self._books) < self._books.target

    def close(self, *, closed: bool) -> None:
        """While it is closed, nothing is made ahead, and what there is goes."""
        self._books.closed = closed
        self.tidy_soon()

    def arrived(self) -> None:
        self._books.arrived()
        self._breath_until = time.monotonic() + self._pace.breath_s
        asyncio.get_running_loop().call_later(self._pace.breath_s, self.tidy_soon)

    def begin(self) -> str:
        return self._books.begin()

    def take(self) -> str | None:
        """One to be given away; say ``gave`` when that is done, or has failed."""
        sandbox = self._books.take()
        if sandbox:
            self._given.add(sandbox)
        return sandbox

    def gave(self, sandbox: str) -> None:
        self._given.discard(sandbox)

    def drop(self, sandbox: str) -> None:
        """One that was waiting has died."""
        if sandbox in self._books.ready:
            self._books.drop(sandbox)
            self.tidy_soon()

    def adopt(self, found: Sequence[Sandbox]) -> None:
        """The engine was away: what waited in it may be gone or stopped."""
        alive = {row.id for row in found if row.free and row.nodes[0].state == "ready"}
        for sandbox in [known for known in self._books.ready if known not in alive]:
            self._books.drop(sandbox)
        self._known = False
        self.tidy_soon()

    def tidy_soon(self) -> None:
        self._wake.set()

    async def make(self, sandbox: str, done: Callable[[], None]) -> None:
        try:
            async with self._slots:
                with anyio.fail_after(self._settings.start_timeout_s):
                    await self._engine.make(sandbox, lambda _: None)
        except Exception as error:  # noqa: BLE001 - a surprise must not end the pool
            log.warning("warm sandbox could not be made", reason=str(error))
            self._paused_until = time.monotonic() + PAUSE_AFTER_FAILURE_S
            await self._retire(sandbox)
            self._books.drop(sandbox)
        else:
            self._books.put(sandbox)
        finally:
            done()

    async def keep(self, done: Callable[[], None]) -> None:
        """Keeps the stock in order; ``done`` is called after each round."""
        while True:
            self._wake = anyio.Event()
            try:
                await self._look_ahead()
                await self._tidy()
            except Exception as error:  # noqa: BLE001 - same; the next round tries again
                log.debug("stock not kept", reason=str(error))
            done()
            with anyio.move_on_after(self._pace.stock_s):
                await self._wake.wait()

    async def _look_ahead(self) -> None:
        if self._expectations:
            self._books.expected = await self._expectations()
        while len(self._books.ready) > self._books.target:
            await self._retire(self._books.ready.pop())
            if not self._books.closed:  # one after the other, since who left may come back
                break

    async def _tidy(self) -> None:
        """Takes in free sandboxes of an earlier app, and removes what is left over."""
        for sandbox in self._aged(await self._engine.sandboxes()):
            if sandbox.id in self._books or sandbox.id in self._given:
                continue
            if is_litter(sandbox, self._pace.half_made_s):
                await self._discard(sandbox.id)
            elif sandbox.free:
                await self._take_in(sandbox.id)
        self._known = True

    def _aged(self, found: Sequence[Sandbox]) -> list[Sandbox]:
        """Networks without nodes are as old as they have been seen here: the engine tells ages by
        the machine's clock, and when that is set, one in the making must not look forgotten.
        """
        now = time.monotonic()
        bare = [sandbox.id for sandbox in found if not sandbox.nodes]
        self._bare_since = {sandbox: self._bare_since.get(sandbox, now) for sandbox in bare}
        return [replace(row, age_s=now - self._bare_since.get(row.id, now)) for row in found]

    async def _take_in(self, sandbox: str) -> None:
        self._books.filling.add(sandbox)
        try:
            with anyio.fail_after(self._settings.start_timeout_s):
                await self._engine.wait_until_ready(sandbox)
        except Exception as error:  # noqa: BLE001 - same
            log.warning("free sandbox is of no use", sandbox=sandbox, reason=str(error))
            await self._retire(sandbox)
            self._books.drop(sandbox)
        else:
            self._books.put(sandbox)

    async def _retire(self, sandbox: str) -> None:
        """Removes a free sandbox, or what was half made of one; not if somebody has it by now, to
        whom another app may have given it.
        """
        try:
            with anyio.fail_after(DISCARD_TIMEOUT_S):
                mine = await self._engine.retire(sandbox) or await self._is_left_over(sandbox)
        except Exception as error:  # noqa: BLE001 - same; the next round tries again
            log.warning("sandbox could not be retired", sandbox=sandbox, reason=str(error))
            return
        if mine:
            await self._discard(sandbox)

    async def _is_left_over(self, sandbox: str) -> bool:
        found = await self._engine.sandboxes()
        return any(row.left_over for row in found if row.id == sandbox)

    async def _discard(self, sandbox: str) -> None:
        try:
            with anyio.fail_after(DISCARD_TIMEOUT_S):
                await self._engine.discard(sandbox)
        except Exception as error:  # noqa: BLE001 - same; the next round tries again
            log.warning("sandbox could not be removed", sandbox=sandbox, reason=str(error))
