"""What a preflight has seen, and the verdict that follows from it; nothing here acts."""

from __future__ import annotations

import math
import statistics
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from app.sandboxes.engine import EngineHealth
    from app.settings import Settings

MIB = 1024 * 1024
P95 = 0.95
# Beyond that, a class that types the same command at the same time sits and waits.
SLOW_RUN_S = 10
# Beside what a node holds there is what its engine's parts in the class engine take.
NOISE = 1.6


@dataclass(frozen=True, slots=True)
class Plan:
    """``at_once`` sandboxes are started at the same time."""

    students: int
    nodes: int
    at_once: int


@dataclass(frozen=True, slots=True)
class Spread:
    """Of seconds: the middle one, and the one that only one in twenty exceeds."""

    median: float
    p95: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Spread | None:
        if not seconds:
            return None
        ranked = sorted(seconds)
        p95 = ranked[math.ceil(P95 * len(ranked)) - 1]
        return cls(round(statistics.median(ranked), 2), round(p95, 2))


@dataclass(slots=True)
class Seen:
    """Filled while it happens. ``failures`` says of a student in a sentence what did not work."""

    before: EngineHealth
    others: int = 0
    working: EngineHealth | None = None
    all_ready_s: float | None = None
    start_s: list[float] = field(default_factory=list)
    run_s: list[float] = field(default_factory=list)
    web_s: list[float] = field(default_factory=list)
    answer_s: list[float] = field(default_factory=list)
    node_bytes: list[int] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Resource:
    """MiB. ``spare`` is what stays free beyond the reserve while all are at work."""

    free_before: int
    free_at_work: int
    per_student: float
    reserve: int
    spare: int


@dataclass(frozen=True, slots=True)
class Report:
    """Figures are missing where it did not get that far. ``capacity`` is in students.

    ``memory_mb`` is the machine's, with whatever other programs did meanwhile; ``held_mb`` is what
    a student's nodes hold themselves.
    """

    students: int
    nodes: int
    at_once: int
    fit: bool
    verdict: str
    advice: tuple[str, ...] = ()
    all_ready_s: float | None = None
    start_s: Spread | None = None
    run_s: Spread | None = None
    web_s: Spread | None = None
    answer_s: Spread | None = None
    memory_mb: Resource | None = None
    held_mb: float | None = None
    disk_mb: Resource | None = None
    capacity: int | None = None
    failures: tuple[str, ...] = ()
    left: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def refusal(plan: Plan, why: str, advice: str) -> Report:
    """Nothing was started, because it could only have ended badly."""
    verdict = f"This machine is not fit for {_students(plan.students)}: {why}"
    return Report(
        plan.students, plan.nodes, plan.at_once, fit=False, verdict=verdict, advice=(advice,)
    )


def judge(plan: Plan, settings: Settings, seen: Seen) -> Report:
    memory, disk = _resources(plan, settings, seen)
    capacity = _capacity(settings, seen, memory, disk)
    problems = [*_failures(plan, seen), *_shortages(memory, disk, capacity)]
    if seen.left:
        what = f"{len(seen.left)} of its sandboxes could not be removed again."
        problems.append((what, "Run 'slipway sweep'."))
    verdict = f"This machine is fit for {_students(plan.students)}."
    if problems:
        verdict = f"This machine is not fit for {_students(plan.students)}: {problems[0][0]}"
    advice = [*dict.fromkeys(mend for _, mend in problems), *_remarks(plan, settings, seen, memory)]
    return Report(
        plan.students,
        plan.nodes,
        plan.at_once,
        fit=not problems,
        verdict=verdict,
        advice=tuple(advice),
        all_ready_s=seen.all_ready_s,
        start_s=Spread.of(seen.start_s),
        run_s=Spread.of(seen.run_s),
        web_s=Spread.of(seen.web_s),
        answer_s=Spread.of(seen.answer_s),
        memory_mb=memory,
        held_mb=_held(plan, seen),
        disk_mb=disk,
        capacity=capacity,
        failures=tuple(sorted(set(seen.failures.values()))),
        left=tuple(seen.left),
    )


def _remarks(plan: Plan, settings: Settings, seen: Seen, memory: Resource | None) -> Iterator[str]:
    """What is worth knowing though it stops nobody."""
    held = _held(plan, seen)
    if held and held > settings.sandbox_memory_mb * plan.nodes:
        needed = math.ceil(held / plan.nodes)
        yield f"Set SLIPWAY_SANDBOX_MEMORY_MB={needed}: so much one takes here."
    if held and memory and memory.per_student > NOISE * held:
        yield (
            f"The nodes themselves hold {held} MiB a student; other programs seem to have taken "
            "the rest meanwhile. Try again when they rest: it may take more students than that."
        )
    run = Spread.of(seen.run_s)
    if run and run.median > SLOW_RUN_S:
        yield (
            f"It will feel slow: 'docker run' takes {run.median:.0f} s when everybody does it at "
            "once. More processors help, and so does nothing else running on them."
        )


def _failures(plan: Plan, seen: Seen) -> list[tuple[str, str]]:
    if not seen.failures:
        return []
    first = next(iter(seen.failures.values()))
    what = f"it did not work for {len(seen.failures)} of {plan.students}. {first}"
    return [(what, "Try fewer students, or a lower --at-once; 'slipway doctor' looks for causes.")]


def _shortages(
    memory: Resource | None, disk: Resource | None, capacity: int | None
) -> list[tuple[str, str]]:
    rows = [("memory", memory, "close programs"), ("disk space", disk, "remove files")]
    return [
        (
            f"{-found.spare} MiB of {what} are missing.",
            f"Make room ({how}), take another machine, or teach {capacity} students.",
        )
        for what, found, how in rows
        if found and found.spare < 0
    ]


def _resources(
    plan: Plan, settings: Settings, seen: Seen
) -> tuple[Resource | None, Resource | None]:
    """Nothing where not everybody was at work, so that there is nothing to divide by."""
    if seen.failures or not seen.working:
        return None, None
    before, working = seen.before, seen.working
    # Other programs come and go; what the nodes themselves hold is the least it can be.
    memory = max(before.memory_free_bytes - working.memory_free_bytes, sum(seen.node_bytes))
    disk = max(0, before.disk_free_bytes - working.disk_free_bytes)
    return (
        _resource(
            before.memory_free_bytes,
            working.memory_free_bytes,
            memory / plan.students,
            settings.memory_reserve_mb,
        ),
        _resource(
            before.disk_free_bytes,
            working.disk_free_bytes,
            disk / plan.students,
            settings.disk_reserve_mb,
        ),
    )


def _held(plan: Plan, seen: Seen) -> float | None:
    if seen.failures or not seen.node_bytes:
        return None
    return round(sum(seen.node_bytes) / plan.students / MIB, 1)


def _resource(before: int, working: int, each: float, reserve_mb: int) -> Resource:
    return Resource(
        free_before=before // MIB,
        free_at_work=working // MIB,
        per_student=round(each / MIB, 1),
        reserve=reserve_mb,
        spare=working // MIB - reserve_mb,
    )


def _capacity(
    settings: Settings, seen: Seen, memory: Resource | None, disk: Resource | None
) -> int | None:
    """Students whom the machine could take beside those that were there, by what was measured."""
    if not memory or not disk:
        return None
    fit = [
        int((found.free_before - found.reserve) / found.per_student)
        for found in (memory, disk)
        if found.per_student
    ]
    return max(0, min([settings.max_sandboxes - seen.others, *fit]))


def _students(number: int) -> str:
    return "1 student" if number == 1 else f"{number} students"
