"""What is watched in a Docker engine and its machine: events of nodes, disk in use, memory left."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import httpx

from app.errors import EngineUnavailable
from app.sandboxes import spec as specs
from app.sandboxes.engine import NodeEvent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from app.settings import Settings

CONNECT_TIMEOUT_S = 20
# Counting what nodes have written means walking through all of it.
COUNT_TIMEOUT_S = 60
WHAT: dict[str, Literal["started", "stopped", "starved"]] = {
    "start": "started",
    "die": "stopped",
    "oom": "starved",
}
MEMINFO = Path("/proc/meminfo")


async def node_events(settings: Settings, since: float) -> AsyncIterator[NodeEvent]:
    """What happens to nodes from ``since`` (Unix time) on; raises when the engine goes."""
    wanted = {
        "type": ["container"],
        "event": list(WHAT),
        "label": [f"{specs.LABEL_INSTANCE}={settings.instance}", specs.LABEL_NODE],
    }
    parameters = {"filters": json.dumps(wanted), "since": f"{since:.9f}"}
    # An event stream is silent for as long as nothing happens.
    timeout = httpx.Timeout(CONNECT_TIMEOUT_S, read=None)
    async with _client(settings, timeout) as client:
        try:
            async with client.stream("GET", "/events", params=parameters) as response:
                async for line in response.aiter_lines():
                    event = json.loads(line)
                    labels = event["Actor"]["Attributes"]
                    yield NodeEvent(
                        sandbox=labels[specs.LABEL_SANDBOX],
                        student=specs.owner_of(settings, labels["name"]).student,
                        node=labels[specs.LABEL_NODE],
                        what=WHAT[event["Action"]],
                    )
        except httpx.HTTPError as error:
            raise EngineUnavailable("The class engine went away.") from error


async def disk_bytes(settings: Settings) -> dict[tuple[str, str], int]:
    """By student and node: its own layer and the volume of its engine.

    SystemDataUsage, Engine API 1.44 (``type`` limits what is counted).
    """
    parameters = {"type": ["container", "volume"]}
    async with _client(settings, httpx.Timeout(COUNT_TIMEOUT_S)) as client:
        try:
            found = (await client.get("/system/df", params=parameters)).json()
        except httpx.HTTPError as error:
            raise EngineUnavailable("The class engine can't count what is stored.") from error
    volumes = {row["Name"]: row["UsageData"]["Size"] for row in found["Volumes"] or []}
    sizes: dict[tuple[str, str], int] = {}
    for row in found["Containers"] or []:
        student = _student(settings, row)
        if student:
            stored = sum(volumes.get(mount.get("Name"), 0) for mount in row["Mounts"])
            key = (student, row["Labels"][specs.LABEL_NODE])
            sizes[key] = row.get("SizeRw", 0) + stored
    return sizes


def memory_free_bytes() -> int:
    """What the machine can still give without swapping (proc(5), MemAvailable)."""
    for line in MEMINFO.read_text().splitlines():
        name, _, rest = line.partition(":")
        if name == "MemAvailable":
            return int(rest.split()[0]) * 1024
    return 0


def _student(settings: Settings, row: Mapping[str, Any]) -> str:
    if row["Labels"].get(specs.LABEL_INSTANCE) != settings.instance:
        return ""
    if specs.LABEL_NODE not in row["Labels"]:
        return ""
    return specs.owner_of(settings, row["Names"][0].removeprefix("/")).student


def _client(settings: Settings, timeout: httpx.Timeout) -> httpx.AsyncClient:
    transport = httpx.AsyncHTTPTransport(uds=str(settings.engine_socket))
    return httpx.AsyncClient(transport=transport, timeout=timeout, base_url="http://engine")
