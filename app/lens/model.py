"""What the lens is asked and answers: who sends what to whom, and the hops of the way."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Kind = Literal["container", "node", "outside", "name"]
Probe = Literal["ping", "http"]
What = Literal[
    "name", "send", "cable", "bridge", "node", "nat", "tunnel", "arrive", "answer", "stop"
]


@dataclass(frozen=True, slots=True)
class End:
    """One end of the way: a container by its id, a node itself, the computer outside of it, or a
    name that the sender looks up.
    """

    kind: Kind
    node: str = ""
    container: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """``port`` counts for ``http`` only."""

    source: End
    target: End
    probe: Probe
    port: int = 80


@dataclass(frozen=True, slots=True)
class At:
    """Where in the picture a hop is: a container or a network by its id, or just a node."""

    node: str = ""
    container: str = ""
    network: str = ""


@dataclass(frozen=True, slots=True)
class Hop:
    """``evidence`` are lines of the node's own tools, ``command`` shows the same in a terminal.
    What is not ``ok`` is where the way ends.
    """

    what: What
    title: str
    text: str
    at: At = At()
    ok: bool = True
    evidence: tuple[str, ...] = ()
    command: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """``verdict`` is one sentence, ``hint`` what to do about it; all of it is plain text."""

    arrived: bool
    verdict: str
    hint: str = ""
    hops: tuple[Hop, ...] = ()
    commands: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)
