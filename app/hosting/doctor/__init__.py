"""Looks at a machine as an instructor would: what is there, what is missing, how to mend it.

Facts come from ``machine.py`` and from the engines themselves; what they mean is judged by
functions of nothing but facts and settings. This puts the questions in order.
"""

from __future__ import annotations

import os
import subprocess
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import docker
import docker.errors
import requests.exceptions

from app.errors import SetupFailed
from app.hosting import host_engine, images, kernel
from app.hosting.doctor import engines, kernel_rules, surroundings
from app.hosting.doctor.finding import Finding, bad, good
from app.hosting.doctor.machine import Machine
from app.settings import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docker.models.containers import Container

    from app.settings import Settings

LOOK_TIMEOUT_S = 60
COMPOSE_TIMEOUT_S = 10
ENGINE_UP = "Run 'slipway engine up'."
COMPOSE_UP = "Run 'docker compose up -d --wait'."
SOCKET_FOLDER = "/run/slipway"

__all__ = ["Finding", "Machine", "examine"]


def examine(settings: Settings, machine: Machine | None = None) -> list[Finding]:
    """From the machine inwards; what can't be looked at for want of the layer below is left out."""
    return list(_examine(settings, machine or Machine()))


def _examine(settings: Settings, machine: Machine) -> Iterator[Finding]:
    yield from kernel_rules.kernel_version(machine)
    yield from kernel_rules.user_namespaces(machine, settings)
    yield from kernel_rules.cgroups(machine)
    yield from kernel_rules.out_of_memory(machine)
    yield from kernel_rules.limits(machine, settings)
    yield from kernel_rules.subordinate_ids(machine)
    yield from surroundings.clock(machine, settings)
    yield from surroundings.memory(machine, settings)
    yield from surroundings.open_files(machine, settings)
    yield from surroundings.packages()
    yield from surroundings.state_folder(machine, settings)
    yield from surroundings.address(machine, settings)
    yield from engines.compose(_compose_version(), wanted=(ROOT / ".env").exists())
    try:
        with host_engine.present() as host:
            yield from _from_host(host, machine, settings)
    except SetupFailed as error:
        yield bad("host-engine", error.message, error.hint)


def _from_host(
    host: docker.DockerClient | None, machine: Machine, settings: Settings
) -> Iterator[Finding]:
    if not host:
        mend = "Run 'make up' as root on Debian, or install and start Docker Engine."
        yield bad("host-engine", "no host engine answers", mend)
        yield from kernel_rules.unprivileged(machine, rootless=False)
        yield from kernel_rules.modules(machine)
        yield from surroundings.disk(machine, settings, None)
        return
    info = host.info()
    address = os.environ.get("DOCKER_HOST") or engines.DEFAULT_ADDRESS
    folder = Path(info.get("DockerRootDir") or "/var/lib/docker")
    yield from engines.host_engine(host.version(), info, address)
    yield from kernel_rules.unprivileged(machine, rootless=engines.is_rootless(info))
    yield from surroundings.disk(machine, settings, folder if folder.is_dir() else None)
    yield engines.images(
        [row["name"] for row in images.inventory(host) if not row["way"]], ENGINE_UP
    )
    container = _class_engine_of(host, settings)
    state = container.status if container else "absent"
    if container and state == "running":
        cure = COMPOSE_UP if _by_compose(container) else ENGINE_UP
        yield from _class_engine(_socket_of(container), cure)
        yield from _features(container)
    else:
        cure = COMPOSE_UP if container and _by_compose(container) else ENGINE_UP
        yield engines.not_running(state, settings, cure)
        yield from kernel_rules.modules(machine)


def _class_engine_of(host: docker.DockerClient, settings: Settings) -> Container | None:
    """That of ``make up``, or else that of the compose project."""
    try:
        return host.containers.get(f"{settings.instance}-engine")
    except docker.errors.NotFound:
        project = os.environ.get("COMPOSE_PROJECT_NAME") or settings.instance
        labels = {"project": project, "service": "engine"}
        wanted: list[str] = [f"com.docker.compose.{name}={value}" for name, value in labels.items()]
        found = host.containers.list(all=True, filters={"label": wanted})
        return found[0] if found else None


def _by_compose(container: Container) -> bool:
    return "com.docker.compose.project" in container.labels


def _socket_of(container: Container) -> Path:
    """Where its socket is on this machine: in the state folder, or in a volume."""
    mounts = container.attrs["Mounts"]
    sources = [row["Source"] for row in mounts if row["Destination"] == SOCKET_FOLDER]
    return Path(sources[0] if sources else SOCKET_FOLDER) / "docker.sock"


def _class_engine(path: Path, cure: str) -> Iterator[Finding]:
    try:
        client = docker.DockerClient(base_url=f"unix://{path}", timeout=LOOK_TIMEOUT_S)
        with closing(client):
            version, info = client.version(), client.info()
    except (docker.errors.DockerException, requests.exceptions.RequestException) as error:
        if isinstance(error.__context__, PermissionError) or not os.access(path.parent, os.X_OK):
            yield bad("class-engine", f"you may not use the socket {path}", "Run this as root.")
        else:
            yield bad("class-engine", "the class engine does not answer", cure)
        return
    yield from engines.class_engine(version, info, cure)


def _features(container: Container) -> Iterator[Finding]:
    missing = kernel.missing_features(container)
    present = [feature.name for feature in kernel.FEATURES if feature not in missing]
    yield good("kernel-modules", f"the kernel has {', '.join(present)}")
    for feature in missing:
        yield Finding(
            "kernel-modules",
            f"the kernel lacks {feature.name}: {feature.loss}",
            fine=not feature.needed,
            mend=f"Where it is a module: modprobe {feature.name}, and its name into "
            "/etc/modules-load.d/slipway.conf.",
        )


def _compose_version() -> str:
    """Empty where there is no Compose."""
    for words in (["docker", "compose"], ["docker-compose"]):
        try:
            done = subprocess.run(
                [*words, "version", "--short"],
                capture_output=True,
                text=True,
                check=False,
                timeout=COMPOSE_TIMEOUT_S,
            )
        except (OSError, subprocess.TimeoutExpired):
            continue
        if done.returncode == 0 and engines.version_of(done.stdout) != (0, 0):
            return done.stdout.strip()
    return ""
