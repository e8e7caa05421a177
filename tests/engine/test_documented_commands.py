"""The commands of the guides for operators, on the class engine and with one of their own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import docker
import httpx
import pytest

from app.hosting.waiting import eventually
from app.settings import ROOT
from tests.support.documented import ON_ENGINE, SERVING, SERVING_SECOND, sh
from tests.support.engine import engine_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

ENDS_WITHIN_S = 60
SERVES_WITHIN_S = 150


LESSON = """\
---
title: One
summary: A lesson.
minutes: 1
nodes: 1
---
:::: step dev "A network"
```sh run
docker network create dev
```
```sh check
net dev
```
::::
"""


@pytest.fixture
def content(tmp_path: Path) -> str:
    """A course that is soon proven."""
    (tmp_path / "01-one").mkdir()
    (tmp_path / "01-one" / "lesson.md").write_text(LESSON)
    shutil.copy(engine_settings().content_dir / "checks.sh", tmp_path)
    return str(tmp_path)


@pytest.mark.parametrize("command", ON_ENGINE)
def test_it_works_as_written(command: str, content: str) -> None:
    state = str(engine_settings().state_dir.resolve())
    sh(ON_ENGINE[command], SLIPWAY_STATE_DIR=state, SLIPWAY_CONTENT_DIR=content)


@pytest.mark.parametrize("command", SERVING)
def test_it_serves_until_it_is_interrupted(command: str, tmp_path: Path) -> None:
    with served(SERVING[command], tmp_path / "said"):
        pass


def test_a_second_slipway_comes_and_goes(tmp_path: Path) -> None:
    """Under another name, with another folder for its state, beside the tests' own."""
    name = f"{engine_settings().instance}-second"
    second = {"SLIPWAY_INSTANCE": name, "SLIPWAY_STATE_DIR": str(tmp_path / "state")}
    try:
        for script in set(SERVING_SECOND.values()):
            with served(script, tmp_path / "said", **second):
                assert names(name) == [f"{name}-engine"]
    finally:
        sh("make down", **second)
    assert names(name) == []
    sh("slipway engine down", **second)


def names(start: str) -> list[str]:
    with closing(docker.from_env()) as host:
        found = [str(row.name) for row in host.containers.list(all=True)]
    return [name for name in found if name.startswith(start)]


@contextmanager
def served(script: str, said: Path, **environment: str) -> Iterator[None]:
    """While it serves; then Ctrl-C, which reaches everything that a terminal has in front."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    own = {"PATH": path, "SLIPWAY_PORT": str(port), "SLIPWAY_WARM_SANDBOXES": "0"}
    with (
        said.open("w") as output,
        subprocess.Popen(
            ["bash", "-c", f"exec {script}" if "=" not in script else script],
            cwd=ROOT,
            env={**os.environ, **own, **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        try:
            assert eventually(lambda: serves(process, port, said), SERVES_WITHIN_S)
            yield
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
            process.wait(ENDS_WITHIN_S)
    assert "Traceback" not in said.read_text()


def serves(process: subprocess.Popen[bytes], port: int, said: Path) -> bool:
    assert process.poll() is None, said.read_text()[-3000:]
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz/live").is_success
    except httpx.HTTPError:
        return False
