"""Follows one node: asks its engine again whenever something there has changed."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

import anyio
import structlog

from app.errors import EngineUnavailable
from app.topology import answers, drawing
from app.topology.allowance import Allowance
from app.topology.model import More, NodePicture
from app.topology.questions import AnswerTooLarge, Questions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pydantic import TypeAdapter

    from app.sandboxes.engine import SandboxEngine
    from app.topology.model import Service

# What belongs together, such as a container's start, is read together.
GATHER_S = 0.02
LEAST_PAUSE_S = 0.2
# An engine tells of some changes a moment before it knows of them itself, so it is asked again;
# and of tasks it tells nothing, so it is asked until all are as they should be.
SETTLE_S = 1.0
MAX_SETTLING = 120
FIRST_RETRY_S = 0.25
LAST_RETRY_S = 4.0
TOO_LARGE_S = 10.0
MAX_TOO_LARGE = 100
MIB = 1 << 20
RUNNING = quote(json.dumps({"desired-state": ["running"]}))
VERSION, NETWORKS, SERVICES, INFO = "/version", "/networks", "/services", "/info"
CONTAINERS = f"/containers/json?all=1&limit={drawing.MAX_CONTAINERS + 1}"
TASKS, MEMBERS = f"/tasks?filters={RUNNING}", "/nodes"
EVERY_TIME = {NETWORKS: MIB, CONTAINERS: 2 * MIB, SERVICES: MIB, VERSION: MIB}

T = TypeVar("T")
log = structlog.get_logger()


class NodeReader:
    """``picture`` is the last there is; ``on_change`` is called after each that differs."""

    def __init__(
        self, engine: SandboxEngine, student: str, node: str, on_change: Callable[[str], None]
    ) -> None:
        self._engine = engine
        self._student = student
        self._on_change = on_change
        self._changed = anyio.Event()
        self._details: dict[str, tuple[answers.ContainerAnswer, answers.Details]] = {}
        self._too_large: dict[str, float] = {}
        self._allowance = Allowance()
        self.picture = NodePicture(node)

    async def run(self) -> None:
        """Until it is cancelled."""
        retry_s = FIRST_RETRY_S
        while True:
            began = time.monotonic()
            try:
                await self._follow()
            except AnswerTooLarge as error:
                if len(self._too_large) > MAX_TOO_LARGE:
                    self._too_large.clear()
                self._too_large[error.path] = time.monotonic()
            except EngineUnavailable:
                self._put(state="stopped", reason="The class engine does not answer.")
            except Exception as error:  # noqa: BLE001 - what a node says may be anything
                log.debug("a node can't be read", node=self.picture.name, reason=str(error))
                reason = f"The Docker engine on {self.picture.name} is stopped."
                self._put(state="stopped", reason=reason)
            if time.monotonic() - began > LAST_RETRY_S:
                retry_s = FIRST_RETRY_S
            await anyio.sleep(retry_s)
            retry_s = min(retry_s * 2, LAST_RETRY_S)

    def poke(self) -> None:
        """Has the node asked again."""
        self._changed.set()

    async def _follow(self) -> None:
        api = await self._engine.open_api(self._student, self.picture.name)
        try:
            questions = Questions(api, self._notice, self._allowance)
            listening = asyncio.create_task(questions.listen())
            listening.add_done_callback(lambda _: self.poke())  # to notice that it is over
            try:
                await self._read_on(questions)
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)
        finally:
            api.close()

    async def _read_on(self, questions: Questions) -> None:
        self._details.clear()
        settling = 0
        while True:
            self._changed = anyio.Event()
            began = time.monotonic()
            await self._read(questions)
            unsettled = any(map(_is_unsettled, self.picture.services))
            with anyio.move_on_after(
                SETTLE_S if not settling or (unsettled and settling < MAX_SETTLING) else None
            ):
                await self._changed.wait()
            settling = 0 if self._changed.is_set() else settling + 1
            pause_s = began + LEAST_PAUSE_S - time.monotonic()
            await anyio.sleep(max(pause_s, GATHER_S))

    async def _read(self, questions: Questions) -> None:
        found = await self._ask(questions, EVERY_TIME)
        networks = self._form(answers.NETWORKS, found[NETWORKS])
        containers = self._form(answers.CONTAINERS, found[CONTAINERS])
        version = self._form(answers.VERSION, found[VERSION])
        hidden = 0
        if containers is None or len(containers) > drawing.MAX_CONTAINERS:
            info = self._form(answers.INFO, (await self._ask(questions, {INFO: MIB}))[INFO])
            shown = min(len(containers or ()), drawing.MAX_CONTAINERS)
            hidden = max(info.containers - shown, 1) if info else 1
        containers = (containers or [])[: drawing.MAX_CONTAINERS]
        details = await self._look_closer(questions, containers)
        services = await self._services(questions, found[SERVICES], networks or ())
        with self._allowance.working():
            drawn = drawing.networks(networks or ())
            self._put(
                state="ready",
                reason="",
                engine=version.version if version else "",
                networks=drawn,
                containers=drawing.containers(containers, details),
                services=services,
                more=More(max(len(networks or ()) - len(drawn), 0), hidden),
            )
        await self._allowance.settle()

    async def _look_closer(
        self, questions: Questions, rows: Sequence[answers.ContainerAnswer]
    ) -> dict[str, answers.Details]:
        """Asks only about what is new, or has had an event."""
        known = {row.id: self._details[row.id] for row in rows if row.id in self._details}
        new = {
            f"/containers/{quote(row.id, safe='')}/json": row
            for row in rows
            if row.id not in known or known[row.id][0] != row
        }
        self._details = known
        found = dict(known)
        for path, said in (await self._ask(questions, dict.fromkeys(new, MIB // 2))).items():
            details = self._form(answers.DETAILS, said)
            if details:
                found[new[path].id] = (new[path], details)
        # What has had an event meanwhile is asked about again.
        if self._details is known:
            self._details = found
        return {key: details for key, (_, details) in found.items()}

    async def _services(
        self, questions: Questions, said: object, networks: Sequence[answers.NetworkAnswer]
    ) -> tuple[Service, ...]:
        """Only a manager of a Swarm knows any."""
        services = self._form(answers.SERVICES, said)
        if not services:
            return ()
        found = await self._ask(questions, {TASKS: MIB, MEMBERS: MIB})
        tasks = self._form(answers.TASKS, found[TASKS])
        members = self._form(answers.MEMBERS, found[MEMBERS])
        names = {row.id: row.name for row in networks}
        with self._allowance.working():
            return drawing.services(services, tasks or (), members or (), names)

    async def _ask(self, questions: Questions, most_bytes: Mapping[str, int]) -> dict[str, Any]:
        """Nothing where the engine has no answer, or had one lately that was too large."""
        now = time.monotonic()
        late = {path for path, at in self._too_large.items() if now - at < TOO_LARGE_S}
        asked = {path: most for path, most in most_bytes.items() if path not in late}
        found = await questions.get_all(asked) if asked else {}
        return {path: found.get(path) for path in most_bytes}

    def _form(self, form: TypeAdapter[T], said: object) -> T | None:
        with self._allowance.working():
            return None if said is None else form.validate_python(said)

    def _notice(self, event: dict[str, Any]) -> None:
        """An event of a container, or of a network that it came to or left."""
        match event:
            case {"Actor": {"ID": str(actor), "Attributes": {"container": str(container)}}}:
                concerned = {actor, container}
            case {"Actor": {"ID": str(actor)}}:
                concerned = {actor}
            case _:
                concerned = set(self._details)
        # Anew, so that a look at them that is under way does not count.
        self._details = {key: row for key, row in self._details.items() if key not in concerned}
        self._changed.set()

    def _put(self, **news: Any) -> None:  # noqa: ANN401 - the fields of NodePicture
        before = self.picture
        if news["state"] == "stopped":
            news = {**news, "networks": (), "containers": (), "services": (), "more": More()}
        self.picture = replace(before, **news)
        if self.picture != before:
            self._on_change(before.name)


def _is_unsettled(service: Service) -> bool:
    running = sum(task.state == "running" for task in service.tasks)
    return running < min(max(service.replicas, len(service.tasks)), drawing.MAX_TASKS)
