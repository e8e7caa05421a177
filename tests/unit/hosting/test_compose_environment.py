"""What `make images` writes into .env: once, and without touching what is there."""

from __future__ import annotations

import io
import stat
from typing import TYPE_CHECKING

from app.hosting import compose_environment
from app.hosting.report import Reporter
from app.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


def test_a_password_is_made_once_and_shown_once(tmp_path: Path) -> None:
    path, first, second = tmp_path / ".env", io.StringIO(), io.StringIO()
    compose_environment.ensure(Settings(), path, Reporter(first))
    written = path.read_text()
    password = written.rpartition("SLIPWAY_INSTRUCTOR_PASSWORD=")[2].strip()
    assert len(password) >= 12
    assert password in first.getvalue()
    compose_environment.ensure(Settings(), path, Reporter(second))
    assert path.read_text() == written
    assert second.getvalue() == ""
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_an_operator_has_written_stays(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("SLIPWAY_PORT=80\nSLIPWAY_ENGINE_MEMORY=1")
    compose_environment.ensure(Settings(), path, Reporter(io.StringIO()))
    lines = path.read_text().splitlines()
    assert lines[:2] == ["SLIPWAY_PORT=80", "SLIPWAY_ENGINE_MEMORY=1"]
    assert [line for line in lines if line.startswith("SLIPWAY_ENGINE_MEMORY")] == lines[1:2]
