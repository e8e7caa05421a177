"""A preflight on the echo engine: what it tries, what it finds, and that nothing stays behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import pytest

from app.errors import EngineUnavailable, SetupFailed
from app.preflight.report import MIB, Plan
from app.preflight.trial import REMOVING, STARTING, Trial, alone
from app.sandboxes.echo_engine import EchoEngine
from app.sandboxes.engine import EngineHealth
from app.settings import Settings
from tests.support.engines import GatedEngine, ObedientEngine, SurprisingEngine
from tests.support.eventually import soon

if TYPE_CHECKING:
    from pathlib import Path

    from app.preflight.report import Report

pytestmark = pytest.mark.anyio
ANN = "a" * 16


def a_trial(
    engine: EchoEngine,
    students: int = 5,
    nodes: int = 1,
    **settings: Any,  # noqa: ANN401 - whatever Settings takes
) -> Trial:
    return Trial(engine, Settings(**settings), Plan(students, nodes, 2), lambda *_: None)


async def preflight(
    engine: EchoEngine,
    students: int = 5,
    nodes: int = 1,
    **settings: Any,  # noqa: ANN401 - same
) -> Report:
    return await a_trial(engine, students, nodes, **settings).run()


async def test_a_machine_that_does_it_all_is_fit_and_left_as_it_was() -> None:
    engine = ObedientEngine()
    report = await preflight(engine)
    assert report.fit
    assert report.verdict == "This machine is fit for 5 students."
    assert len(set(engine.made)) == 5
    assert engine.count == 0
    assert report.left == ()


async def test_every_node_runs_containers_and_answers() -> None:
    one, two = ObedientEngine(), ObedientEngine()
    await preflight(one, nodes=1)
    await preflight(two, nodes=2)
    assert two.ran == 2 * one.ran


async def test_students_who_are_there_keep_their_sandboxes() -> None:
    engine = ObedientEngine()
    await engine.create(ANN, 1, lambda _: None)
    assert (await preflight(engine)).fit
    assert engine.students == {ANN}


async def test_the_figures_tell_how_many_students_the_machine_takes() -> None:
    engine = ObedientEngine()
    engine.machine = EngineHealth(3024 * MIB, 90_000 * MIB, registry_serves=True)
    report = await preflight(engine, memory_reserve_mb=1024)
    assert report.memory_mb
    assert report.memory_mb.per_student == 50
    assert report.capacity == 40


async def test_a_machine_that_is_too_small_is_not_even_tried() -> None:
    engine = ObedientEngine()
    engine.machine = EngineHealth(1324 * MIB, 90_000 * MIB, registry_serves=True)
    report = await preflight(engine, memory_reserve_mb=1024, sandbox_memory_mb=100)
    assert not report.fit
    assert "room for 3 more" in report.verdict
    assert report.advice
    assert engine.made == []


async def test_places_that_others_have_are_not_free() -> None:
    engine = ObedientEngine()
    await engine.create(ANN, 1, lambda _: None)
    report = await preflight(engine, students=5, max_sandboxes=5)
    assert not report.fit
    assert "SLIPWAY_MAX_SANDBOXES" in report.verdict
    assert engine.students == {ANN}


async def test_a_registry_that_does_not_serve_is_told() -> None:
    engine = ObedientEngine()
    engine.machine = EngineHealth(9000 * MIB, 90_000 * MIB, registry_serves=False)
    report = await preflight(engine)
    assert not report.fit
    assert "registry" in report.verdict


async def test_one_sandbox_that_does_not_start_is_a_finding_and_the_rest_goes() -> None:
    engine = ObedientEngine()
    engine.refuses = 2
    report = await preflight(engine)
    assert not report.fit
    assert "1 of 5" in report.verdict
    assert "It would not start." in report.verdict
    assert engine.count == 0


async def test_containers_that_don_t_run_are_a_finding_with_what_was_said() -> None:
    engine = ObedientEngine()
    engine.fails_at = "nginx"
    report = await preflight(engine)
    assert not report.fit
    assert "5 of 5" in report.verdict
    assert "no such luck" in report.verdict
    assert engine.count == 0


async def test_what_can_t_be_removed_is_told() -> None:
    engine = ObedientEngine()
    trial = Trial(engine, Settings(), Plan(2, 1, 2), go_away_at(engine, REMOVING))
    report = await trial.run()
    assert not report.fit
    assert len(report.left) == 2
    assert any("slipway sweep" in line for line in report.advice)


async def test_without_a_class_engine_there_is_nothing_to_try() -> None:
    with pytest.raises(EngineUnavailable):
        await preflight(EchoEngine(reachable=False))


async def test_whoever_stops_it_finds_nothing_left() -> None:
    engine = GatedEngine()
    trial = a_trial(engine)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(trial.run)
        await soon(lambda: engine.most_at_once == 2)
        tasks.cancel_scope.cancel()
        engine.gate.set()
    assert engine.count == 0
    assert trial.left == []


async def test_a_surprise_leaves_nothing_either() -> None:
    engine = SurprisingEngine()
    engine.surprise = "create"
    trial = a_trial(engine)
    with pytest.raises(ExceptionGroup):
        await trial.run()
    assert engine.count == 0
    assert trial.left == []


async def test_progress_is_told_from_none_to_all() -> None:
    told: list[tuple[str, int, int]] = []
    trial = Trial(ObedientEngine(), Settings(), Plan(3, 1, 2), lambda *row: told.append(row))
    await trial.run()
    assert [done for phase, done, _ in told if phase == STARTING] == [0, 1, 2, 3]
    assert [done for phase, done, _ in told if phase == REMOVING] == [0, 1, 2, 3]


def test_only_one_preflight_runs_at_a_time(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path)
    with alone(settings), pytest.raises(SetupFailed), alone(settings):
        pass
    with alone(settings):
        pass


def go_away_at(engine: EchoEngine, when: str) -> Any:  # noqa: ANN401 - a Tell
    def tell(phase: str, _done: int, _total: int) -> None:
        engine.reachable = phase != when

    return tell
