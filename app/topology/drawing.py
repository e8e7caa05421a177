"""Turns an engine's answers into the picture's parts; pure, and bounded in number and size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.topology import answers
from app.topology.model import Container, Endpoint, Network, Port, Service, Task

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_NETWORKS = 40
MAX_CONTAINERS = 60
MAX_SERVICES = 20
MAX_TASKS = 20
SHORT_ID_CHARACTERS = 12
SERVICE_LABEL = "com.docker.swarm.service.name"
INTERFACE_OPTION = "com.docker.network.endpoint.ifname"
# There from the start, so they come first and stay where they are.
FIRST = {"bridge": 0, "host": 1, "none": 2}


def networks(found: Sequence[answers.NetworkAnswer]) -> tuple[Network, ...]:
    """The oldest first."""
    ordered = sorted(found, key=lambda row: (FIRST.get(row.name, 3), row.created, row.id))
    return tuple(map(_network, ordered[:MAX_NETWORKS]))


def containers(
    found: Sequence[answers.ContainerAnswer], details: Mapping[str, answers.Details]
) -> tuple[Container, ...]:
    """The oldest first; of those without details, what the list says."""
    ordered = sorted(found[:MAX_CONTAINERS], key=lambda row: (row.created, row.id))
    return tuple(_container(row, details.get(row.id)) for row in ordered)


def services(
    found: Sequence[answers.ServiceAnswer],
    tasks: Sequence[answers.TaskAnswer],
    members: Sequence[answers.MemberAnswer],
    names: Mapping[str, str],
) -> tuple[Service, ...]:
    """``names`` are those of networks, by id."""
    hosts = {row.id: row.description.hostname for row in members}
    ordered = sorted(found, key=lambda row: (row.created, row.id))[:MAX_SERVICES]
    return tuple(_service(row, tasks, hosts, names) for row in ordered)


def _network(row: answers.NetworkAnswer) -> Network:
    pools = row.addressing.pools[: answers.MAX_SUBNETS]
    return Network(
        id=row.id,
        name=row.name,
        driver=row.driver,
        scope=row.scope,
        subnets=tuple(pool.subnet for pool in pools if pool.subnet),
        gateways=tuple(pool.gateway.partition("/")[0] for pool in pools if pool.gateway),
        internal=row.internal,
        attachable=row.attachable,
        ingress=row.ingress,
    )


def _container(row: answers.ContainerAnswer, details: answers.Details | None) -> Container:
    places = (details or row).places.networks
    own = row.host.network_mode
    mode, _, shared = own.partition(":")
    # The network it was made for first: that is where it is at home.
    ordered = sorted(
        places.items(), key=lambda place: (own not in (place[0], place[1].network), place[0])
    )
    label = row.labels.get(SERVICE_LABEL, "")
    return Container(
        id=row.id,
        name=_name(row),
        image=row.image.partition("@")[0],
        state=row.state,
        shares=shared if mode == "container" else "",
        service=str(answers.clip(label)) if isinstance(label, str) else "",
        endpoints=tuple(
            _endpoint(name, place, row.id) for name, place in ordered[: answers.MAX_ENDPOINTS]
        ),
        ports=_ports(row.ports),
    )


def _name(row: answers.ContainerAnswer) -> str:
    """Links give a container more names, with a second slash in them."""
    own = [name.removeprefix("/") for name in row.names]
    return next((name for name in own if "/" not in name), row.id[:SHORT_ID_CHARACTERS])


def _endpoint(name: str, place: answers.EndpointAnswer, container: str) -> Endpoint:
    short = container[:SHORT_ID_CHARACTERS]
    aliases = [alias for alias in place.aliases if alias != short]
    return Endpoint(
        network=name,
        network_id=place.network,
        interface=place.options.get(INTERFACE_OPTION, ""),
        ipv4=place.ipv4,
        ipv6=place.ipv6,
        mac=place.mac,
        gateway=place.gateway,
        aliases=tuple(dict.fromkeys(aliases))[: answers.MAX_ALIASES],
    )


def _ports(found: Sequence[answers.PortAnswer]) -> tuple[Port, ...]:
    """Published ones first."""
    ports = {Port(row.host_ip, row.host_port, row.container_port, row.protocol) for row in found}
    ordered = sorted(ports, key=lambda port: (not port.host_port, port.host_port, port.host_ip))
    return tuple(ordered)[: answers.MAX_PORTS]


def _service(
    row: answers.ServiceAnswer,
    tasks: Sequence[answers.TaskAnswer],
    hosts: Mapping[str, str],
    names: Mapping[str, str],
) -> Service:
    mine = sorted((task for task in tasks if task.service == row.id), key=_task_order)
    replicated = row.spec.mode.replicated
    targets = row.spec.template.networks[: answers.MAX_ENDPOINTS]
    return Service(
        id=row.id,
        name=row.spec.name,
        image=row.spec.template.container.image.partition("@")[0],
        mode="replicated" if replicated else "global",
        replicas=replicated.replicas if replicated else 0,
        networks=tuple(names.get(target.target, target.target) for target in targets),
        ports=tuple(
            Port("", port.published, port.target, port.protocol)
            for port in row.endpoint.ports[: answers.MAX_PORTS]
        ),
        tasks=tuple(_task(task, hosts) for task in mine[:MAX_TASKS]),
    )


def _task_order(task: answers.TaskAnswer) -> tuple[int, str]:
    return task.slot, task.id


def _task(row: answers.TaskAnswer, hosts: Mapping[str, str]) -> Task:
    return Task(
        id=row.id,
        slot=row.slot,
        node=hosts.get(row.node, ""),
        state=row.status.state,
        desired=row.desired,
        container=row.status.container.container,
        message=row.status.error,
    )
