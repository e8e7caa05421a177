"""The command expect: what it tells, and what it refuses with a sentence."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.errors import BadRequest
from tests.support.command import slipway

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from subprocess import CompletedProcess

    Expect = Callable[..., CompletedProcess[str]]

NEXT_YEAR = f"{datetime.now(UTC).year + 1}-01-01T09:00Z"


@pytest.fixture
def expect(tmp_path: Path) -> Expect:
    """The command with a state folder of the test's own, on a machine in India."""

    def run(*arguments: str, **environment: str) -> CompletedProcess[str]:
        own = {"SLIPWAY_STATE_DIR": str(tmp_path / "var"), "TZ": "IST-5:30", **environment}
        return slipway("expect", *arguments, **own)

    return run


def in_minutes(minutes: float) -> str:
    return (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()


def test_a_class_is_announced_listed_and_taken_back(expect: Expect) -> None:
    done = expect("30", "--at", in_minutes(47.2), SLIPWAY_WARM_AHEAD_S="300")
    assert done.returncode == 0, done.stderr
    assert "Class 1: 30 students" in done.stdout
    assert "in 47 min" in done.stdout
    assert "in 42 min" in done.stdout
    assert "class engine does not run" in done.stdout
    (row,) = json.loads(expect("--list", "--json").stdout)
    assert (row["id"], row["students"]) == (1, 30)
    assert "in 47 min" in expect("--list").stdout
    assert expect("--cancel", "1").returncode == 0
    assert expect("--list").stdout == "No class is announced.\n"


def test_times_are_shown_with_the_offset_of_the_machine(expect: Expect) -> None:
    done = expect("30", "--at", NEXT_YEAR)
    assert "-01-01 14:30+05:30" in done.stdout


def test_json_tells_all_of_it(expect: Expect) -> None:
    starts = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)
    expect("3", "--at", starts.isoformat())
    done = expect("5", "--at", starts.isoformat(), "--minutes", "10", "--json")
    row = json.loads(done.stdout)
    assert (row["id"], row["students"], row["also_expected"], row["room"]) == (2, 5, 3, None)
    assert datetime.fromisoformat(row["starts_at"]) == starts
    assert datetime.fromisoformat(row["ends_at"]) == starts + timedelta(minutes=10)
    assert datetime.fromisoformat(row["warm_from"]) < starts


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "One of three things"),
        (("30",), "a number of students and a time"),
        (("--at", "23:59"), "a number of students and a time"),
        (("30", "--list"), "One of three things"),
        (("--list", "--cancel", "1"), "One of three things"),
        (("30", "--at", "soon"), "soon is no time."),
        (("30", "--at", "2020-01-01T09:00Z"), "has passed; say --at"),
        (("501", "--at", NEXT_YEAR), "501 students are more than this site takes (500)."),
    ],
)
def test_what_makes_no_sense_is_refused(
    arguments: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    folder = tmp_path / "var"
    done = CliRunner().invoke(app, ["expect", *arguments], env={"SLIPWAY_STATE_DIR": str(folder)})
    assert isinstance(done.exception, BadRequest)
    assert words in done.exception.message
    assert not folder.exists()


def test_what_is_refused_was_used_wrongly(expect: Expect) -> None:
    done = expect("30", "--at", "2020-01-01T09:00Z")
    assert done.returncode == 2
    assert done.stderr.startswith("slipway: 2020-01-01T09:00Z has passed; say --at ")


@pytest.mark.parametrize("arguments", [("0", "--at", "23:59"), ("many",), ("--cancel", "x")])
def test_what_is_no_number_is_used_wrongly(arguments: tuple[str, ...]) -> None:
    assert CliRunner().invoke(app, ["expect", *arguments]).exit_code == 2


def test_a_class_that_is_not_there_can_t_be_taken_back(expect: Expect) -> None:
    done = expect("--cancel", "7")
    assert done.returncode == 1
    assert "No class 7 is announced." in done.stderr


def test_a_database_that_cant_be_opened_is_told(expect: Expect) -> None:
    done = expect("--list", SLIPWAY_DATABASE_URL="sqlite:////dev/null/x")
    assert done.returncode == 1
    assert "The database can't be opened" in done.stderr
    assert "Traceback" not in done.stderr
