"""A measured figure: its samples, what they amount to, and the goal they are held against."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """``goal`` bounds the ``judged`` value, in ``unit``; without one it is a peer's.

    From above, or where more is better from below (``at_least``).
    """

    name: str
    unit: str
    samples: list[float] = field(repr=False)
    goal: float | None = None
    judged: Literal["median", "mean", "p95", "max"] = "median"
    at_least: bool = False

    @property
    def median(self) -> float:
        return statistics.median(self.samples)

    @property
    def p95(self) -> float:
        ordered = sorted(self.samples)
        return ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]

    @property
    def value(self) -> float:
        """What the goal is about."""
        match self.judged:
            case "mean":
                return statistics.fmean(self.samples)
            case "p95":
                return self.p95
            case "max":
                return max(self.samples)
            case _:
                return self.median

    @property
    def met(self) -> bool | None:
        if self.goal is None:
            return None
        return self.value >= self.goal if self.at_least else self.value <= self.goal

    def row(self) -> list[str]:
        def shown(value: float) -> str:
            return f"{value:.3g} {self.unit}".strip()

        sign = "≥" if self.at_least else "≤"
        goal = "" if self.goal is None else f"{self.judged} {sign} {shown(self.goal)}"
        met = {None: "", True: "yes", False: "NO"}[self.met]
        low, high = min(self.samples), max(self.samples)
        spread = f"{low:.3g}-{high:.3g}"
        return [
            self.name,
            str(len(self.samples)),
            shown(self.median),
            shown(self.p95),
            spread,
            goal,
            met,
        ]

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "unit": self.unit,
            "n": len(self.samples),
            "median": self.median,
            "p95": self.p95,
            "min": min(self.samples),
            "max": max(self.samples),
            "goal": self.goal,
            "judged": self.judged,
            "at_least": self.at_least,
            "met": self.met,
        }
