"""Every lesson holds on real nodes; and one that does not is found out, step by step."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest

from app.lessons.load import load_check_library, load_course
from app.proof.course import CourseProof
from app.settings import Settings
from tests.support.engine import class_engine, engine_settings, students_of
from tests.support.guide import guides_example

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from app.lessons.model import Lesson
    from app.proof.report import LessonProof, StepProof

pytestmark = pytest.mark.anyio
CONTENT = Settings().content_dir
LESSONS = load_course(CONTENT).lessons
# Most of the time a lesson waits for its engine.
JOBS = (os.cpu_count() or 1) + 1
SEED = 1
TWICE = {"first", "second"}
# As `--help` promises.
LEAST_DAMAGE = 10
TOP = "---\ntitle: T\nsummary: S\nminutes: 1\nnodes: 1\n---\n"
BAD = """
:::: step true-before "True before"
```sh run
true
```
```sh check
true
```
::::

:::: step false-after "False after"
```sh run
docker network create dev
```
```sh check
net prod
```
::: mistake
```sh when
net dev
```
```sh try
docker network create dev
```
```sh undo
docker network rm dev
```
Right.
:::
::: mistake
```sh when
net dev
```
```sh try
docker network create dev
```
```sh undo
docker network rm dev
```
Never shown: the first one is.
:::
::: mistake
```text said
no such thing
```
```sh try
docker docker ps -l
```
Never heard.
:::
::::

:::: step half "One way of two"
```sh run
docker network create one
```
```sh also
docker network create two
```
```sh check
net one
```
::::

:::: step sealed "Not broken at first" kind=fix
```sh setup
true
```
```sh solution
true
```
```sh check
net one
```
::::

:::: step no-scene "No scene" kind=fix
```sh setup
echo it is gone >&2; false
```
```sh solution
true
```
```sh check
false
```
::::

:::: step endless "Never back"
```sh solution
cat
```
```sh check
net nobody
```
::::
"""


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def proofs() -> dict[str, LessonProof]:
    """Of the whole course, lessons side by side."""
    return {proof.lesson: proof for proof in await proof_of(LESSONS, seed=SEED)}


async def proof_of(
    lessons: Sequence[Lesson], *, seed: int | None = None, **patience: float
) -> list[LessonProof]:
    async with class_engine() as engine:
        library = load_check_library(CONTENT)
        settings = engine_settings()
        proof = CourseProof(engine, settings, library, {}, seed=seed, **patience)
        proofs = await proof.prove(lessons, JOBS, lambda *_: None)
        assert proof.left == []
        assert await students_of(engine) == set()
        return proofs


@pytest.mark.parametrize("slug", [lesson.slug for lesson in LESSONS])
@pytest.mark.timeout(1800)
async def test_the_lesson_holds(proofs: dict[str, LessonProof], slug: str) -> None:
    proof = proofs[slug]
    assert [*proof.problems, *(problem for step in proof.steps for problem in step.problems)] == []
    runs = {step.run for step in proof.steps}
    assert runs >= TWICE
    for step in proof.steps:
        unchecked = step.negative == "unchecked"
        before = "fail" if step.run in TWICE else "-"
        expected = ("unchecked", "ok", "unchecked") if unchecked else (before, "ok", "pass")
        assert (step.negative, step.solution, step.positive) == expected
    damage = [tried for step in proof.steps for tried in step.mutations]
    assert len(damage) >= LEAST_DAMAGE
    assert all(tried.well for tried in damage)


@pytest.mark.timeout(300)
async def test_the_guides_example_holds(tmp_path: Path) -> None:
    put(tmp_path, "00-welcome", TOP + "Hello.")
    put(tmp_path, "01-hello", guides_example())
    [proof] = await proof_of([load_course(tmp_path).lessons[1]])
    assert proof.holds
    assert sum(len(step.mistakes) for step in proof.steps) == 3
    assert [step.step for step in proof.steps if step.also] == ["start-it"]


@pytest.mark.timeout(300)
async def test_a_lesson_that_does_not_hold_is_found_out(tmp_path: Path) -> None:
    put(tmp_path, "01-bad", TOP + BAD)
    [proof] = await proof_of([load_course(tmp_path).lessons[0]], command_timeout_s=8, patience_s=2)
    assert not proof.holds
    second = {step.step: step for step in proof.steps if step.run == "second"}
    assert second["true-before"].problems == ["the check is true before the solution"]
    assert problems_like(second["false-after"], "nothing is recognised", "that of line", "is false")
    assert [it.well for it in second["false-after"].mistakes] == [True, False, False]
    assert second["half"].holds
    other = {step.step: step for step in proof.steps if step.run == "other solution 1"}
    assert problems_like(other["half"], "false after the other solution number 1")
    assert problems_like(second["sealed"], "true before")
    assert problems_like(second["no-scene"], "it is gone")
    assert second["endless"].solution == "stuck"


def problems_like(step: StepProof, *texts: str) -> bool:
    said = "\n".join(step.problems)
    return len(step.problems) == len(texts) and all(re.search(text, said) for text in texts)


def put(content: Path, folder: str, text: str) -> None:
    (content / folder).mkdir()
    (content / folder / "lesson.md").write_text(text)
