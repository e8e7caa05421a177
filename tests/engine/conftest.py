"""One connection to the class engine and one student for each module of engine tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.engine import a_student, class_engine, output_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from app.sandboxes.docker_engine import DockerEngine


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def engine() -> AsyncIterator[DockerEngine]:
    async with class_engine() as engine:
        yield engine


@pytest.fixture(scope="module")
async def student(engine: DockerEngine) -> AsyncIterator[str]:
    async with a_student(engine) as student:
        yield student


@pytest.fixture
async def clean(engine: DockerEngine, student: str) -> AsyncIterator[str]:
    """The module's student, with nothing but its images on the node afterwards."""
    yield student
    script = (
        "docker rm -f $(docker ps -aq) >/dev/null 2>&1; docker network prune -f; rm -rf /root/*"
    )
    await output_of(engine, student, script)
