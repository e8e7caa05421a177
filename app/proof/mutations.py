"""Ways to damage what a check looks at, and to mend it: a sound check notices each of them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from shlex import quote
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

# What the node has: one JSON object a line.
INVENTORY = """
docker ps -aq | xargs -r docker container inspect | jq -c '.[] | {
  Name, State: {Running: .State.Running}, Config: {Image: .Config.Image}, NetworkSettings: {
    Ports: .NetworkSettings.Ports,
    Networks: .NetworkSettings.Networks | map_values({Aliases, IPAMConfig, NetworkID})
  }
}'
"""
ELSEWHERE = "slipway-elsewhere"
KEPT = "slipway-kept"
# Helpers whose first word is a container.
_OF_ONE = ("exists", "running", "on_net", "ip_on", "alias_on", "pid_of", "inns", "dns", "inspected")
# Helpers that are false, or print nothing, once their container does not run.
_LIVE = ("running", "on_net", "dns", "pid_of", "inns")
_PLACED = ("on_net", "ip_on", "alias_on")
_DOORS = ("hport", "hports", "published")
# What neighbours have heard of each other, and a network that is shared, do not come back with the
# container: who pings it may ask for half a minute at the hardware address it had before.
_FLEETING = re.compile(r"\bip neigh\b|/ns/net\b|\binns \S+ ping\b")
_ID_OF_ONE_HOST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Mutation:
    """``damage`` and ``mend`` are scripts for the check's node; ``answer`` is given in place of the
    right one.
    """

    what: str
    damage: str = ""
    mend: str = ""
    answer: str | None = None


def mutations(check: str, inventory: str) -> Iterator[Mutation]:
    """Those that this check has to notice, as its words tell, on a node with these containers."""
    for line in inventory.splitlines():
        container = json.loads(line)
        name = str(container["Name"]).removeprefix("/")
        networks = container["NetworkSettings"]["Networks"]
        # One on a Swarm's network keeps its name.
        if _is_about(check, name) and not any(map(_is_of_a_swarm, networks.values())):
            yield _renamed(name)
        if container["State"]["Running"]:
            if not _FLEETING.search(check):
                if _asks(check, _LIVE, name):
                    yield _stopped(name)
                yield from _on_networks(check, name, networks)
            if _asks(check, _DOORS, name):
                yield from _other_door(check, name, container)


def wrong_answers(right: str) -> Iterator[Mutation]:
    """Answers of an input step that are nearly right."""
    if right:
        yield Mutation("the answer is cut short", answer=right[:-1])
        yield Mutation("the answer goes on", answer=f"{right}x")
        yield Mutation("the answer begins otherwise", answer=f"x{right[1:]}")


def _on_networks(check: str, name: str, networks: dict[str, Any]) -> Iterator[Mutation]:
    for network, endpoint in networks.items():
        if network in ("bridge", "host", "none"):
            continue
        if _asks(check, _PLACED, name, network):
            yield _moved(name, network, endpoint)
        for alias in _own_aliases(endpoint, name):
            if _asks(check, ("alias_on",), name, network, alias):
                yield _otherwise_known(name, network, alias, endpoint)


def _is_about(check: str, name: str) -> bool:
    """Whether the check asks for the container itself; its name may be a word in there for more."""
    verb = r"\bdocker (?:container )?(?:inspect|logs|exec)\s[^|;&)]*?"
    by_docker = re.search(rf"{verb}(?<=\s){re.escape(name)}(?![\w.-])", check)
    return bool(by_docker) or _asks(check, (*_OF_ONE, *_DOORS), name)


def _is_of_a_swarm(endpoint: dict[str, Any]) -> bool:
    return not _ID_OF_ONE_HOST.fullmatch(str(endpoint.get("NetworkID")))


def _asks(check: str, helpers: tuple[str, ...], *arguments: str) -> bool:
    """Whether the check calls one of the helpers with these arguments."""
    words = r"\s+".join(rf"""["']?{re.escape(argument)}["']?""" for argument in arguments)
    return bool(re.search(rf"(?<!! )\b(?:{'|'.join(helpers)})\s+{words}(?![\w.-])", check))


def _renamed(name: str) -> Mutation:
    old, new = quote(name), quote(f"{name}-{KEPT}")
    return Mutation(
        f"{name} has another name", f"docker rename {old} {new}", f"docker rename {new} {old}"
    )


def _stopped(name: str) -> Mutation:
    return Mutation(
        f"{name} is stopped", f"docker stop -t 0 {quote(name)}", f"docker start {quote(name)}"
    )


def _moved(name: str, network: str, endpoint: dict[str, Any]) -> Mutation:
    there, here = quote(network), quote(name)
    return Mutation(
        f"{name} is on another network than {network}",
        f"docker network create {ELSEWHERE} && docker network connect {ELSEWHERE} {here} && "
        f"docker network disconnect {there} {here}",
        f"{_connect(name, network, endpoint)} && "
        f"docker network disconnect {ELSEWHERE} {here} && docker network rm {ELSEWHERE}",
    )


def _otherwise_known(name: str, network: str, alias: str, endpoint: dict[str, Any]) -> Mutation:
    leave = f"docker network disconnect {quote(network)} {quote(name)}"
    others = [it for it in _own_aliases(endpoint, name) if it != alias]
    return Mutation(
        f"{name} is not {alias} on {network}",
        f"{leave} && {_connect(name, network, endpoint, [*others, f'{alias}-{KEPT}'])}",
        f"{leave} && {_connect(name, network, endpoint)}",
    )


def _other_door(check: str, name: str, container: dict[str, Any]) -> Iterator[Mutation]:
    """The same container once more: with every host port one further up where the check names
    one, and else with none.
    """
    kept, here = quote(f"{name}-{KEPT}"), quote(name)
    bound = [
        (int(binding["HostPort"]), port)
        for port, bindings in (container["NetworkSettings"]["Ports"] or {}).items()
        for binding in (bindings or [])[:1]
    ]
    if not bound:
        return
    named = [(door, port) for door, port in bound if re.search(rf"(?<!\d){door}(?!\d)", check)]
    doors = [f"-p {door + 1}:{port}" for door, port in named]
    yield Mutation(
        f"{name} has {'other' if doors else 'no'} host ports",
        f"docker stop -t 0 {here} && docker rename {here} {kept} && "
        f"docker run -d --name {here} {' '.join(doors)} {quote(container['Config']['Image'])}",
        f"docker rm -f {here} && docker rename {kept} {here} && docker start {here}",
    )


def _connect(
    name: str, network: str, endpoint: dict[str, Any], aliases: list[str] | None = None
) -> str:
    words = ["docker", "network", "connect"]
    for alias in _own_aliases(endpoint, name) if aliases is None else aliases:
        words += ["--alias", quote(alias)]
    fixed = (endpoint.get("IPAMConfig") or {}).get("IPv4Address")
    if fixed:
        words += ["--ip", quote(fixed)]
    return " ".join([*words, quote(network), quote(name)])


def _own_aliases(endpoint: dict[str, Any], name: str) -> list[str]:
    """Engines before 25 add the short id; nobody else's alias looks like one."""
    aliases = endpoint.get("Aliases") or []
    return [it for it in aliases if it != name and not re.fullmatch(r"[0-9a-f]{12}", it)]
