"""``slipway preflight``: is this machine fit for a class of so many?"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from app.cli import attended
from app.cli.console import AsJson, app, err, out, read_settings
from app.preflight.report import Plan
from app.preflight.trial import Trial, alone
from app.sandboxes.docker_engine import DockerEngine

if TYPE_CHECKING:
    from app.preflight.report import Report, Resource, Spread

MAX_STUDENTS = 1000
MAX_NODES = 3

Students = Annotated[
    int, typer.Option("--students", min=1, max=MAX_STUDENTS, help="How many come at once.")
]
Nodes = Annotated[int, typer.Option(min=1, max=MAX_NODES, help="Nodes in each sandbox.")]
AtOnce = Annotated[
    int | None,
    typer.Option(min=1, max=64, help="Sandboxes started at once; SLIPWAY_STARTS_AT_ONCE if unset."),
]


@app.command()
def preflight(
    students: Students, nodes: Nodes = 1, at_once: AtOnce = None, as_json: AsJson = False
) -> None:
    """Prove by doing it that so many students can work on this machine; 1 if they can't.

    Starts a sandbox for each, runs containers in all of them, measures, and removes everything.
    The site may run meanwhile; its students keep their sandboxes.
    """
    settings = read_settings()
    plan = Plan(students, nodes, at_once or settings.makers)
    with alone(settings), attended.progress() as tell:
        engine = DockerEngine(settings)
        trial = Trial(engine, settings, plan, tell)

        async def work() -> Report:
            try:
                return await trial.run()
            finally:
                await engine.aclose()

        report = attended.run(work)
    if report is None:
        left = ", ".join(trial.left)
        err.print(f"Stopped. Still there: {left}." if left else "Stopped; everything is removed.")
        sys.exit(attended.INTERRUPTED)
    if as_json:
        out.print_json(json.dumps(report.as_json()))
    else:
        _show(report)
    sys.exit(0 if report.fit else 1)


def _show(report: Report) -> None:
    if report.all_ready_s is not None:
        out.print(_table(report))
    for failure in report.failures:
        out.print(failure, markup=False, soft_wrap=True)
    colour = "green" if report.fit else "red"
    out.print(f"[bold {colour}]{report.verdict}[/]", soft_wrap=True)
    for line in report.advice:
        out.print(line, markup=False, soft_wrap=True)
    if report.all_ready_s is not None and not report.left:
        out.print("Everything that was made for this is removed.")


def _table(report: Report) -> Table:
    table = Table("what", "measured")
    starts = f"until all were ready, {report.at_once} started at once"
    table.add_row(starts, f"{report.all_ready_s} s")
    table.add_row("one student's sandbox", _seconds(report.start_s))
    table.add_row("docker run alpine, everybody at once", _seconds(report.run_s))
    table.add_row("nginx on a published port, the same", _seconds(report.web_s))
    table.add_row("docker ps, everybody at once", _seconds(report.answer_s))
    if report.memory_mb and report.disk_mb:
        table.add_section()
        table.add_row("memory of a student at work", f"{report.memory_mb.per_student} MiB")
        table.add_row("of it held by the nodes", f"{report.held_mb or '-'} MiB")
        table.add_row("memory left beside the reserve", _spare(report.memory_mb))
        table.add_row("disk of a student at work", f"{report.disk_mb.per_student} MiB")
        table.add_row("disk left beside the reserve", _spare(report.disk_mb))
        table.add_section()
        table.add_row("students this machine can take", f"about {report.capacity}")
    return table


def _seconds(spread: Spread | None) -> str:
    return f"{spread.median} s (95 % within {spread.p95} s)" if spread else "-"


def _spare(found: Resource) -> str:
    return f"{found.spare} MiB (reserve: {found.reserve})"
