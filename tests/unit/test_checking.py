"""The checker turns a script's end into a verdict, or into the reason why there is none."""

from __future__ import annotations

import subprocess
from dataclasses import replace

import anyio
import pytest

from app.checking import LOOKED, MISTAKE_MARK, Attempt, Checker, script_for
from app.errors import NodeUnavailable, TooManyRequests
from app.lessons.model import Mistake, Step
from app.seen import AT
from app.settings import Settings
from tests.support.checks import CheckingEngine

pytestmark = pytest.mark.anyio
ANN, BOB = "a" * 16, "b" * 16


def a_step(check: str = "true", *mistakes: str, answer_label: str = "") -> Step:
    return Step(
        id="one",
        kind="input" if answer_label else "run",
        title="One",
        body=(),
        check=check,
        solution=(),
        hints=(),
        mistakes=tuple(Mistake(when, f"<p>{when}</p>") for when in mistakes),
        line=1,
        answer_label=answer_label,
    )


async def a_checker(engine: CheckingEngine, checks_per_minute: int = 60) -> Checker:
    for student in (ANN, BOB):
        await engine.create(student, 1, lambda _stage: None)
    return Checker(engine, Settings(checks_per_minute=checks_per_minute), "")


async def test_status_0_is_a_pass() -> None:
    checker = await a_checker(CheckingEngine(0))
    assert (await checker.check(ANN, a_step())).passed


async def test_status_1_is_not_yet() -> None:
    verdict = await (await a_checker(CheckingEngine(1))).check(ANN, a_step())
    assert not verdict.passed
    assert verdict.hint == ""


async def test_a_recognised_mistake_explains_itself() -> None:
    checker = await a_checker(CheckingEngine(1, f"noise\n{MISTAKE_MARK}1\n"))
    verdict = await checker.check(ANN, a_step("false", "first", "second"))
    assert verdict.hint == "<p>second</p>"


@pytest.mark.parametrize("number", ["2", "-1", "x", "", "²"])
async def test_a_mistakes_number_that_is_none_gives_no_hint(number: str) -> None:
    checker = await a_checker(CheckingEngine(1, f"{MISTAKE_MARK}{number}\n"))
    assert (await checker.check(ANN, a_step("false", "first", "second"))).hint == ""


@pytest.mark.parametrize("status", [2, 42, 126, 127, 137])
async def test_any_other_status_is_no_verdict(status: int) -> None:
    checker = await a_checker(CheckingEngine(status))
    with pytest.raises(NodeUnavailable) as raised:
        await checker.check(ANN, a_step())
    assert raised.value.hint


async def test_a_mistake_is_recognised_by_what_the_terminal_said() -> None:
    step = replace(
        a_step("false", "seen"),
        mistakes=(
            Mistake("", "<p>heard</p>", said="^unknown (flag|command)"),
            Mistake("true", "<p>seen</p>"),
        ),
    )
    heard = Attempt(heard="$ docker docker ps\nunknown command: docker\n")
    deaf = Attempt(heard="$ echo unknown flag\n")
    checker = await a_checker(CheckingEngine(1, f"{MISTAKE_MARK}1\n"))
    assert (await checker.check(ANN, step, heard)).hint == "<p>heard</p>"
    assert (await checker.check(ANN, step, deaf)).hint == "<p>seen</p>"


async def test_an_expression_that_never_ends_is_no_mistake() -> None:
    step = replace(a_step(), mistakes=(Mistake("", "<p>heard</p>", said="(a*)*\\1b"),))
    checker = await a_checker(CheckingEngine(1))
    with anyio.fail_after(60):
        assert (await checker.check(ANN, step, Attempt(heard="a" * 40))).hint == ""


async def test_a_step_without_a_check_is_done_when_the_student_says_so() -> None:
    engine = CheckingEngine(1)
    assert (await (await a_checker(engine)).check(ANN, a_step(check=""))).passed
    assert engine.scripts == []


@pytest.mark.parametrize("status", [0, 1])
async def test_a_status_that_no_check_has_given_is_no_verdict(status: int) -> None:
    engine = CheckingEngine(status)
    engine.result = replace(engine.result, output="hello\n")
    checker = await a_checker(engine)
    with pytest.raises(NodeUnavailable, match="could not run"):
        await checker.check(ANN, a_step())


async def test_a_check_that_says_too_much_is_no_verdict() -> None:
    checker = await a_checker(CheckingEngine(1, truncated=True))
    with pytest.raises(NodeUnavailable, match="said more"):
        await checker.check(ANN, a_step())


async def test_a_check_that_takes_too_long_is_no_verdict() -> None:
    checker = await a_checker(CheckingEngine(124, timed_out=True))
    with pytest.raises(NodeUnavailable, match="5 s"):
        await checker.check(ANN, a_step())


async def test_the_answer_goes_into_the_environment_trimmed() -> None:
    engine = CheckingEngine(0)
    checker = await a_checker(engine)
    await checker.check(ANN, a_step(answer_label="Port"), Attempt("  8080\n", 12.5))
    answers = [environment["ANSWER"] for environment in engine.environments]
    assert answers == ["8080"]
    assert engine.environments[0]["STEP_STARTED"] == "12.500"
    assert not [script for script in engine.scripts if "8080" in script]


async def test_a_missing_answer_is_asked_for() -> None:
    checker = await a_checker(CheckingEngine(1))
    verdict = await checker.check(ANN, a_step("false", answer_label="Port"))
    assert verdict.message == "Type your answer first."


async def test_each_student_has_a_limit_of_their_own() -> None:
    checker = await a_checker(CheckingEngine(1), checks_per_minute=2)
    for _ in range(2):
        await checker.check(ANN, a_step())
    with pytest.raises(TooManyRequests):
        await checker.check(ANN, a_step())
    await checker.check(BOB, a_step())


@pytest.mark.parametrize(
    ("library", "check", "mistakes", "status", "output"),
    [
        ("engine_answers() { true; }", "true", ["true"], 0, f"{LOOKED}\n"),
        ("engine_answers() { true; }", "echo loud; false", [], 1, f"{LOOKED}\n"),
        (
            "engine_answers() { true; }",
            "false",
            ["false", "echo x; true"],
            1,
            f"{LOOKED}\n{MISTAKE_MARK}1\n",
        ),
        ("engine_answers() { true; }", "exit 0", [], 0, f"{LOOKED}\n"),
        ("engine_answers() { true; }", "exit 5", ["exit 7"], 1, f"{LOOKED}\n"),
        ("engine_answers() { false; }", "true", [], 42, ""),
    ],
)
def test_the_script_ends_as_the_checker_reads_it(
    library: str, check: str, mistakes: list[str], status: int, output: str
) -> None:
    script = script_for(library, a_step(check, *mistakes))
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False)
    said = "".join(
        f"{line}\n" for line in done.stdout.splitlines() if line and not line.startswith(AT)
    )
    assert (done.returncode, said, done.stderr) == (status, output, "")
