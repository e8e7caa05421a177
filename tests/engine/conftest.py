"""One connection to the class engine and one student for each module of engine tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.engine import a_student, class_engine

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
