"""How a class grows: starts, cost, answers and removal for rising numbers of idle nodes."""

from __future__ import annotations

import asyncio
import secrets
import statistics
import time
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import docker

from app.hosting import host_engine
from app.sandboxes.docker_engine import DockerEngine
from app.settings import Settings
from bench.cost import costs, memory_bytes, node_containers, start_plain, wait_for_plain
from bench.figures import Figure
from bench.machine import MB, memory_available_bytes, next_bound, uses

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

AT_ONCE = 4
SETTLE_S = 8
WATCH_S = 30
ANSWER_TIMEOUT_S = 20
# What a node may take before it was measured, and what the machine needs for itself.
GUESS_BYTES = 45 * MB
SPARE_BYTES = 1024 * MB
# Page tables, stacks and whatever else the kernel does not charge to a container.
MARGIN = 1.15


@dataclass(frozen=True, slots=True)
class ClassOf:
    """One size of class, measured."""

    size: int
    ready_s: float
    first_start_s: float
    last_start_s: float
    memory_mb: list[float]
    engine_mb_per_node: float
    machine_mb_per_node: float
    processor_percent: list[float]
    answers_s: list[float]
    listing_s: float
    removed_s: float
    next_bound: str

    def row(self) -> list[str]:
        answers = Figure("", "", self.answers_s)
        own = statistics.fmean(self.memory_mb)
        memory = (own, self.engine_mb_per_node, self.machine_mb_per_node)
        return [
            str(self.size),
            f"{self.ready_s:.1f}",
            f"{self.first_start_s:.2f} / {self.last_start_s:.2f}",
            " / ".join(f"{value:.1f}" for value in memory),
            f"{statistics.fmean(self.processor_percent):.3f}",
            f"{answers.median:.2f} / {answers.p95:.2f} / {max(self.answers_s):.2f}",
            f"{self.listing_s * 1000:.0f}",
            f"{self.removed_s:.1f}",
        ]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


HEADINGS = (
    "nodes",
    "all ready, s",
    "a start: first, last, s",
    "MB each: own, engine, machine",
    "idle, % of a core",
    "docker ps: median, p95, max, s",
    "list, ms",
    "removed, s",
)


async def class_sizes(sizes: Iterable[int]) -> tuple[list[ClassOf], str]:
    """Each size from nothing, and why the last ones were left out, if they were."""
    measured: list[ClassOf] = []
    each = GUESS_BYTES
    for size in sorted(sizes):
        available = memory_available_bytes()
        if size * each + SPARE_BYTES > available:
            return measured, (
                f"{size} nodes and more were left out: at {each / MB:.0f} MB each and "
                f"{SPARE_BYTES / MB:.0f} MB for the machine, {available / MB:.0f} MB are too few"
            )
        measured.append(await class_of(size))
        if size >= AT_ONCE:
            each = int(measured[-1].engine_mb_per_node * MB * MARGIN)
    return measured, ""


