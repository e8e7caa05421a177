"""The real class engine that `make test` started, and students who leave nothing behind."""

from __future__ import annotations

import secrets
import threading
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING

import anyio
import docker
import docker.errors

from app.sandboxes.docker_engine import DockerEngine
from app.sandboxes.spec import LABEL_SANDBOX, network_name, students_container
from app.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from app.sandboxes.engine import NodeStatus, RunResult, SandboxEngine, Shell

WAIT_S = 60
READ_BYTES = 65_536
START_S = 120.0


def engine_settings() -> Settings:
    """The environment's settings; they must name a running class engine of the tests' own.

    What is slow on a busy machine has not failed.
    """
    settings = Settings()
    assert settings.instance != "slipway", "run these tests with 'make test'"
    return settings.model_copy(update={"start_timeout_s": START_S})


@asynccontextmanager
async def class_engine() -> AsyncIterator[DockerEngine]:
    engine = DockerEngine(engine_settings())
    try:
        yield engine
    finally:
        await engine.aclose()


@asynccontextmanager
async def a_student(engine: SandboxEngine, nodes: int = 1) -> AsyncIterator[str]:
    """A student with a running sandbox, removed at the end."""
    student = secrets.token_hex(8)
    try:
        await engine.create(student, nodes, lambda _: None)
        yield student
    finally:
        await engine.remove(student)


async def remove_all_sandboxes() -> None:
    """What a site leaves to its successor, when a test wants none."""
    async with class_engine() as engine:
        for sandbox in await engine.sandboxes():
            await engine.discard(sandbox.id)


async def students_of(engine: SandboxEngine) -> set[str]:
    """Everybody who has a sandbox."""
    return {sandbox.student for sandbox in await engine.sandboxes() if sandbox.student}


async def nodes_of(engine: SandboxEngine, student: str) -> Sequence[NodeStatus]:
    """The student's nodes; none where there is no sandbox."""
    found = [sandbox for sandbox in await engine.sandboxes() if sandbox.student == student]
    return found[0].nodes if found else ()


def network_of(student: str) -> str:
    """The name of the student's network in the class engine."""
    settings = engine_settings()
    with class_engine_client() as client:
        container = client.containers.get(students_container(settings, student, "node1"))
        return network_name(settings, container.labels[LABEL_SANDBOX])


@contextmanager
def class_engine_client() -> Iterator[docker.DockerClient]:
    """The SDK itself, for what no part of Slipway would do."""
    client = docker.DockerClient(
        base_url=f"unix://{engine_settings().engine_socket}", timeout=WAIT_S
    )
    try:
        yield client
    finally:
        client.close()


def remove_sandboxes() -> None:
    """Everybody's, and those that wait for somebody; no site may be running meanwhile."""
    with class_engine_client() as client:
        for container in client.containers.list(all=True, filters={"label": LABEL_SANDBOX}):
            container.remove(force=True, v=True)


@contextmanager
def stopped_registry() -> Iterator[None]:
    """For as long as it takes: a site that runs meanwhile notices, and starts it again and again.

    What it starts is stopped until the end, and only then stays.
    """
    over = threading.Event()

    def keep_down() -> None:
        with class_engine_client() as client:
            while not over.is_set():
                # Gone, or on its way: the next look finds it again.
                with suppress(docker.errors.APIError):
                    client.containers.get(f"{engine_settings().instance}-registry").stop(timeout=0)
                over.wait(0.05)

    thread = threading.Thread(target=keep_down)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


async def output_of(engine: SandboxEngine, student: str, script: str, node: str = "node1") -> str:
    """What a script prints on a node, without the last newline; it has to succeed."""
    result = await engine.run(
        student, node, script, environment={}, timeout_s=WAIT_S, output_bytes=100_000
    )
    assert result.exit_code == 0, result
    return result.output.rstrip("\n")


async def run(
    engine: SandboxEngine,
    student: str,
    script: str,
    *,
    timeout_s: float = 30,
    output_bytes: int = 1000,
    **environment: str,
) -> RunResult:
    return await engine.run(
        student,
        "node1",
        script,
        environment=environment,
        timeout_s=timeout_s,
        output_bytes=output_bytes,
    )


async def read_some(shell: Shell) -> bytes:
    """What a shell says next; empty once it has ended."""
    room = bytearray(READ_BYTES)
    count = await shell.read_into(memoryview(room))
    return bytes(room[:count])


async def until_stopped(engine: SandboxEngine, student: str) -> None:
    with anyio.fail_after(WAIT_S):
        while (await nodes_of(engine, student))[0].state != "stopped":
            await anyio.sleep(0.02)
