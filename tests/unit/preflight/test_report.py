"""The verdict of a preflight follows from its figures."""

from __future__ import annotations

from app.preflight.report import MIB, Plan, Seen, Spread, judge
from app.sandboxes.engine import EngineHealth
from app.settings import Settings

SETTINGS = Settings(
    memory_reserve_mb=1000, disk_reserve_mb=1000, sandbox_memory_mb=100, max_sandboxes=500
)
PLAN = Plan(students=10, nodes=1, at_once=2)


def seen(memory: tuple[int, int], disk: tuple[int, int], node_mb: int = 50) -> Seen:
    """``memory`` and ``disk`` in MiB: before, and while all are at work."""
    return Seen(
        before=EngineHealth(memory[0] * MIB, disk[0] * MIB, registry_serves=True),
        working=EngineHealth(memory[1] * MIB, disk[1] * MIB, registry_serves=True),
        node_bytes=[node_mb * MIB] * PLAN.students,
    )


def test_the_middle_and_the_slow_end_of_many_seconds() -> None:
    assert Spread.of([float(second) for second in range(1, 101)]) == Spread(50.5, 95)
    assert Spread.of([3.0]) == Spread(3, 3)
    assert Spread.of([]) is None


def test_capacity_is_bounded_by_what_is_scarcer() -> None:
    assert judge(PLAN, SETTINGS, seen((5000, 4200), (90_000, 89_000))).capacity == 50
    assert judge(PLAN, SETTINGS, seen((90_000, 89_000), (5000, 4000))).capacity == 40


def test_capacity_leaves_out_the_places_that_others_have() -> None:
    look = seen((90_000, 89_500), (90_000, 89_500))
    look.others = 400
    assert judge(PLAN, SETTINGS, look).capacity == 100


def test_memory_that_another_program_frees_meanwhile_makes_nobody_free() -> None:
    report = judge(PLAN, SETTINGS, seen((5000, 6000), (90_000, 91_000), node_mb=80))
    assert report.memory_mb
    assert report.memory_mb.per_student == 80
    assert report.capacity == 50


def test_eating_into_the_reserve_is_not_fit() -> None:
    report = judge(PLAN, SETTINGS, seen((1800, 900), (90_000, 89_000)))
    assert not report.fit
    assert "100 MiB of memory are missing" in report.verdict
    assert "teach 8 students" in report.advice[0]
    report = judge(PLAN, SETTINGS, seen((9000, 8500), (1500, 990)))
    assert "10 MiB of disk space are missing" in report.verdict


def test_a_setting_that_promises_too_much_is_told_though_it_fits() -> None:
    report = judge(PLAN, SETTINGS, seen((9000, 7800), (90_000, 89_000), node_mb=120))
    assert report.fit
    assert report.advice == ("Set SLIPWAY_SANDBOX_MEMORY_MB=120: so much one takes here.",)


def test_memory_that_another_program_takes_meanwhile_is_told_and_changes_no_setting() -> None:
    report = judge(PLAN, SETTINGS, seen((9000, 7000), (90_000, 89_000), node_mb=50))
    assert (report.fit, report.capacity, report.held_mb) == (True, 40, 50)
    assert "The nodes themselves hold 50.0 MiB a student" in report.advice[0]
    assert len(report.advice) == 1


def test_who_failed_spoils_the_division_but_not_the_rest() -> None:
    look = seen((9000, 8000), (90_000, 89_000))
    look.failures = {"x": "It did not start."}
    report = judge(PLAN, SETTINGS, look)
    assert (report.fit, report.capacity, report.memory_mb) == (False, None, None)
    assert report.failures == ("It did not start.",)


def test_a_machine_that_is_only_slow_is_fit_and_is_called_slow() -> None:
    look = seen((9000, 8500), (90_000, 89_000))
    look.run_s = [9, 17, 18]
    report = judge(PLAN, SETTINGS, look)
    assert report.fit
    assert "takes 17 s when everybody" in report.advice[0]
    look.run_s = [1, 2, 18]
    assert judge(PLAN, SETTINGS, look).advice == ()
