"""The command preflight on the real class engine: it works, and leaves no trace, even stopped."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

import anyio
import pytest

from tests.support.command import SLIPWAY, slipway
from tests.support.engine import nodes_of

if TYPE_CHECKING:
    from pathlib import Path

    from app.sandboxes.docker_engine import DockerEngine

pytestmark = pytest.mark.anyio
WAIT_S = 90


async def strangers(engine: DockerEngine) -> list[str]:
    return [row.student for row in await engine.sandboxes() if row.student.startswith("preflight-")]


async def until_there_are_strangers(engine: DockerEngine) -> None:
    with anyio.fail_after(WAIT_S):
        while not await strangers(engine):
            await anyio.sleep(0.02)


async def test_a_class_of_two_fits_and_a_real_student_is_not_disturbed(
    engine: DockerEngine, student: str
) -> None:
    before = await nodes_of(engine, student)
    done = slipway("preflight", "--students", "2", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["fit"]
    assert report["verdict"] == "This machine is fit for 2 students."
    assert report["memory_mb"]["per_student"] >= report["held_mb"] > 10
    assert report["run_s"]["median"] > 0
    assert report["capacity"] >= 2
    assert report["left"] == []
    assert await strangers(engine) == []
    assert await nodes_of(engine, student) == before


async def test_more_than_fit_are_refused_with_a_sentence(engine: DockerEngine) -> None:
    done = slipway("preflight", "--students", "1000", SLIPWAY_MAX_SANDBOXES="1000")
    assert done.returncode == 1
    assert "not fit for 1000 students" in done.stdout
    assert await strangers(engine) == []


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
async def test_ctrl_c_removes_what_was_made(engine: DockerEngine, told: signal.Signals) -> None:
    async with await anyio.open_process([SLIPWAY, "preflight", "--students", "6"]) as process:
        await until_there_are_strangers(engine)
        process.send_signal(told)
        assert process.stderr
        said = b"".join([chunk async for chunk in process.stderr]).decode()
        await process.wait()
    assert process.returncode == 130
    assert "everything is removed" in said
    assert await strangers(engine) == []


def test_without_a_class_engine_it_says_what_to_do(tmp_path: Path) -> None:
    done = slipway("preflight", "--students", "1", SLIPWAY_STATE_DIR=str(tmp_path))
    assert done.returncode == 1
    assert "The class engine does not answer." in done.stderr
    assert "slipway engine up" in done.stderr
    assert "Traceback" not in done.stderr
