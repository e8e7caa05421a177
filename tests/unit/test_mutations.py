"""A check's words tell which damage it has to notice."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.proof.mutations import mutations, wrong_answers


def container(name: str, *, running: bool = True, **networks: list[str]) -> dict[str, Any]:
    rows = {
        network: {
            "Aliases": aliases,
            "IPAMConfig": None,
            "NetworkID": "vx8b2n4" if network == "stretched" else "0" * 64,
        }
        for network, aliases in networks.items()
    }
    ports = {"80/tcp": [{"HostPort": "8080"}]} if name == "web" else {}
    return {
        "Name": f"/{name}",
        "State": {"Running": running},
        "Config": {"Image": "nginx"},
        "NetworkSettings": {"Networks": rows, "Ports": ports},
    }


WORLD = "\n".join(
    map(
        json.dumps,
        [
            container("web", bridge=[]),
            container("es", dev=["search", "0123456789ab"]),
            container("idle", running=False, dev=[]),
            container("far", stretched=[]),
        ],
    )
)


@pytest.mark.parametrize(
    ("check", "damage"),
    [
        ("running web", {"web has another name", "web is stopped"}),
        ("exists web", {"web has another name"}),
        ("exists idle", {"idle has another name"}),
        ("running idle2", set()),
        ("! running es", set()),
        ("dns web es", {"web has another name", "web is stopped"}),
        ("docker exec -u 0 web cat /etc/hosts", {"web has another name"}),
        ("grep web /root/web.cfg; docker logs es | grep web", {"es has another name"}),
        ("running far", {"far is stopped"}),
        ("on_net es dev && inns es ip neigh", {"es has another name"}),
        ("running es && inns es ping -c 1 10.0.0.2", {"es has another name"}),
        ('[ "$(hport web 80)" = 8080 ]', {"web has another name", "web has other host ports"}),
        ('[ -n "$(hport web 80)" ]', {"web has another name", "web has no host ports"}),
        (
            "on_net es dev",
            {"es has another name", "es is stopped", "es is on another network than dev"},
        ),
        ("alias_on es dev search", {
            "es has another name",
            "es is on another network than dev",
            "es is not search on dev",
        }),
        ("net dev", set()),
    ],
)  # fmt: skip
def test_a_check_has_to_notice(check: str, damage: set[str]) -> None:
    assert {mutation.what for mutation in mutations(check, WORLD)} == damage


def test_all_aliases_come_back() -> None:
    moved = next(it for it in mutations("ip_on es dev", WORLD) if "another network" in it.what)
    assert "docker network connect --alias search dev es" in moved.mend
    assert "0123456789ab" not in moved.mend


def test_an_answer_that_is_nearly_right_is_wrong() -> None:
    assert [it.answer for it in wrong_answers("32768")] == ["3276", "32768x", "x2768"]
    assert list(wrong_answers("")) == []
