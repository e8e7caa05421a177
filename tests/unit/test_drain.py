"""The command drain and its file: what it tells, what it refuses, and how the site goes by it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from app import drain
from app.cli import app
from app.errors import BadRequest, NotFound
from app.settings import Settings
from tests.support.eventually import eventually
from tests.support.site import serving

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Drain = Callable[..., str]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state_dir=tmp_path / "var")


@pytest.fixture
def command(settings: Settings) -> Drain:
    """The command with a state folder of the test's own; its output, or what it raises."""

    def run(*arguments: str) -> str:
        environment = {"SLIPWAY_STATE_DIR": str(settings.state_dir), "TZ": "UTC", "COLUMNS": "200"}
        done = CliRunner().invoke(app, ["drain", *arguments], env=environment)
        if done.exception:
            raise done.exception
        return done.stdout

    return run


def test_a_drain_is_begun_shown_and_taken_back(command: Drain, settings: Settings) -> None:
    said = command("--minutes", "45", "--reason", "New machines\n come.")
    assert "No sandboxes are given out" in said
    assert "Students read: New machines come." in said
    assert "the class engine does not run" in said
    found = drain.current(settings)
    assert found
    left = found.ends_at - datetime.now(UTC)
    assert timedelta(minutes=44) < left <= timedelta(minutes=45)
    assert drain.file_of(settings).stat().st_mode & 0o077 == 0
    row = json.loads(command("--status", "--json"))
    assert (row["state"], row["reason"], row["students"]) == ("draining", found.reason, None)
    assert datetime.fromisoformat(row["ends_at"]) == found.ends_at
    assert "given out again" in command("--cancel")
    assert json.loads(command("--status", "--json")) == {"state": "none", "students": None}
    with pytest.raises(NotFound):
        command("--cancel")


def test_a_time_of_day_is_kept_with_its_offset(command: Drain, settings: Settings) -> None:
    moment = (datetime.now(UTC) + timedelta(hours=2)).replace(microsecond=0)
    command("--at", moment.isoformat())
    found = drain.current(settings)
    assert found
    assert found.ends_at == moment


def test_a_drain_whose_time_has_come_is_over(command: Drain) -> None:
    assert json.loads(command("--minutes", "0", "--json"))["state"] == "over"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "One of four things"),
        (("--minutes", "5", "--cancel"), "One of four things"),
        (("--at", "17:00", "--status"), "One of four things"),
        (("--at", "soon"), "soon is no time."),
        (("--at", "2020-01-01T09:00Z"), "has passed"),
        (("--at", f"{(datetime.now(UTC) + timedelta(days=2)).isoformat()}"), "24 hours away"),
        (("--minutes", "5", "--reason", " "), "1 to 200 characters"),
        (("--minutes", "5", "--reason", "x" * 201), "1 to 200 characters"),
        (("--minutes", "5", "--reason", "\x1b[2J"), "1 to 200 characters"),
    ],
)
def test_what_makes_no_sense_is_refused(
    command: Drain, settings: Settings, arguments: tuple[str, ...], words: str
) -> None:
    with pytest.raises(BadRequest) as refused:
        command(*arguments)
    assert words in refused.value.message
    assert drain.current(settings) is None


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[1]", "null", '{"ends_at": 5, "reason": ""}', '{"ends_at": "x", "reason": "y"}'],
)
def test_a_damaged_file_is_no_drain(settings: Settings, text: str) -> None:
    settings.state_dir.mkdir()
    drain.file_of(settings).write_text(text)
    assert drain.current(settings) is None


def test_a_site_tells_of_it_and_outlives_a_restart(settings: Settings) -> None:
    drain.begin(settings, drain.Drain(datetime.now(UTC) + timedelta(hours=1), "New machines."))
    for _ in range(2):
        with serving(settings.state_dir) as site:
            health = site.client().get("/healthz")
            assert health.status_code == 200
            assert health.json()["status"] == "draining"
            assert health.json()["drain"]["reason"] == "New machines."
            student = site.student()
            student.http.post("/api/sandbox")
            sandbox = student.sandbox()
            assert sandbox["state"] == "queued"
            assert sandbox["drain"]["over"]
            assert "slipway_draining 1.0" in site.client().get("/metrics").text
    drain.end(settings)
    with serving(settings.state_dir) as site:
        assert site.client().get("/healthz").json()["drain"] is None
        student = site.student().start()
        drain.begin(settings, drain.Drain(datetime.now(UTC), "Now."))
        assert eventually(lambda: student.sandbox()["state"] == "ended")
        assert student.sandbox()["reason"] == "Now."
