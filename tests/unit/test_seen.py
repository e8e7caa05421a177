"""What a failing check wanted and saw: told where it is certain, and never the answer."""

from __future__ import annotations

import subprocess
from dataclasses import replace

import pytest

from app.checking import LOOKED, script_for
from app.lessons.load import load_course
from app.lessons.model import Step
from app.seen import Seen, links, overheard, seen
from app.settings import ROOT

LIBRARY = ROOT / "content/checks.sh"
# Questions about what the environment holds instead of a node.
FAKES = r"""
engine_answers() { :; }
running() { [ "$UP" = "$1" ]; status=$?; saw "$1 up" "$1 down" "up: $UP"; return $status; }
code() { saw "an answer" "no answer" "it is $CODE"; printf %s "$CODE"; }
"""
STEP = Step(
    id="one",
    kind="run",
    title="One",
    body=(),
    check="",
    solution=(),
    hints=(),
    mistakes=(),
    line=1,
)


def looked(check: str, step: Step = STEP, **environment: str) -> tuple[int, Seen]:
    """The check's status and what is told of it, from the script as it runs in a node."""
    step = replace(step, check=check)
    script = script_for(LIBRARY.read_text() + FAKES, step)
    known = {"PATH": "/usr/bin:/bin", "UP": "", "CODE": "000", "ANSWER": "", **environment}
    done = subprocess.run(
        ["sh", "-c", script], capture_output=True, text=True, check=False, env=known
    )
    assert done.stderr == ""
    assert LOOKED in done.stdout.splitlines()
    return done.returncode, seen(step, done.stdout)


@pytest.mark.parametrize(
    ("check", "status", "told"),
    [
        ("running web", 1, Seen("web up", "up: db")),
        ("running db", 0, Seen()),
        ("! running db", 1, Seen("db down", "up: db")),
        ("running db &&\n  ! running db", 1, Seen("db down", "up: db")),
        ("! running web && running db && running x", 1, Seen("x up", "up: db")),
        ('[ -n "$(code a)" ] && [ "$(code http://a:80/)" = 200 ]', 1, Seen("200", "it is 000")),
        ('[ -z "$(code a)" ]', 1, Seen("no answer", "it is 000")),
        ('[ "$(code a)" = "" ]', 1, Seen("no answer", "it is 000")),
        ("eventually 0 '[ \"$(code a)\" = 200 ]'", 1, Seen("200", "it is 000")),
        ('[ "$(code a)" = "$(code b)0" ]', 1, Seen("", "it is 000")),
    ],
)
def test_the_link_that_fails_says_what_it_wanted_and_saw(
    check: str, status: int, told: Seen
) -> None:
    assert looked(check, UP="db") == (status, told)


@pytest.mark.parametrize(
    "check",
    [
        # What another question found says nothing about this one.
        "running db && false",
        "! running web && grep -q x /dev/null 2>&1",
        # More than a chain.
        "running web || running x",
        "if running web; then true; else false; fi",
        "x=1\nrunning web",
        "running web; false",
    ],
)
def test_what_is_not_certain_is_not_told(check: str) -> None:
    assert looked(check, UP="db") == (1, Seen())


def test_an_answer_is_not_given_away() -> None:
    check = 'running db && [ "$ANSWER" = "$(code a)" ]'
    assert looked(check, UP="db", CODE="secret") == (1, Seen())
    assert looked(check)[1] == Seen("db up", "up: ")


def test_of_a_fault_that_is_to_be_found_only_the_symptom_is_told() -> None:
    repair = replace(STEP, kind="fix")
    assert looked("running db", repair)[1] == Seen()
    assert looked('[ "$(code a)" = 200 ]', repair)[1] == Seen("200", "it is 000")


def test_a_student_who_prints_such_lines_is_told_their_own_text_and_no_verdict() -> None:
    forged = "slipway-at\t0\nslipway-saw\ta\tb\t<b>\nslipway-at\tx\nslipway-saw\ttoo few\n"
    assert seen(replace(STEP, check="running web"), forged) == Seen("a", "<b>")
    assert seen(replace(STEP, check="running web"), "slipway-at\t7\nslipway-saw\ta\tb\tc") == Seen()


@pytest.mark.parametrize(
    ("check", "chain"),
    [
        ("a && b", ("a", "b")),
        ("a 'x && y' && b \"$(c \"d && e\" && (f))\" && g >/dev/null 2>&1",
         ("a 'x && y'", 'b "$(c "d && e" && (f))"', "g >/dev/null 2>&1")),
        (r"a \&\& b", (r"a \&\& b",)),
        ("a | b && c", ("a | b", "c")),
        ("case $a in b) c ;; esac", ()),
        ("a 'open", ()),
        ("a && ", ()),
        ("a & b", ()),
        ("# a && b", ()),
        ("", ()),
    ],
)  # fmt: skip
def test_a_check_is_taken_apart_only_where_it_is_a_chain(
    check: str, chain: tuple[str, ...]
) -> None:
    assert links(check) == chain


def test_most_checks_of_the_course_can_explain_themselves() -> None:
    checks = [
        step.check
        for lesson in load_course(ROOT / "content").lessons
        for step in lesson.steps
        if step.check
    ]
    assert sum(bool(links(check)) for check in checks) / len(checks) > 0.8
    for check in checks:
        script = overheard(check)
        done = subprocess.run(["sh", "-n"], input=script, text=True, check=False)
        assert done.returncode == 0, check
