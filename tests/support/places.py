"""Where an attempt on the machine is made: in a node, in a container of its engine, and, as the
control, in the class engine's own container.
"""

from __future__ import annotations

from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from ipaddress import ip_interface
from shlex import quote
from typing import TYPE_CHECKING, Protocol

import anyio
import docker

from tests.support.engine import engine_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from app.sandboxes.engine import SandboxEngine

TIMEOUT_S = 60
OUTPUT_BYTES = 100_000
# A script that could not run proves nothing: 126 is not executable, 127 is not there.
COULD_NOT_RUN = (126, 127)
# Everything a student can ask the node's engine for, --privileged apart, which it can't give.
EVERY_RIGHT = (
    "--cap-add ALL --security-opt seccomp=unconfined --security-opt apparmor=unconfined "
    "--security-opt systempaths=unconfined --security-opt label=disable "
    "--pid host --network host --ipc host --uts host --cgroupns host -v /:/node"
)
STRONG = "strong"
TRIES = 3
END = "the-end-of-it"
FLUSH_RULES = """
    for table in filter nat mangle raw; do iptables -t $table -F; iptables -t $table -X; done
    for chain in INPUT FORWARD OUTPUT; do iptables -P $chain ACCEPT; done
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    code: int
    output: str


class Place(Protocol):
    @property
    def name(self) -> str: ...

    async def run(self, script: str) -> Outcome: ...


@dataclass(frozen=True, slots=True)
class Node:
    """A node, as its root."""

    engine: SandboxEngine
    student: str
    name: str = "node"

    async def run(self, script: str) -> Outcome:
        result = await self.engine.run(
            self.student,
            "node1",
            script,
            environment={},
            timeout_s=TIMEOUT_S,
            output_bytes=OUTPUT_BYTES,
        )
        return Outcome(result.exit_code, result.output)


@dataclass(frozen=True, slots=True)
class InnerContainer:
    """A container of the node's engine with every right that can be had there."""

    node: Node
    name: str = "container"

    async def run(self, script: str) -> Outcome:
        return await self.node.run(f"docker exec {STRONG} sh -c {quote(script)}")


@dataclass(frozen=True, slots=True)
class WithTheNodeSTools:
    """The inner container with every right, and the tools of the node's file system."""

    container: InnerContainer
    name: str = "container"

    async def run(self, script: str) -> Outcome:
        return await self.container.run(f"chroot /node sh -c {quote(script)}")


@dataclass(frozen=True, slots=True)
class ClassEngineContainer:
    """The control: more rights than a node, fewer than the machine's root."""

    name: str = "class engine"

    async def run(self, script: str) -> Outcome:
        return await anyio.to_thread.run_sync(self._run, script)

    def _run(self, script: str) -> Outcome:
        """An old host engine may lose what a program says before its end; then it is run again."""
        for _ in range(TRIES):
            code, output = self._run_once(f"(\n{script}\n); code=$?; echo {END}; exit $code")
            said, mark, _ = output.rpartition(END)
            if mark:
                return Outcome(code, said)
        raise AssertionError(f"nothing is heard of: {script}")

    def _run_once(self, script: str) -> tuple[int, str]:
        with closing(docker.from_env()) as host:
            container = host.containers.get(f"{engine_settings().instance}-engine")
            code, output = container.exec_run(["timeout", str(TIMEOUT_S), "sh", "-c", script])
            assert isinstance(code, int)
            assert isinstance(output, bytes)
            return code, output.decode(errors="replace")


@asynccontextmanager
async def strong_container(node: Node) -> AsyncIterator[InnerContainer]:
    started = await node.run(
        f"docker run -d --name {STRONG} {EVERY_RIGHT} alpine sleep 10000 2>&1 && "
        f"docker exec {STRONG} true"
    )
    assert started.code == 0, started
    yield InnerContainer(node)
    await node.run(f"docker rm -f {STRONG}")


async def succeeds(place: Place, script: str) -> bool:
    outcome = await place.run(script)
    assert outcome.code not in COULD_NOT_RUN, outcome
    return outcome.code == 0


async def output_in(place: Place, script: str) -> str:
    outcome = await place.run(script)
    assert outcome.code == 0, outcome
    return outcome.output.strip()


async def registry_of(place: Place) -> str:
    """By number: without the rules, names are gone as well. It is a network's first neighbour."""
    own = ip_interface(
        await output_in(place, "ip -4 -o addr show dev eth0 | awk '{ print $4; exit }'")
    )
    return str(next(own.network.hosts()))
