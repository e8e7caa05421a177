"""docker-compose.yml as an operator runs it, under a project name of the tests' own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docker

from app.hosting import class_engine, debian
from app.settings import ROOT
from tests.support.engine import engine_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

OLDEST = (2, 24)
PLUGIN = "usr/libexec/docker/cli-plugins/docker-compose"
TIMEOUT_S = 500
PASSWORD = "a password of the tests"  # noqa: S105


@cache
def program() -> list[str]:
    """The machine's own compose, or Debian's newer one where that is too old or missing."""
    fetched = ROOT / "var" / "tools" / "docker-compose"
    for words in (["docker", "compose"], ["docker-compose"], [str(fetched)]):
        if shutil.which(words[0]):
            said = subprocess.run([*words, "version", "--short"], capture_output=True, check=False)
            found = re.match(rb"v?(\d+)\.(\d+)", said.stdout)
            if found and (int(found[1]), int(found[2])) >= OLDEST:
                return words
    selection = debian.Selection("trixie", ("docker-compose",), (), (), (PLUGIN,), ())
    fetched.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="slipway-compose-") as scratch:
        payload = Path(scratch) / "payload"
        debian.make_payload(selection, Path(scratch), payload)
        shutil.copy2(payload / PLUGIN, fetched)
    fetched.chmod(0o755)
    return [str(fetched)]


@contextmanager
def host_engine() -> Iterator[docker.DockerClient]:
    with closing(docker.from_env()) as client:
        yield client


class Compose:
    """One project; ``override`` is a second compose file on top of the project's own."""

    def __init__(self, project: str, port: int, override: Path) -> None:
        self.project = project
        self.address = f"http://127.0.0.1:{port}"
        self.override = override
        self.environment = {
            "COMPOSE_PROJECT_NAME": project,
            "SLIPWAY_PORT": str(port),
            "SLIPWAY_INSTRUCTOR_PASSWORD": PASSWORD,
            "SLIPWAY_ENGINE_MEMORY": str(class_engine.class_memory_bytes(engine_settings())),
        }

    def __call__(self, *arguments: str, fine: bool = True) -> str:
        files = ["--file", str(ROOT / "docker-compose.yml")]
        if self.override.exists():
            files += ["--file", str(self.override)]
        done = subprocess.run(
            [*program(), *files, *arguments],
            env={**os.environ, **self.environment},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT_S,
        )
        assert not fine or done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    def as_written(self, command: str) -> str:
        """A command of docs/operations.md in its own words."""
        return self(*command.removeprefix("docker compose ").split())

    def definition(self) -> dict[str, Any]:
        return dict(json.loads(self("config", "--format", "json")))

    def inspect(self, service: str) -> dict[str, Any]:
        name = f"{self.project}-{service}-1"
        with host_engine() as host:
            return dict(host.containers.get(name).attrs)

    def kill(self, service: str) -> None:
        """As a crash would: the process dies, and nobody has asked for it."""
        os.kill(int(self.inspect(service)["State"]["Pid"]), 9)

    def left(self) -> list[str]:
        """Names of whatever of the project exists."""
        mine: dict[str, str | list[str] | bool] = {
            "label": f"com.docker.compose.project={self.project}"
        }
        with host_engine() as host:
            return [
                *(str(row.name) for row in host.containers.list(all=True, filters=mine)),
                *(str(row.name) for row in host.networks.list(filters=mine)),
                *(str(row.name) for row in host.volumes.list(filters=mine)),
            ]
