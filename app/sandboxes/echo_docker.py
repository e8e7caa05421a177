"""A Docker engine made of air, for the nodes of the echo engine: networks, containers, events.

Its API understands the requests that a picture of a node is made of, and nothing else.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from typing import Literal

    Chunk = tuple[Literal["answer", "event"], bytes]

MAX_CHUNKS = 10_000
VERSION = {"Version": "echo", "ApiVersion": "1.44"}
OK, NOT_FOUND, UNAVAILABLE = 200, 404, 503


@dataclass
class EchoDocker:
    """One node's; ``networks`` and ``containers`` are as Docker's API has them, by id."""

    networks: dict[str, dict[str, Any]] = field(default_factory=dict)
    containers: dict[str, dict[str, Any]] = field(default_factory=dict)
    apis: list[EchoNodeApi] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in ("bridge", "host", "none"):
            self.add_network(name, {"none": "null"}.get(name, name))

    def add_network(self, name: str, driver: str = "bridge") -> str:
        network = secrets.token_hex(32)
        number = len(self.networks) + 17
        pool = {"Subnet": f"172.{number}.0.0/16", "Gateway": f"172.{number}.0.1"}
        self.networks[network] = {
            "Id": network,
            "Name": name,
            "Driver": driver,
            "Scope": "local",
            "IPAM": {"Config": [pool] if driver == "bridge" else []},
        }
        self.tell("network", "create", network)
        return network

    def add_container(self, name: str, network: str = "bridge", image: str = "alpine") -> str:
        container = secrets.token_hex(32)
        on = {"NetworkID": self._network_id(network), "IPAddress": "172.17.0.2", "Aliases": []}
        self.containers[container] = {
            "Id": container,
            "Names": [f"/{name}"],
            "Image": image,
            "State": "running",
            "Ports": [],
            "HostConfig": {"NetworkMode": network},
            "NetworkSettings": {"Networks": {network: on}},
        }
        self.tell("container", "start", container)
        return container

    def remove(self, found: str) -> None:
        kind = "network" if self.networks.pop(found, None) else "container"
        self.containers.pop(found, None)
        self.tell(kind, "destroy", found)

    def tell(self, kind: str, action: str, actor: str) -> None:
        event = {"Type": kind, "Action": action, "Actor": {"ID": actor, "Attributes": {}}}
        for api in self.apis:
            api.put("event", json.dumps(event).encode() + b"\n")

    def stop(self) -> None:
        """What its readers see when it is killed."""
        for api in list(self.apis):
            api.close()

    def answer(self, path: str) -> tuple[int, Any]:
        """Status and body of a GET."""
        match path.partition("?")[0].strip("/").split("/"):
            case ["version"]:
                return OK, VERSION
            case ["networks"]:
                return OK, list(self.networks.values())
            case ["containers", "json"]:
                _, _, limit = path.partition("limit=")
                newest = list(self.containers.values())[::-1]
                return OK, newest[: int(limit)] if limit else newest
            case ["info"]:
                return OK, {"Containers": len(self.containers)}
            case ["containers", container, "json"] if container in self.containers:
                return OK, self._details(container)
            case ["services" | "tasks" | "nodes"]:
                return UNAVAILABLE, {"message": "This node is not a swarm manager."}
        return NOT_FOUND, {"message": "There is no such thing."}

    def _details(self, container: str) -> dict[str, Any]:
        """Asked about one, the API has its name and its state in another form than in the list."""
        row = self.containers[container]
        state = {"Status": row["State"], "Pid": 1 if row["State"] == "running" else 0}
        return {**row, "Name": row["Names"][0], "State": state}

    def _network_id(self, name: str) -> str:
        return next(key for key, row in self.networks.items() if row["Name"] == name)


class EchoNodeApi:
    """One connection to an echo node's API."""

    def __init__(self, docker: EchoDocker) -> None:
        self._docker = docker
        self._chunks: asyncio.Queue[Chunk | None] = asyncio.Queue(MAX_CHUNKS)
        self._closed = False
        docker.apis.append(self)

    def put(self, kind: Literal["answer", "event"], data: bytes) -> None:
        if not self._closed:
            self._chunks.put_nowait((kind, data))

    async def ask(self, paths: Sequence[str]) -> None:
        for path in paths:
            status, found = self._docker.answer(path)
            body = json.dumps(found).encode()
            head = f"HTTP/1.1 {status} Echo\r\nContent-Length: {len(body)}\r\n\r\n"
            self.put("answer", head.encode() + body)

    async def chunks(self) -> AsyncIterator[Chunk]:
        while chunk := await self._chunks.get():
            yield chunk

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._docker.apis.remove(self)
        self._chunks.put_nowait(None)
