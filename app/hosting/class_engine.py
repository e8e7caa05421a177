"""The class engine on this machine: its container on the host engine, its images, its registry."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from contextlib import closing
from typing import TYPE_CHECKING, Any

import docker
import docker.errors

from app.errors import SetupFailed
from app.hosting import kernel_limits, registry
from app.hosting.waiting import eventually

if TYPE_CHECKING:
    from app.hosting.images import Images
    from app.hosting.report import Reporter
    from app.settings import Settings

READY_TIMEOUT_S = 30
STOP_TIMEOUT_S = 20
TRANSFER_TIMEOUT_S = 300
# The kernel's limit for a unix socket's path, less the terminating zero (unix(7)).
SOCKET_PATH_BYTES = 107
INSTANCE_LABEL = "slipway.instance"
IMAGE_LABEL = "slipway.image"
CONFIG_LABEL = "slipway.config"
# The site goes first where processors are short; a container of the machine's has 1024.
CPU_SHARES = 512


def container_config(settings: Settings, image: str) -> dict[str, Any]:
    """The class engine's container, in the words of the Engine API (ContainerCreate, 1.41).

    Every privilege it has is in this function. It is not privileged, and has a network namespace
    of its own without a way out: what is needed comes over its socket. It may mount, and manage
    networks and cgroups of its container; with user namespaces on, what runs inside it may not
    even that.
    """
    return {
        "Image": image,
        "Hostname": "class-engine",
        "Cmd": [
            "/usr/lib/slipway/class-engine",
            f"--insecure-registry={registry.SUBNET}",
            f"--group={os.getgid()}",  # whoever starts it may also use its socket
        ],
        "Labels": {INSTANCE_LABEL: settings.instance, IMAGE_LABEL: image},
        "HostConfig": {
            "CapAdd": ["SYS_ADMIN", "NET_ADMIN", "SYS_PTRACE"],
            # Unconfined, because the profiles that matter are those that this engine puts on the
            # nodes: it must be able to hand out less, and to mount /proc for them.
            "SecurityOpt": ["seccomp=unconfined", "apparmor=unconfined"],
            # A student can send frames to the bridge's own hardware address, with any sender in
            # them. Without this, the engine would answer to that sender, wherever it is.
            "NetworkMode": "none",
            "Sysctls": {
                "net.ipv4.conf.all.rp_filter": "1",
                "net.ipv4.icmp_echo_ignore_all": "1",
            },
            # The machine keeps what it was promised, whatever a class does.
            "Memory": class_memory_bytes(settings),
            "CpuShares": CPU_SHARES,
            "MaskedPaths": [],
            "ReadonlyPaths": [],
            "RestartPolicy": {"Name": "unless-stopped"},
            "Mounts": [
                {
                    "Type": "volume",
                    "Source": f"{settings.instance}-engine",
                    "Target": "/var/lib/docker",
                    "VolumeOptions": {"Labels": {INSTANCE_LABEL: settings.instance}},
                },
                {
                    "Type": "bind",
                    "Source": str(settings.engine_dir.resolve()),
                    "Target": "/run/slipway",
                },
            ],
        },
    }


def class_memory_bytes(settings: Settings) -> int:
    """All of this machine's memory but the reserve, and no less than a half."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(machine // 2, machine - settings.memory_reserve_mb * 1024 * 1024)


def connect(settings: Settings, timeout_s: int = TRANSFER_TIMEOUT_S) -> docker.DockerClient:
    """A client of the class engine. Raises the SDK's errors where it does not answer."""
    return docker.DockerClient(base_url=f"unix://{settings.engine_socket}", timeout=timeout_s)


def up(
    host: docker.DockerClient,
    settings: Settings,
    images: Images,
    reporter: Reporter,
    node: str = "",
) -> None:
    """Starts what is not running and brings in what is missing; harmless when all is there.

    ``node`` is the image of the nodes that are made from now on, if not the one of ``images``.
    """
    _check_socket_path(settings)
    settings.engine_dir.mkdir(parents=True, exist_ok=True)
    _ensure_container(host, settings, images.node, reporter)
    kernel_limits.raise_for_class(settings, reporter)
    with closing(connect(settings)) as engine:
        for reference in {*images.all, node or images.node}:
            _ensure_image(host, engine, reference, reporter)
        engine.images.get(node or images.node).tag("slipway/node", "current")
        registry.ensure(engine, settings, images, reporter)


