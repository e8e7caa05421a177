"""The host engine: the machine's own Docker, found, or installed and started where we may."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import docker
import docker.errors
import requests.exceptions

from app.errors import SetupFailed
from app.hosting.commands import apt_install, run
from app.hosting.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.hosting.report import Reporter
    from app.settings import Settings

DEFAULT_SOCKET = "unix:///var/run/docker.sock"
TRANSFER_TIMEOUT_S = 300
START_TIMEOUT_S = 30
STOP_TIMEOUT_S = 30
PACKAGE = "docker.io"


def find() -> docker.DockerClient | None:
    """A client of DOCKER_HOST or the default socket, or nothing where nobody answers.

    Raises ``SetupFailed`` where somebody does but we are not let in.
    """
    address = os.environ.get("DOCKER_HOST") or DEFAULT_SOCKET
    path = Path(address.removeprefix("unix://"))
    if address.startswith("unix://") and path.exists() and not os.access(path, os.W_OK):
        raise SetupFailed(
            f"You may not use Docker's socket {path}.",
            "Run this as root, or as a member of the group 'docker'.",
        )
    try:
        # With the default version the client asks the engine for it at once.
        return docker.DockerClient(base_url=address, timeout=TRANSFER_TIMEOUT_S)
    except (docker.errors.DockerException, OSError):
        return None


@contextmanager
def ensured(settings: Settings, reporter: Reporter) -> Iterator[docker.DockerClient]:
    """A client of the host engine, which is installed and started if that is what it takes."""
    with _in_words(), closing(find() or _raise_engine(settings, reporter)) as client:
        yield client


@contextmanager
def present() -> Iterator[docker.DockerClient | None]:
    """A client of the host engine as it is, or nothing."""
    client = find()
    if client is None:
        yield None
        return
    with _in_words(), closing(client):
        yield client


def stop_ours(settings: Settings, reporter: Reporter) -> None:
    """Stops the host engine if it was started by us; one that was there before goes on."""
    pid_file = _pid_file(settings)
    if not pid_file.exists():
        return
    with present() as host:
        if host and host.containers.list():
            reporter.say("the Docker engine goes on, because other containers run in it")
            return
    process = int(pid_file.read_text() or 0)
    pid_file.unlink()
    if not _is_dockerd(process):
        return
    with reporter.step("stopping the Docker engine that was started for Slipway"):
        os.kill(process, signal.SIGTERM)
        eventually(lambda: not _is_dockerd(process), STOP_TIMEOUT_S)


@contextmanager
def _in_words() -> Iterator[None]:
    """Whatever Docker refuses meanwhile becomes a sentence and Docker's own explanation."""
    try:
        yield
    except docker.errors.APIError as error:
        said = str(error.explanation or error)
        raise SetupFailed("Docker refused a step of this.", said) from error
    except (docker.errors.DockerException, requests.exceptions.RequestException) as error:
        raise SetupFailed("The Docker engine stopped answering.", str(error)) from error


def _raise_engine(settings: Settings, reporter: Reporter) -> docker.DockerClient:
    _install(reporter)
    _start(settings, reporter)
    client = eventually(find, START_TIMEOUT_S)
    if client:
        return client
    raise SetupFailed(
        f"Docker was started but did not answer within {START_TIMEOUT_S} s.",
        f"Its log may say why: {_log_file(settings)} or 'journalctl -u docker'.",
    )


def _install(reporter: Reporter) -> None:
    if shutil.which("dockerd"):
        return
    debian_like = shutil.which("apt-get") and Path("/etc/debian_version").exists()
    if os.geteuid() != 0 or not debian_like:
        raise SetupFailed(
            "There is no Docker engine on this machine.",
            "Install Docker Engine 20.10 or later and start it, or run this as root on Debian "
            f"or Ubuntu, where Slipway installs the package {PACKAGE} by itself.",
        )
    reporter.say(f"there is no Docker engine here; installing Debian's package {PACKAGE}")
    with reporter.step(f"installing {PACKAGE}"):
        apt_install(PACKAGE, "iptables")


def _start(settings: Settings, reporter: Reporter) -> None:
    if os.geteuid() != 0:
        raise SetupFailed(
            "The Docker engine is not running.",
            "Start it ('sudo systemctl start docker'), or run this as root.",
        )
    with reporter.step("starting the Docker engine"):
        if Path("/run/systemd/system").is_dir():
            run(["systemctl", "start", "docker"], why="Starting Docker")
            return
        settings.state_dir.mkdir(parents=True, exist_ok=True)
        with _log_file(settings).open("ab") as log:
            process = subprocess.Popen(
                ["dockerd"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        _pid_file(settings).write_text(str(process.pid))


def _pid_file(settings: Settings) -> Path:
    return settings.state_dir / "host-engine.pid"


def _log_file(settings: Settings) -> Path:
    return settings.state_dir / "host-engine.log"


def _is_dockerd(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/comm").read_text().strip() == "dockerd"
    except OSError:
        return False
