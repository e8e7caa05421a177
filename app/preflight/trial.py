"""A class of strangers for a minute: each gets a sandbox, works in it, and leaves no trace."""

from __future__ import annotations

import fcntl
import secrets
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import anyio

from app.errors import SandboxUnavailable, SetupFailed, SlipwayError
from app.preflight.report import Report, Seen, judge, refusal
from app.sandboxes.capacity import sandboxes_that_fit, shortage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from app.preflight.report import Plan
    from app.sandboxes.engine import SandboxEngine
    from app.settings import Settings

    # A phase, how many students are through it, and how many there are.
    Tell = Callable[[str, int, int], None]

PREFIX = "preflight-"
STARTING, RUNNING = "starting sandboxes", "running containers in all of them"
ANSWERING, REMOVING = "asking all of them at once", "removing all of it"
RUN_TIMEOUT_S = 90
ANSWER_TIMEOUT_S = 15
REMOVE_TIMEOUT_S = 120
REMOVALS_AT_ONCE = 4
OUTPUT_BYTES = 4096

RUN = "docker run --rm alpine echo works | grep -qx works"
WEB = """
docker run -d --name preflight -p 8080:80 nginx >/dev/null || exit
until curl -fs -m 2 -o /dev/null http://127.0.0.1:8080/; do sleep 0.1; done
"""
ANSWER = "docker ps --format '{{.Names}}' | grep -qx preflight"
# What can't be dropped when memory gets scarce, as cgroup-v2 tells it, or else version 1.
MEMORY = """
cd /sys/fs/cgroup
if [ -e memory.current ]; then
  held=$(cat memory.current) dropped=inactive_file
else
  cd memory
  held=$(cat memory.usage_in_bytes) dropped=total_inactive_file
fi
awk -v held="$held" -v dropped="$dropped" '
  $1 == dropped { held -= $2 }
  END { printf "%d\\n", held }
' memory.stat
"""


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """One preflight or proof at a time; whoever gets in here knows that no other one is at work."""
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    with (settings.state_dir / "preflight.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SetupFailed(
                "A preflight or a proof is running on this machine.", "Wait until it is done."
            ) from error
        yield


