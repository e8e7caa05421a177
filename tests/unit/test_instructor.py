"""The instructor's password: shown once, kept as a hash, and asked for beyond this machine."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from app import instructor
from app.settings import Settings
from tests.support.command import slipway

if TYPE_CHECKING:
    from pathlib import Path

GIVEN = "correct horse battery"


def test_where_there_is_none_nothing_is_right(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path)
    assert not instructor.exists(settings)
    assert not instructor.is_right(settings, "")


def test_one_that_was_made_is_right_and_only_the_last(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path)
    first, second = instructor.make(settings), instructor.make(settings)
    assert instructor.is_right(settings, second)
    assert not instructor.is_right(settings, first)
    assert not instructor.is_right(settings, "")


def test_it_is_not_to_be_read_from_the_disk(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path)
    made = instructor.make(settings)
    path = instructor.file_of(tmp_path)
    assert made not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_damaged_file_lets_nobody_in(tmp_path: Path) -> None:
    instructor.file_of(tmp_path).write_text("nonsense")
    assert not instructor.is_right(Settings(state_dir=tmp_path), "nonsense")


def test_one_that_is_given_counts_instead(tmp_path: Path) -> None:
    made = instructor.make(Settings(state_dir=tmp_path))
    settings = Settings(state_dir=tmp_path, instructor_password=GIVEN)
    assert instructor.is_right(settings, GIVEN)
    assert not instructor.is_right(settings, made)
    assert GIVEN not in repr(settings)


def test_the_command_shows_it(tmp_path: Path) -> None:
    done = slipway("password", SLIPWAY_STATE_DIR=str(tmp_path))
    assert done.returncode == 0
    assert instructor.is_right(Settings(state_dir=tmp_path), done.stdout.strip())


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "course.example"])  # noqa: S104
def test_without_one_the_site_listens_on_this_machine_only(tmp_path: Path, host: str) -> None:
    done = slipway("serve", SLIPWAY_HOST=host, SLIPWAY_PORT="0", SLIPWAY_STATE_DIR=str(tmp_path))
    assert done.returncode == 2
    assert f"slipway: {host} can be reached from other machines" in done.stderr
    assert "slipway password" in done.stderr


def test_all_wrong_settings_are_named_at_once() -> None:
    done = slipway(
        "serve",
        SLIPWAY_PORT="abc",
        SLIPWAY_PUBLIC_URL="course.example",
        SLIPWAY_TRUSTED_PROXIES="everybody",
        SLIPWAY_INSTRUCTOR_PASSWORD="short",  # noqa: S106 - it is refused
    )
    assert done.returncode == 2
    for name in ("PORT", "PUBLIC_URL", "TRUSTED_PROXIES", "INSTRUCTOR_PASSWORD"):
        assert f"slipway: SLIPWAY_{name}: " in done.stderr
    assert "short" not in done.stderr
