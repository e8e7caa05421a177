"""Sites to talk to: one for everybody with students of their own, and special ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.site import Site, Student, serving

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One site for all tests that change nothing but what belongs to their own student."""
    with serving(tmp_path_factory.mktemp("site"), max_sandboxes=1000, starts_at_once=64) as site:
        yield site


@pytest.fixture
def student(site: Site) -> Student:
    """A new student without a sandbox."""
    return site.student()


@pytest.fixture
def ready(site: Site) -> Student:
    """A new student with a sandbox."""
    return site.student().start()