class Trial:
    """Runs once. However it ends, it removes what it has made; ``left`` names what it could not."""

    def __init__(self, engine: SandboxEngine, settings: Settings, plan: Plan, tell: Tell) -> None:
        self._engine = engine
        self._settings = settings
        self._plan = plan
        self._tell = tell
        self._students = [PREFIX + secrets.token_hex(6) for _ in range(plan.students)]
        self._begun: list[str] = []
        self.left: list[str] = []

    async def run(self) -> Report:
        """Raises ``EngineUnavailable`` where there is no class engine to try it on."""
        await self._engine.info()
        seen = Seen(await self._engine.health(), len(await self._engine.sandboxes()))
        if refused := self._refusal(seen):
            return refused
        try:
            await self._work(seen)
        finally:
            with anyio.CancelScope(shield=True):
                await self._clean_up()
        seen.left = self.left
        return judge(self._plan, self._settings, seen)

    def _refusal(self, seen: Seen) -> Report | None:
        wanted = self._plan.students * self._plan.nodes
        fit = sandboxes_that_fit(seen.before, self._settings)
        places = self._settings.max_sandboxes - seen.others
        if not seen.before.registry_serves:
            return refusal(
                self._plan, "the registry does not answer.", "Bring it back: 'slipway engine up'."
            )
        if fit < wanted:
            why = f"by its settings there is room for {fit} more nodes now, and {wanted} are asked."
            return refusal(
                self._plan, why, shortage(seen.before, self._settings) or self._how_to_fit(fit)
            )
        if places < self._plan.students:
            why = f"{seen.others} sandboxes exist, and SLIPWAY_MAX_SANDBOXES allows {places} more."
            return refusal(self._plan, why, "Raise SLIPWAY_MAX_SANDBOXES.")
        return None

    def _how_to_fit(self, fit: int) -> str:
        each = self._settings.sandbox_memory_mb
        return (
            f"Ask for {fit // self._plan.nodes}, make room, or lower SLIPWAY_SANDBOX_MEMORY_MB "
            f"({each}) or SLIPWAY_SANDBOX_DISK_MB, which are set with care."
        )

    async def _work(self, seen: Seen) -> None:
        started = time.monotonic()
        await self._each(STARTING, seen, self._start, self._plan.at_once)
        seen.all_ready_s = round(time.monotonic() - started, 2)
        await self._each(RUNNING, seen, self._use, self._plan.students)
        await self._each(ANSWERING, seen, self._ask, self._plan.students)
        seen.working = await self._engine.health()

    async def _each(
        self,
        phase: str,
        seen: Seen,
        act: Callable[[str, Seen], Awaitable[None]],
        at_once: int,
    ) -> None:
        """For every student with whom nothing has gone wrong yet."""
        students = [who for who in self._students if who not in seen.failures]
        limiter = anyio.CapacityLimiter(max(at_once, 1))
        done = 0
        self._tell(phase, done, len(students))

        async def one(student: str) -> None:
            nonlocal done
            async with limiter:
                try:
                    await act(student, seen)
                except SlipwayError as error:
                    seen.failures[student] = error.message
                except TimeoutError:
                    seen.failures[student] = "It took too long to start."
            done += 1
            self._tell(phase, done, len(students))

        async with anyio.create_task_group() as tasks:
            for student in students:
                tasks.start_soon(one, student)

    async def _start(self, student: str, seen: Seen) -> None:
        started = time.monotonic()
        self._begun.append(student)
        # To leave a start half done would leave work behind that nobody waits for or removes.
        with anyio.CancelScope(shield=True), anyio.fail_after(self._start_timeout_s):
            await self._engine.create(student, self._plan.nodes, lambda _: None)
        seen.start_s.append(time.monotonic() - started)

    async def _use(self, student: str, seen: Seen) -> None:
        for node in self._nodes:
            seen.run_s.append(await self._run(student, node, RUN, "'docker run' failed"))
            seen.web_s.append(await self._run(student, node, WEB, "nginx did not answer"))

    async def _ask(self, student: str, seen: Seen) -> None:
        for node in self._nodes:
            why = "'docker ps' failed"
            seen.answer_s.append(await self._run(student, node, ANSWER, why, ANSWER_TIMEOUT_S))
        for node in self._nodes:
            held = await self._engine.run(
                student, node, MEMORY, environment={}, timeout_s=5, output_bytes=OUTPUT_BYTES
            )
            if held.output.strip().isdecimal():
                seen.node_bytes.append(int(held.output))

    async def _run(
        self, student: str, node: str, script: str, why: str, timeout_s: float = RUN_TIMEOUT_S
    ) -> float:
        """The seconds it took. Raises ``SandboxUnavailable`` with ``why`` and what was said."""
        started = time.monotonic()
        result = await self._engine.run(
            student, node, script, environment={}, timeout_s=timeout_s, output_bytes=OUTPUT_BYTES
        )
        if result.timed_out:
            raise SandboxUnavailable(f"{why}: not done after {timeout_s:g} s.")
        if result.exit_code:
            said = result.output.strip().rpartition("\n")[2] or f"status {result.exit_code}"
            raise SandboxUnavailable(f"{why}: {said}")
        return time.monotonic() - started

    @property
    def _nodes(self) -> Sequence[str]:
        return [f"node{number}" for number in range(1, self._plan.nodes + 1)]

    @property
    def _start_timeout_s(self) -> float:
        return self._settings.start_timeout_s * self._plan.nodes

    async def _clean_up(self) -> None:
        limiter = anyio.CapacityLimiter(REMOVALS_AT_ONCE)
        self.left = list(self._begun)
        self._tell(REMOVING, 0, len(self._begun))

        async def one(student: str) -> None:
            async with limiter:
                try:
                    with anyio.fail_after(REMOVE_TIMEOUT_S):
                        await self._engine.remove(student)
                except (SlipwayError, TimeoutError):
                    return
            self.left.remove(student)
            self._tell(REMOVING, len(self._begun) - len(self.left), len(self._begun))

        async with anyio.create_task_group() as tasks:
            for student in self._begun:
                tasks.start_soon(one, student)
