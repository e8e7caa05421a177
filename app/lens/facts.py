"""What the engines of the nodes say of the two ends, before anything is sent."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import structlog
from pydantic import Field, TypeAdapter, ValidationError

from app.errors import NodeUnavailable, NotFound
from app.topology import answers
from app.topology.questions import AnswerTooLarge, ApiEnded, Questions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.sandboxes.engine import SandboxEngine

MOST_BYTES = 1 << 20
NETWORKS, RUNNING = "/networks", "/containers/json?limit=100"
SHORT_ID_CHARACTERS = 12
LARGEST_PID = 2**22
BRIDGES = {"bridge": "docker0", "docker_gwbridge": "docker_gwbridge"}
# Of one container to the next whose network it shares; Docker allows no more than one.
MAX_SHARED = 3

T = TypeVar("T")
log = structlog.get_logger()


class StateAnswer(answers.Answer):
    status: answers.Text = Field("", alias="Status")
    pid: int = Field(0, alias="Pid", ge=0, le=LARGEST_PID)


class HostPortAnswer(answers.Answer):
    port: answers.Text = Field("", alias="HostPort")


class PlaceAnswer(answers.Places):
    ports: dict[answers.Text, list[HostPortAnswer] | None] = Field({}, alias="Ports")


class ContainerAnswer(answers.Answer):
    id: answers.Text = Field(alias="Id")
    name: answers.Text = Field("", alias="Name")
    state: StateAnswer = Field(StateAnswer(), alias="State")
    host: answers.HostConfig = Field(answers.HostConfig(), alias="HostConfig")
    places: PlaceAnswer = Field(PlaceAnswer(), alias="NetworkSettings")


CONTAINER = TypeAdapter(ContainerAnswer)


@dataclass(frozen=True, slots=True)
class Container:
    """``home`` is the container whose network it uses, mostly itself; ``mode``, ``places`` and
    ``ports``, by the port inside, are that one's.
    """

    id: str
    home: str
    name: str
    status: str
    pid: int
    mode: str
    places: dict[str, answers.EndpointAnswer]
    ports: dict[str, int]

    @property
    def addresses(self) -> tuple[str, ...]:
        return tuple(place.ipv4 for place in self.places.values() if place.ipv4)


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """One node: its own address, its networks by id, which container has which address, and all
    about the containers that were asked for.
    """

    name: str
    ip: str
    networks: dict[str, answers.NetworkAnswer]
    holders: dict[str, str]
    containers: dict[str, Container]

    def network(self, name: str) -> answers.NetworkAnswer | None:
        return next((row for row in self.networks.values() if row.name == name), None)

    def network_of_bridge(self, interface: str) -> answers.NetworkAnswer | None:
        return next(
            (row for row in self.networks.values() if interface and bridge_of(row) == interface),
            None,
        )


def bridge_of(network: answers.NetworkAnswer) -> str:
    """The interface that Docker makes for a bridge network."""
    if network.driver != "bridge":
        return ""
    return BRIDGES.get(network.name, f"br-{network.id[:SHORT_ID_CHARACTERS]}")


async def ask(engine: SandboxEngine, student: str, node: str, ip: str, *ids: str) -> NodeFacts:
    """Raises ``NotFound`` where one of the containers is not there."""
    api = await engine.open_api(student, node)
    questions = Questions(api, lambda _: None)
    listening = asyncio.create_task(questions.listen())
    try:
        found = await questions.get_all({NETWORKS: MOST_BYTES, RUNNING: MOST_BYTES})
        networks = _form(answers.NETWORKS, found[NETWORKS]) or []
        running = _form(answers.CONTAINERS, found[RUNNING]) or []
        return NodeFacts(
            node,
            ip,
            {row.id: row for row in networks},
            {place.ipv4: row.id for row in running for place in row.places.networks.values()},
            {wanted: await _container(questions, wanted) for wanted in ids},
        )
    except (ApiEnded, AnswerTooLarge, ValidationError) as error:
        log.debug("a node can't be asked", node=node, reason=str(error))
        raise NodeUnavailable(
            f"The Docker engine on {node} does not answer.", "Try again in a moment."
        ) from error
    finally:
        listening.cancel()
        api.close()
        await asyncio.gather(listening, return_exceptions=True)


async def _container(questions: Questions, wanted: str) -> Container:
    row = await _details(questions, wanted)
    home = row
    for _ in range(MAX_SHARED):
        mode, _, shared = home.host.network_mode.partition(":")
        if mode != "container" or not shared.isalnum():
            break
        home = await _details(questions, shared)
    return Container(
        id=row.id,
        home=home.id,
        name=row.name.removeprefix("/") or row.id[:SHORT_ID_CHARACTERS],
        status=row.state.status,
        pid=row.state.pid,
        mode=home.host.network_mode,
        places=home.places.networks,
        ports=dict(_published(home)),
    )


def _published(row: ContainerAnswer) -> Iterator[tuple[str, int]]:
    for inside, outsides in list(row.places.ports.items())[: answers.MAX_PORTS]:
        for outside in outsides or ():
            if outside.port.isdecimal():
                yield inside, int(outside.port[:5])
                break


async def _details(questions: Questions, container: str) -> ContainerAnswer:
    row = _form(CONTAINER, await questions.get(f"/containers/{container}/json", MOST_BYTES))
    if not row:
        raise NotFound("This container is not there any more.", "Choose another one.")
    return row


def _form(form: TypeAdapter[T], said: object) -> T | None:
    return None if said is None else form.validate_python(said)
