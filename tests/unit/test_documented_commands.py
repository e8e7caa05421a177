"""Each command of the guides for operators is run by a test; here those that need no Docker."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from app.settings import ROOT
from tests.support import documented
from tests.support.documented import ALONE, IN_TESTS, NOT_RUN, RUN, sh

if TYPE_CHECKING:
    from pathlib import Path


def test_every_command_of_the_guides_is_run() -> None:
    known = {**RUN, **IN_TESTS, **NOT_RUN}
    found = documented.commands()
    assert found - set(known) == set(), "name it in tests/support/documented.py, with how it is run"
    assert set(known) - found == set(), "no guide has it any longer"


@pytest.mark.parametrize("command", IN_TESTS)
def test_the_file_that_runs_it_has_it(command: str) -> None:
    file, words = IN_TESTS[command]
    assert (words or command) in (ROOT / file).read_text()


@pytest.mark.parametrize("script", dict.fromkeys(ALONE.values()))
def test_it_works_as_written(script: str, tmp_path: Path) -> None:
    sh(script, SLIPWAY_STATE_DIR=str(tmp_path), SLIPWAY_INSTANCE="documented")


def test_make_clean_removes_environment_and_state(tmp_path: Path) -> None:
    """In a copy, whose programs are a link to ours."""
    for name in ("Makefile", "pyproject.toml", "requirements", "scripts"):
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy2
        copy(source, tmp_path / name)
    (tmp_path / "var").mkdir()
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "bin").symlink_to(ROOT / ".venv" / "bin")
    (tmp_path / ".venv" / "ready").touch()
    sh(
        f"cd {tmp_path} && make clean",
        SLIPWAY_STATE_DIR=str(tmp_path / "state"),
        SLIPWAY_INSTANCE="documented",
    )
    assert not (tmp_path / ".venv").exists()
    assert not (tmp_path / "var").exists()
    assert (ROOT / ".venv" / "bin").exists()
