"""What a proof has seen of each step, and whether that is as the lesson says."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Negative = Literal["fail", "pass", "unable", "unchecked", "-"]
Solution = Literal["ok", "stuck", "-"]
Positive = Literal["pass", "fail", "unable", "unchecked", "-"]


@dataclass(slots=True)
class Tried:
    """A mistake that was made, or an attempt to cheat the check, and what came of it."""

    line: int
    what: str
    outcome: str
    well: bool


@dataclass(slots=True)
class StepProof:
    """One step in one run through its lesson; ``problems`` are sentences, none where it holds.

    ``negative`` is the check's verdict before the ``solution`` was typed, "-" where nobody asked;
    ``positive`` is the one after it, which came ``waited_s`` after the prompt.
    """

    lesson: str
    step: str
    line: int
    run: str
    negative: Negative = "-"
    solution: Solution = "-"
    positive: Positive = "-"
    waited_s: float = 0
    mistakes: list[Tried] = field(default_factory=list)
    also: int | None = None
    mutations: list[Tried] = field(default_factory=list)
    seconds: float = 0
    problems: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.problems

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(slots=True)
class LessonProof:
    """All runs through one lesson; ``problems`` are those of no step. ``docker`` is the version of
    the nodes' engines, and what the kernel gave them.
    """

    lesson: str
    path: str
    steps: list[StepProof] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    seconds: float = 0
    docker: str = ""

    @property
    def holds(self) -> bool:
        return not self.problems and all(step.holds for step in self.steps)

    def as_json(self) -> dict[str, Any]:
        return {
            "lesson": self.lesson,
            "holds": self.holds,
            "problems": self.problems,
            "seconds": self.seconds,
            "docker": self.docker,
            "steps": [step.as_json() for step in self.steps],
        }
