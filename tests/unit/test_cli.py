"""The command line: exit statuses, and a sentence instead of a traceback."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from app import __version__
from app.cli import app
from tests.support.command import slipway

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

LESSON = "---\ntitle: One\nsummary: A lesson.\nminutes: 1\nnodes: 1\n---\nText.\n"


def check_told(done: subprocess.CompletedProcess[str], status: int, *words: str) -> None:
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert done.stderr.count("slipway:") == 1
    for word in words:
        assert word in done.stderr


@pytest.fixture
def content(tmp_path: Path) -> Path:
    folder = tmp_path / "content"
    (folder / "01-one").mkdir(parents=True)
    (folder / "01-one" / "lesson.md").write_text(LESSON)
    (folder / "checks.sh").write_text("")
    return folder


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SLIPWAY_PORT", "abc"),
        ("SLIPWAY_PORT", "65536"),
        ("SLIPWAY_INSTANCE", "Bad Name"),
        ("SLIPWAY_LOG_FORMAT", "xml"),
        ("SLIPWAY_MAX_SANDBOXES", "0"),
        ("SLIPWAY_NODE_CPUS", "-1"),
        ("SLIPWAY_IMAGE_WAY", "magic"),
    ],
)
def test_a_bad_setting_is_used_wrongly(name: str, value: str) -> None:
    done = CliRunner().invoke(app, ["serve"], env={name: value})
    assert done.exit_code == 2
    assert f"slipway: {name}: " in done.stderr


def test_an_unknown_verb_is_used_wrongly() -> None:
    assert slipway("swerve").returncode == 2


@pytest.mark.parametrize(
    "verb",
    [
        (),
        ("serve",),
        ("engine", "up"),
        ("engine", "down"),
        ("engine", "fill"),
        ("engine", "status"),
        ("images", "build"),
        ("images", "list"),
        ("lessons", "check"),
        ("doctor",),
        ("password",),
        ("backup",),
        ("restore",),
        ("preflight",),
        ("sweep",),
        ("expect",),
        ("drain",),
    ],
)
def test_every_verb_has_help(verb: tuple[str, ...]) -> None:
    done = CliRunner().invoke(app, [*verb, "--help"])
    assert done.exit_code == 0
    assert "Usage: " in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [("preflight",), ("preflight", "--students", "0"), ("preflight", "--students", "many")],
)
def test_a_number_that_makes_no_sense_is_used_wrongly(arguments: tuple[str, ...]) -> None:
    assert CliRunner().invoke(app, arguments).exit_code == 2


def test_the_version_is_told() -> None:
    assert slipway("version").stdout == f"{__version__}\n"


def test_a_taken_port_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = slipway("serve", SLIPWAY_PORT=port, SLIPWAY_STATE_DIR=str(tmp_path))
    check_told(done, 1, f"127.0.0.1:{port}", "in use", "SLIPWAY_PORT")


def test_an_address_of_another_machine_is_told(tmp_path: Path) -> None:
    done = slipway(
        "serve",
        SLIPWAY_HOST="192.0.2.1",
        SLIPWAY_PORT="0",
        SLIPWAY_STATE_DIR=str(tmp_path),
        SLIPWAY_INSTRUCTOR_PASSWORD="a password of the tests",  # noqa: S106
    )
    check_told(done, 1, "192.0.2.1")


def test_a_state_folder_that_cant_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder = str(tmp_path / "file" / "[var]")
    done = slipway("serve", SLIPWAY_PORT="0", SLIPWAY_STATE_DIR=folder)
    check_told(done, 1, folder, "SLIPWAY_STATE_DIR")


def test_a_damaged_secret_is_told(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"short")
    done = slipway("serve", SLIPWAY_PORT="0", SLIPWAY_STATE_DIR=str(tmp_path))
    check_told(done, 1, str(tmp_path / "secret"), "damaged")


def test_a_database_that_cant_be_opened_is_told(tmp_path: Path) -> None:
    done = slipway(
        "serve",
        SLIPWAY_PORT="0",
        SLIPWAY_STATE_DIR=str(tmp_path),
        SLIPWAY_DATABASE_URL="sqlite:////dev/null/x",
    )
    check_told(done, 1, "database", "SLIPWAY_DATABASE_URL")


def test_lessons_that_cant_be_taught_are_told_with_every_finding(
    tmp_path: Path, content: Path
) -> None:
    (content / "01-one" / "lesson.md").write_text("no front matter")
    done = slipway(
        "serve",
        SLIPWAY_PORT="0",
        SLIPWAY_STATE_DIR=str(tmp_path / "var"),
        SLIPWAY_CONTENT_DIR=str(content),
    )
    check_told(done, 1, "lesson.md:1:")


def test_checking_good_lessons_is_fine(content: Path) -> None:
    done = slipway("lessons", "check", SLIPWAY_CONTENT_DIR=str(content))
    assert (done.returncode, done.stdout) == (0, "")
    done = slipway("lessons", "check", "--json", SLIPWAY_CONTENT_DIR=str(content))
    assert (done.returncode, json.loads(done.stdout)) == (0, [])


def test_checking_bad_lessons_lists_findings_and_exits_with_1(content: Path) -> None:
    path = content / "01-one" / "lesson.md"
    path.write_text("no front matter")
    done = slipway("lessons", "check", SLIPWAY_CONTENT_DIR=str(content))
    assert done.returncode == 1
    assert f"{path}:1: " in done.stdout
    done = slipway("lessons", "check", "--json", SLIPWAY_CONTENT_DIR=str(content))
    assert done.returncode == 1
    findings = json.loads(done.stdout)
    assert findings
    assert all(set(finding) == {"path", "line", "message"} for finding in findings)


def test_a_folder_without_lessons_is_a_finding(tmp_path: Path) -> None:
    done = slipway("lessons", "check", SLIPWAY_CONTENT_DIR=str(tmp_path / "none"))
    assert done.returncode == 1
    assert "no folder of lessons" in done.stdout
