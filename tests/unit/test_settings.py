"""Every setting, verb and route is explained wherever people look for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pydantic
import pytest
from fastapi.routing import APIRoute, APIRouter, APIWebSocketRoute
from typer.core import TyperGroup
from typer.main import get_group

from app.cli import app
from app.settings import ROOT, Settings, describe
from app.web import api, monitoring, pages, terminal_socket
from tests.support.command import slipway

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS = describe()


@pytest.fixture(scope="module")
def serve_help() -> str:
    done = slipway("serve", "--help")
    assert done.returncode == 0
    return " ".join(done.stdout.replace("│", " ").split())


def test_there_is_a_row_for_every_setting() -> None:
    names = [f"SLIPWAY_{name.upper()}" for name in Settings.model_fields]
    assert [name for name, _, _ in ROWS] == names


@pytest.mark.parametrize(("name", "default", "text"), ROWS)
def test_serves_help_explains(name: str, default: str, text: str, serve_help: str) -> None:
    assert f"{name} (default: {default or 'empty'})" in serve_help
    assert text
    assert " ".join(text.split()) in serve_help


@pytest.mark.parametrize(("name", "default"), [row[:2] for row in ROWS])
def test_the_operations_guide_names_each_setting_with_its_default(name: str, default: str) -> None:
    guide = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    lines = [line for line in guide.splitlines() if f"`{name}`" in line]
    assert lines, f"docs/operations.md does not name {name}"
    assert any((default or "empty") in line for line in lines)


def verbs(group: TyperGroup, *before: str) -> Iterator[str]:
    """All of them, with the groups they are in."""
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from verbs(command, *before, name)
        else:
            yield " ".join([*before, name])


@pytest.mark.parametrize("verb", list(verbs(get_group(app))))
def test_the_operations_guide_names_each_verb(verb: str) -> None:
    guide = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert f"`slipway {verb}" in guide


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLIPWAY_MAX_SANDBOXES", "7")
    assert Settings().max_sandboxes == 7


def test_settings_dont_change_once_made() -> None:
    settings = Settings()
    with pytest.raises(pydantic.ValidationError):
        settings.port = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    "router", [pages.router, api.router, monitoring.router, terminal_socket.router]
)
def test_the_design_names_every_route(router: APIRouter) -> None:
    design = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    routes = [r.path for r in router.routes if isinstance(r, APIRoute | APIWebSocketRoute)]
    assert routes
    assert [path for path in routes if path not in design] == []
