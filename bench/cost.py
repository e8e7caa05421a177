"""What containers cost: memory and processor time, read through an engine's own statistics."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.sandboxes import posture
from app.sandboxes import spec as specs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import docker

    from app.settings import Settings

CALLS_AT_ONCE = 8
# What a node would run without any care of ours: one dockerd that brings up its own containerd.
PLAIN = """
    mount -o remount,rw,bind /proc/sys
    exec dockerd --config-file=/dev/null
"""
ANSWERS = "until docker version >/dev/null 2>&1; do sleep 0.1; done"


@dataclass(frozen=True, slots=True)
class Cost:
    memory_bytes: int
    processor_ns: int


def node_containers(client: docker.DockerClient, settings: Settings) -> list[str]:
    """The ids of this instance's nodes. The only place here that knows how to find them."""
    labels = [f"{specs.LABEL_INSTANCE}={settings.instance}", specs.LABEL_NODE]
    return [str(row["Id"]) for row in client.api.containers(filters={"label": labels})]


def costs(client: docker.DockerClient, containers: Sequence[str]) -> list[Cost]:
    def one(container: str) -> Cost:
        found = client.api.stats(container, stream=False, one_shot=True)
        return Cost(
            memory_bytes(found["memory_stats"]),
            int(found["cpu_stats"]["cpu_usage"]["total_usage"]),
        )

    with ThreadPoolExecutor(CALLS_AT_ONCE) as threads:
        return list(threads.map(one, containers))


def memory_bytes(stats: Mapping[str, Any]) -> int:
    """The kernel's share included; page cache that can be dropped is not, as in 'docker stats'."""
    details = stats["stats"]
    inactive = details.get("total_inactive_file", details.get("inactive_file", 0))
    return int(stats["usage"]) - int(inactive)


def start_plain(client: docker.DockerClient, settings: Settings) -> str:
    """A container as a node is, but with an engine as it comes. Its id; the caller removes it."""
    body = {
        "Image": specs.NODE_IMAGE,
        "Cmd": ["sh", "-c", PLAIN],
        "Labels": {specs.LABEL_INSTANCE: settings.instance},
        "HostConfig": {**posture.node(settings), "NetworkMode": "none"},
    }
    container = str(client.api.create_container_from_config(body)["Id"])
    client.api.start(container)
    return container


def wait_for_plain(client: docker.DockerClient, container: str) -> None:
    exec_id = client.api.exec_create(container, ["timeout", "30", "sh", "-c", ANSWERS])["Id"]
    client.api.exec_start(exec_id)
    if client.api.exec_inspect(exec_id)["ExitCode"]:
        raise RuntimeError("the plain engine did not start")