async def class_of(size: int) -> ClassOf:
    settings = Settings()
    students = [secrets.token_hex(8) for _ in range(size)]
    engine = DockerEngine(settings)
    with closing(docker.DockerClient(base_url=f"unix://{settings.engine_socket}")) as client:
        networks = len(client.api.networks())
        held, available = engine_bytes(settings), memory_available_bytes()
        before = uses(networks, held)
        removed_s = 0.0
        try:
            started = time.perf_counter()
            starts = await each(students, lambda s: engine.create(s, 1, lambda _: None))
            ready_s = time.perf_counter() - started
            await asyncio.sleep(SETTLE_S)
            nodes = node_containers(client, settings)
            first = costs(client, nodes)
            watched = time.perf_counter()
            await asyncio.sleep(WATCH_S)
            last = costs(client, nodes)
            watched = time.perf_counter() - watched
            now_held, now_available = engine_bytes(settings), memory_available_bytes()
            bound = next_bound(size, before, uses(len(client.api.networks()), now_held))
            answers = await each(students, partial(ask, engine))
            listed = time.perf_counter()
            client.api.containers()
            listed = time.perf_counter() - listed
        finally:
            removing = time.perf_counter()
            await remove_all(engine, students)
            removed_s = time.perf_counter() - removing
            await engine.aclose()
    few = max(1, size // 10)
    return ClassOf(
        size=size,
        ready_s=ready_s,
        first_start_s=statistics.median(starts[:few]),
        last_start_s=statistics.median(starts[-few:]),
        memory_mb=[cost.memory_bytes / MB for cost in last],
        engine_mb_per_node=(now_held - held) / MB / size,
        machine_mb_per_node=(available - now_available) / MB / size,
        processor_percent=[
            (b.processor_ns - a.processor_ns) / watched / 1e7
            for a, b in zip(first, last, strict=True)
        ],
        answers_s=answers,
        listing_s=listed,
        removed_s=removed_s,
        next_bound=bound,
    )


async def ask(engine: DockerEngine, student: str) -> None:
    result = await engine.run(
        student,
        "node1",
        "docker ps",
        environment={},
        timeout_s=ANSWER_TIMEOUT_S,
        output_bytes=1024,
    )
    assert result.exit_code == 0, result


async def each(students: list[str], call: Callable[[str], Awaitable[object]]) -> list[float]:
    """Seconds of the call for each student, so many at once."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(student: str) -> float:
        async with gate:
            started = time.perf_counter()
            await call(student)
            return time.perf_counter() - started

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(student)) for student in students]
    return [task.result() for task in tasks]


async def remove_all(engine: DockerEngine, students: list[str]) -> None:
    """Goes on after a failure, so that as little as possible is left; then tells of the first."""
    failures: list[Exception] = []

    async def remove(student: str) -> None:
        try:
            await engine.remove(student)
        except Exception as error:  # noqa: BLE001 - the others are to be removed all the same
            failures.append(error)

    await each(students, remove)
    if failures:
        raise failures[0]


def engine_bytes(settings: Settings) -> int:
    """What the class engine's container holds: its nodes, their shims, and itself."""
    with host_engine.present() as host:
        assert host
        stats = host.api.stats(f"{settings.instance}-engine", stream=False, one_shot=True)
        return memory_bytes(stats["memory_stats"])


async def beside_plain(count: int) -> list[Figure]:
    """As many nodes and plain engines side by side, and what the plain one costs more."""
    settings = Settings()
    engine = DockerEngine(settings)
    students = [secrets.token_hex(8) for _ in range(count)]
    plain: list[str] = []
    with closing(docker.DockerClient(base_url=f"unix://{settings.engine_socket}")) as client:
        try:
            for student in students:
                plain.append(start_plain(client, settings))
                await engine.create(student, 1, lambda _: None)
            for container in plain:
                await asyncio.to_thread(wait_for_plain, client, container)
            await asyncio.sleep(SETTLE_S)
            ours = [c.memory_bytes / MB for c in costs(client, node_containers(client, settings))]
            theirs = [c.memory_bytes / MB for c in costs(client, plain)]
        finally:
            for container in plain:
                client.api.remove_container(container, v=True, force=True)
            await remove_all(engine, students)
            await engine.aclose()
    return [
        Figure("memory of an idle node with its engine", "MB", ours, goal=30),
        Figure("memory of a plain dockerd in a node's place", "MB", theirs),
        Figure(
            "memory, node / plain dockerd",
            "x",
            [a / b for a, b in zip(sorted(ours), sorted(theirs), strict=True)],
        ),
    ]


def figures(largest: ClassOf) -> list[Figure]:
    """What the largest class is held against."""
    of = f"class of {largest.size}: "
    return [
        Figure(f"{of}memory of a node", "MB", largest.memory_mb, goal=30, judged="mean"),
        Figure(
            f"{of}processor of an idle node",
            "%",
            largest.processor_percent,
            goal=0.2,
            judged="mean",
        ),
        Figure(f"{of}docker ps on a node", "s", largest.answers_s, goal=2, judged="max"),
    ]
