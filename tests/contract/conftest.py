"""Every test here runs twice: on the echo engine and on the real one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.sandboxes.echo_engine import EchoEngine
from tests.support.engine import a_student, class_engine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from app.sandboxes.engine import SandboxEngine


@pytest.fixture(params=["echo", "docker"])
async def engine(request: pytest.FixtureRequest) -> AsyncIterator[SandboxEngine]:
    if request.param == "echo":
        yield EchoEngine()
        return
    async with class_engine() as real:
        yield real


@pytest.fixture
async def student(engine: SandboxEngine) -> AsyncIterator[str]:
    async with a_student(engine) as student:
        yield student
