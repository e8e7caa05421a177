"""`slipway doctor --posture`: what is printed is what nodes are made with, each with its reason."""

from __future__ import annotations

import json
from typing import Any

from typer.testing import CliRunner

from app.cli import app
from app.hosting.class_engine import container_config
from app.rights import DOCKER_DEFAULT, effective, rights
from app.sandboxes import posture, seccomp
from app.settings import Settings

SETTINGS = Settings(node_memory_mb=256)


def printed(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["doctor", "--posture", *arguments], env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    return done.stdout


def as_json() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(printed("--json"))
    return found


def test_the_effective_capabilities_are_told_with_their_reasons() -> None:
    told = as_json()["node"]["capabilities"]
    assert set(told) == set(posture.CAPABILITIES)
    assert all(told.values())


def test_the_default_set_counts_unless_it_is_dropped() -> None:
    assert effective({}) == sorted(DOCKER_DEFAULT)
    assert effective({"CapDrop": ["CHOWN"], "CapAdd": ["SYS_ADMIN"]}) == sorted(
        {*DOCKER_DEFAULT, "SYS_ADMIN"} - {"CHOWN"}
    )
    assert effective({"CapDrop": ["ALL"], "CapAdd": ["KILL"]}) == ["KILL"]


def test_every_refused_call_is_told_with_its_reason() -> None:
    rows = as_json()["node"]["refused_calls"]
    told = {call: row["reason"] for row in rows for call in row["calls"] if row["when"] == "always"}
    for reason, calls in seccomp.REFUSED.items():
        for call in calls:
            assert told[call] == reason
    assert "some arguments" in next(row["when"] for row in rows if "unshare" in row["calls"])


def test_the_limits_are_those_of_the_settings() -> None:
    found = rights(SETTINGS)
    assert found["node"]["settings"]["Memory"] == 256 * 1024 * 1024
    assert found["network"] == posture.network()


def test_the_class_engine_s_own_privileges_are_told() -> None:
    told = as_json()["class_engine"]
    config = container_config(Settings(), "image")["HostConfig"]
    assert set(config["CapAdd"]) <= set(told["capabilities"])
    assert told["settings"]["NetworkMode"] == "none"
    assert told["security_options"] == config["SecurityOpt"]


def test_a_person_can_read_it() -> None:
    text = printed()
    for word in ("SYS_ADMIN", "open_by_handle_at", "PidsLimit", "internal", "class engine"):
        assert word in text
