"""The two places from which each attempt is made, and the one where it may succeed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.places import ClassEngineContainer, InnerContainer, Node, Place, strong_container

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from app.sandboxes.docker_engine import DockerEngine


@pytest.fixture(scope="module")
def node(engine: DockerEngine, student: str) -> Node:
    return Node(engine, student)


@pytest.fixture(scope="module")
async def container(node: Node) -> AsyncIterator[InnerContainer]:
    async with strong_container(node) as container:
        yield container


@pytest.fixture(params=["node", "container"])
def place(request: pytest.FixtureRequest, node: Node, container: InnerContainer) -> Place:
    """Every test that asks for it runs twice."""
    return node if request.param == "node" else container


@pytest.fixture(scope="module")
def control() -> ClassEngineContainer:
    return ClassEngineContainer()
