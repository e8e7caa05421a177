"""``slipway lessons``: what is wrong with the lessons, and whether they hold."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from app.cli import attended
from app.cli.console import AsJson, app, err, out, read_settings
from app.errors import NotFound
from app.lessons.lint.coverage import NOTES, coverage_table, read_notes
from app.lessons.load import lesson_path, load_check_library, read_content
from app.preflight.trial import alone
from app.proof.course import CourseProof
from app.sandboxes.docker_engine import DockerEngine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.lessons.model import Finding, Lesson
    from app.proof.report import LessonProof, StepProof
    from app.settings import Settings

lessons_app = typer.Typer(help="The lessons.", no_args_is_help=True)
app.add_typer(lessons_app, name="lessons")

Slugs = Annotated[list[str] | None, typer.Argument(help="Only these lessons.", metavar="[SLUG]…")]
Solve = Annotated[bool, typer.Option("--solve", help="Also prove them, on real sandboxes.")]


@lessons_app.command("check")
def lessons_check(
    slugs: Slugs = None,
    *,
    solve: Solve = False,
    jobs: Annotated[
        int, typer.Option(min=0, max=64, help="Sandboxes at once; 0: two for each processor.")
    ] = 0,
    mutate: Annotated[
        int | None, typer.Option(metavar="SEED", help="Also damage what the checks look at.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Report everything that is wrong with the lessons, as file:line; 1 if there is anything.

    With --solve, every step is proven: its check is false, its solution is typed into a shell, its
    check is true; twice on fresh nodes, with every mistake and every other solution. With --mutate
    as well, at least ten times a lesson something that a check looks at is damaged, which it has to
    notice.
    """
    settings = read_settings()
    lessons, findings = _chosen(settings, slugs or [])
    if not solve:
        _show_findings(findings, as_json=as_json)
        sys.exit(1 if findings else 0)
    flawed = {finding.path for finding in findings}
    sound = [it for it in lessons if lesson_path(settings.content_dir, it) not in flawed]
    proofs = _prove(settings, sound, jobs or 2 * (os.cpu_count() or 1), mutate)
    if as_json:
        out.print_json(json.dumps({"findings": _rows(findings), "lessons": _proof_rows(proofs)}))
    else:
        _show_findings(findings, as_json=False)
        _show_proofs(proofs)
    sys.exit(1 if findings or not all(proof.holds for proof in proofs) else 0)


@lessons_app.command("coverage")
def lessons_coverage() -> None:
    """Print which steps teach which lines of the notes, as docs/coverage.md has it."""
    content_dir = read_settings().content_dir
    notes = read_notes(content_dir)
    if notes is None:
        raise NotFound("This course has no notes.", f"They would be in {content_dir}/{NOTES}.")
    sys.stdout.write(coverage_table(notes, read_content(content_dir)[0]))


def _chosen(settings: Settings, slugs: list[str]) -> tuple[list[Lesson], list[Finding]]:
    """The lessons that are asked for, and what is wrong with them; all, where none is named."""
    lessons, findings = read_content(settings.content_dir)
    if not slugs:
        return list(lessons), list(findings)
    folders = {path.name.partition("-")[2] for path in settings.content_dir.iterdir()}
    for slug in slugs:
        if slug not in folders:
            raise NotFound(f"There is no lesson {slug!r}.", f"There are {', '.join(folders)}.")
    mine = [row for row in findings if any(f"-{slug}/" in f"{row.path}/" for slug in slugs)]
    return [it for it in lessons if it.slug in slugs], mine


def _prove(
    settings: Settings, lessons: Sequence[Lesson], jobs: int, seed: int | None
) -> list[LessonProof]:
    paths = {it.slug: lesson_path(settings.content_dir, it) for it in lessons}
    library = load_check_library(settings.content_dir)
    with alone(settings), attended.progress() as tell:
        engine = DockerEngine(settings)
        proof = CourseProof(engine, settings, library, paths, seed=seed)

        async def work() -> list[LessonProof]:
            try:
                return await proof.prove(lessons, jobs, tell)
            finally:
                await engine.aclose()

        proofs = attended.run(work)
    if proof.left:
        err.print(f"Still there: {', '.join(proof.left)}. 'slipway sweep' removes them.")
    if proofs is None:
        err.print("Stopped.")
        sys.exit(attended.INTERRUPTED)
    return proofs


def _rows(findings: list[Finding]) -> list[dict[str, Any]]:
    return [{"path": f.path, "line": f.line, "message": f.message} for f in findings]


def _proof_rows(proofs: list[LessonProof]) -> list[dict[str, Any]]:
    return [proof.as_json() for proof in proofs]


def _show_findings(findings: list[Finding], *, as_json: bool) -> None:
    if as_json:
        out.print_json(json.dumps(_rows(findings)))
        return
    for finding in findings:
        sys.stdout.write(f"{finding}\n")
    err.print(f"{len(findings)} findings" if findings else "The lessons are fine.")


def _show_proofs(proofs: list[LessonProof]) -> None:
    for proof in proofs:
        table = Table("step", "run", "before", "solution", "after", "mistakes", "damage", "s")
        verdict = "holds" if proof.holds else "does not hold"
        table.title = f"{proof.lesson} {verdict} on Docker {proof.docker}"
        for step in proof.steps:
            table.add_row(*_cells(step), style="" if step.holds else "red")
        out.print(table)
        for problem in proof.problems:
            sys.stdout.write(f"{proof.path}:1: {problem}\n")
        for step in proof.steps:
            for problem in step.problems:
                sys.stdout.write(f"{proof.path}:{step.line}: {step.step}, {step.run}: {problem}\n")


def _cells(step: StepProof) -> tuple[str, ...]:
    damage = f"{sum(it.well for it in step.mutations)} of {len(step.mutations)}"
    mistakes = f"{sum(it.well for it in step.mistakes)} of {len(step.mistakes)}"
    return (
        step.step,
        step.run,
        step.negative,
        step.solution,
        step.positive,
        mistakes if step.mistakes else "",
        damage if step.mutations else "",
        f"{step.seconds:.1f}",
    )
