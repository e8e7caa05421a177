"""The real class engine that `make test` started, and students who leave nothing behind."""

from __future__ import annotations

import secrets
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from app.sandboxes.docker_engine import DockerEngine
from app.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from app.sandboxes.engine import SandboxEngine


def engine_settings() -> Settings:
    """The environment's settings; they must name a running class engine of the tests' own."""
    settings = Settings()
    assert settings.instance != "slipway", "run these tests with 'make test'"
    return settings


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


async def output_of(engine: SandboxEngine, student: str, script: str, node: str = "node1") -> str:
    """What a script prints on a node, without the last newline; it has to succeed."""
    result = await engine.run(
        student, node, script, environment={}, timeout_s=20, output_bytes=100_000
    )
    assert result.exit_code == 0, result
    return result.output.rstrip("\n")
