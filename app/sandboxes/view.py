"""What a student is told about the sandbox: one immutable picture per change."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from app.sandboxes.engine import STAGES

if TYPE_CHECKING:
    from app.sandboxes.engine import NodeStatus

State = Literal["none", "queued", "starting", "ready", "failed", "ended"]


@dataclass(frozen=True, slots=True)
class DrainNotice:
    """That nothing is given out, and all sandboxes end at a time (RFC 3339).

    ``over`` once that time has come or nobody has one any more.
    """

    ends_at: str
    reason: str
    soon: bool
    over: bool


@dataclass(frozen=True, slots=True)
class SandboxView:
    """``stage`` is one of STAGES while starting; ``position`` counts from 1 while queued.

    ``ending`` is true in the last minutes before an idle sandbox ends. ``trouble`` is a sentence
    about the class engine, whatever the sandbox's own state; mostly empty. So is ``drain``.
    """

    state: State = "none"
    stage: str = ""
    position: int | None = None
    reason: str = ""
    nodes: tuple[NodeStatus, ...] = ()
    ends_at: str | None = None
    ending: bool = False
    trouble: str = ""
    drain: DrainNotice | None = None

    def node(self, name: str) -> NodeStatus | None:
        return next((node for node in self.nodes if node.name == name), None)

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "stages": list(STAGES)}
