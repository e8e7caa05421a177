"""The commands of docs/operations.md that need the compose project, or the images it runs."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

from app.settings import ROOT
from tests.support.compose import program
from tests.support.documented import ON_COMPOSE, sh

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.compose import Compose


@pytest.fixture
def without_environment_file() -> Iterator[None]:
    """`make images` writes one where there is none."""
    path = ROOT / ".env"
    before = path.exists()
    yield
    if not before:
        path.unlink(missing_ok=True)


@pytest.mark.usefixtures("without_environment_file")
@pytest.mark.parametrize("command", ON_COMPOSE)
def test_it_works_as_written(compose: Compose, command: str, tmp_path: Path) -> None:
    script = ON_COMPOSE[command].replace("docker compose", shlex.join(program()))
    sh(script, HERE=str(tmp_path), **compose.environment)
