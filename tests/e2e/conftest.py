"""One site and one browser for all browser tests; a fresh student for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import pytest

from tests.support.browser import Visitor, chromium
from tests.support.engine import engine_settings, remove_all_sandboxes
from tests.support.lesson_page import LessonPage
from tests.support.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    engine_settings()
    with serving() as address:
        yield address
    anyio.run(remove_all_sandboxes)


@pytest.fixture(scope="module")
def browser(site: str) -> Iterator[Browser]:  # noqa: ARG001 - it must end after the browser
    """Closed with its module: Playwright keeps an event loop, which nobody else can share."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def visitor(browser: Browser, site: str) -> Iterator[Visitor]:
    visitor = Visitor(browser, site)
    yield visitor
    visitor.close()
    assert visitor.complaints == []


@pytest.fixture
def lesson(visitor: Visitor) -> LessonPage:
    """The first lesson, with its terminal ready."""
    page = LessonPage(visitor.page)
    page.open("first-service")
    return page


@pytest.fixture(scope="session")
def screenshots() -> Path:
    folder = engine_settings().state_dir / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