def down(host: docker.DockerClient, settings: Settings, reporter: Reporter) -> None:
    """Removes the class engine, all that was in it, and its volume; twice is fine."""
    found = host.containers.list(
        all=True, filters={"label": f"{INSTANCE_LABEL}={settings.instance}"}
    )
    for container in found:
        with reporter.step(f"removing the class engine {container.name}"):
            _stop_sandboxes(settings)
            container.stop(timeout=STOP_TIMEOUT_S)
            container.remove(force=True, v=True)
    for volume in host.volumes.list(filters={"label": f"{INSTANCE_LABEL}={settings.instance}"}):
        with reporter.step(f"removing the volume {volume.name}"):
            volume.remove(force=True)
    kernel_limits.put_back(settings, reporter)
    shutil.rmtree(settings.engine_dir, ignore_errors=True)


def status(host: docker.DockerClient, settings: Settings) -> dict[str, str]:
    """The class engine's container: name, state, what it is made of; empty where there is none."""
    try:
        container = host.containers.get(f"{settings.instance}-engine")
    except docker.errors.NotFound:
        return {}
    return {
        "name": str(container.name),
        "state": container.status,
        "image": container.labels.get(IMAGE_LABEL, ""),
        "config": container.labels.get(CONFIG_LABEL, ""),
        "socket": str(settings.engine_socket),
    }


def _check_socket_path(settings: Settings) -> None:
    path = str(settings.engine_socket)
    if len(path.encode()) > SOCKET_PATH_BYTES:
        raise SetupFailed(
            f"The path of the class engine's socket is longer than {SOCKET_PATH_BYTES} bytes: "
            f"{path}",
            "Set SLIPWAY_STATE_DIR to a shorter path.",
        )


def _ensure_container(
    host: docker.DockerClient, settings: Settings, image: str, reporter: Reporter
) -> None:
    config = container_config(settings, image)
    digest = hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()
    config["Labels"][CONFIG_LABEL] = digest
    now = status(host, settings)
    if now.get("config") not in (None, digest):
        reporter.say("the class engine is of another version and is replaced")
        down(host, settings, reporter)
        settings.engine_dir.mkdir(parents=True, exist_ok=True)
        now = {}
    with reporter.step("starting the class engine"):
        if not now:
            made = host.api.create_container_from_config(config, f"{settings.instance}-engine")
            host.api.start(made["Id"])
        elif now["state"] != "running":
            host.containers.get(now["name"]).start()
        _wait_until_ready(host, settings)


def _wait_until_ready(host: docker.DockerClient, settings: Settings) -> None:
    if eventually(lambda: answers(settings), READY_TIMEOUT_S):
        return
    said = host.containers.get(f"{settings.instance}-engine").logs(tail=5)
    raise SetupFailed(
        f"The class engine did not answer within {READY_TIMEOUT_S} s.",
        said.decode(errors="replace").strip(),
    )


def answers(settings: Settings) -> bool:
    try:
        with closing(connect(settings)) as engine:
            return bool(engine.ping())
    except docker.errors.DockerException:
        return False


def _ensure_image(
    host: docker.DockerClient, engine: docker.DockerClient, reference: str, reporter: Reporter
) -> None:
    try:
        there = engine.images.get(reference).id
    except docker.errors.ImageNotFound:
        there = None
    if there != host.images.get(reference).id:
        with reporter.step(f"bringing {reference.partition(':')[0]} into the class engine"):
            for _ in engine.api.load_image(host.api.get_image(reference)):
                pass


def _stop_sandboxes(settings: Settings) -> None:
    """Ends every node at once, so that the class engine need not wait for each."""
    try:
        with closing(connect(settings)) as engine:
            for container in engine.containers.list():
                container.kill()
    except docker.errors.DockerException:
        return  # it does not answer; stopping its container ends them all the same
