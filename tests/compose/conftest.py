"""The compose project, up for all tests here; and what they leave behind is removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.hosting import images, site_images
from app.hosting.report import Reporter
from tests.support.compose import Compose, host_engine
from tests.support.engine import engine_settings
from tests.support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whichever comes first waits for images to be built and the project to be up."""
    for item in items:
        if "compose" in item.path.parts:
            item.add_marker(pytest.mark.timeout(1200))


@pytest.fixture(scope="session")
def built() -> None:
    settings, reporter = engine_settings(), Reporter()
    with host_engine() as host:
        site_images.ensure(host, images.ensure(host, settings, reporter), reporter)


@pytest.fixture(scope="session")
def defined(tmp_path_factory: pytest.TempPathFactory) -> Compose:
    """The project before anything runs."""
    override = tmp_path_factory.mktemp("compose") / "override.json"
    return Compose(f"{engine_settings().instance}-compose", free_port(), override)


@pytest.fixture(scope="session")
def compose(built: None, defined: Compose) -> Iterator[Compose]:  # noqa: ARG001 - they have to be there
    try:
        defined("up", "--detach", "--wait")
        yield defined
    finally:
        defined("down", "--volumes", "--timeout", "5")
