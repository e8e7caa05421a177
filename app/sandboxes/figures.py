"""What there is to count of a pool at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.sandboxes.engine import EngineHealth
    from app.sandboxes.line import Line
    from app.sandboxes.roll import Roll
    from app.sandboxes.stock import Stock
    from app.sandboxes.view import State

STATES: tuple[State, ...] = ("queued", "starting", "ready", "failed", "ended")


@dataclass(frozen=True, slots=True)
class Figures:
    """``by_state`` counts students' sandboxes; ``warm`` ones wait for a student, of whom
    ``waiting`` wait for a sandbox. ``health`` is what the machine had left when last looked at.
    """

    by_state: dict[str, int]
    waiting: int
    capacity: int
    warm: int
    warm_wanted: int
    warm_making: int
    health: EngineHealth | None


def figures_of(roll: Roll, line: Line, stock: Stock, health: EngineHealth | None) -> Figures:
    return Figures(
        by_state={state: len(roll.students(state)) for state in STATES},
        waiting=len(line),
        capacity=line.capacity,
        warm=len(stock.ready),
        warm_wanted=stock.wanted,
        warm_making=len(stock.filling),
        health=health,
    )
