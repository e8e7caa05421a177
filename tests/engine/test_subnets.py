"""Networks made on the real class engine by several at once: each with a subnet of its own."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from app.sandboxes.docker_calls import Subnets
from app.sandboxes.spec import network_name
from tests.support.engine import class_engine_client, engine_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

SITES, NETWORKS_EACH = 3, 15


@pytest.fixture
def sandboxes() -> Iterator[list[list[str]]]:
    """Ids for networks of each site; the networks that were made go afterwards."""
    ids = [[secrets.token_hex(6) for _ in range(NETWORKS_EACH)] for _ in range(SITES)]
    yield ids
    names = {network_name(engine_settings(), sandbox) for site in ids for sandbox in site}
    with class_engine_client() as client:
        for network in client.api.networks():
            if network["Name"] in names:
                client.api.remove_network(network["Id"])


def make_all(sandboxes: list[str]) -> None:
    """A site's own idea of what is free, as two programs on one class engine have it."""
    subnets = Subnets()
    with class_engine_client() as client:
        for sandbox in sandboxes:
            subnets.make_network(client, engine_settings(), sandbox)


def test_sites_that_make_networks_at_once_all_get_theirs(sandboxes: list[list[str]]) -> None:
    with ThreadPoolExecutor(SITES) as pool:
        list(pool.map(make_all, sandboxes))
    with class_engine_client() as client:
        ipam = {row["Name"]: row["IPAM"]["Config"] for row in client.api.networks()}
    names = [network_name(engine_settings(), sandbox) for site in sandboxes for sandbox in site]
    assert len({ipam[name][0]["Subnet"] for name in names}) == SITES * NETWORKS_EACH
