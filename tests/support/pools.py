"""A pool on the real class engine, its students, and the class engine's own process."""

from __future__ import annotations

import secrets
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

import anyio
import docker

from app.sandboxes.pool import SandboxPool
from tests.support.engine import engine_settings
from tests.support.pace import BRISK

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from app.sandboxes.engine import SandboxEngine
    from app.sandboxes.view import SandboxView
    from app.settings import Settings

WAIT_S = 90


def settings_with(**changes: Any) -> Settings:  # noqa: ANN401 - whatever Settings takes
    """The engine's settings with some of them changed; no warm sandboxes unless asked for."""
    return engine_settings().model_copy(update={"warm_sandboxes": 0, **changes})


@asynccontextmanager
async def a_pool(
    engine: SandboxEngine,
    **changes: Any,  # noqa: ANN401 - same
) -> AsyncIterator[SandboxPool]:
    settings = settings_with(**changes)
    async with SandboxPool(engine, settings, lambda _who, _view: None, pace=BRISK) as pool:
        yield pool


@asynccontextmanager
async def students(engine: SandboxEngine, count: int) -> AsyncIterator[list[str]]:
    """So many ids; whatever sandboxes they get are removed at the end, and all free ones too."""
    ids = [secrets.token_hex(8) for _ in range(count)]
    try:
        yield ids
    finally:
        for sandbox in await engine.sandboxes():
            if sandbox.student in ids or not sandbox.student:
                await engine.discard(sandbox.id)


async def until(
    pool: SandboxPool, student: str, wanted: Callable[[SandboxView], bool], wait_s: float = WAIT_S
) -> SandboxView:
    with anyio.fail_after(wait_s):
        while not wanted(view := pool.view(student)):
            assert view.state != "failed", view.reason
            await anyio.sleep(0.02)
    return view


def is_ready(view: SandboxView) -> bool:
    return view.state == "ready" and all(node.state == "ready" for node in view.nodes)


@contextmanager
def class_engines_process() -> Iterator[int]:
    """The process id of the class engine's dockerd on this machine."""
    host = docker.from_env()
    try:
        container = host.containers.get(f"{engine_settings().instance}-engine")
        rows = container.top(ps_args="-eo pid,args")["Processes"] or []
        yield int(next(row[0] for row in rows if row[1].startswith("dockerd")))
    finally:
        host.close()


def kill_in_class_engine(container: str) -> None:
    """Ends the first process of one of the class engine's containers, as a crash would."""
    settings = engine_settings()
    inner = docker.DockerClient(base_url=f"unix://{settings.engine_socket}", timeout=60)
    host = docker.from_env()
    try:
        process = inner.containers.get(container).attrs["State"]["Pid"]
        engine = host.containers.get(f"{settings.instance}-engine")
        code, said = engine.exec_run(["kill", "-9", str(process)])
        assert code == 0, said
    finally:
        host.close()
        inner.close()
