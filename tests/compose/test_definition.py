"""What docker-compose.yml gives to each container, and that the class engine is the one we know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from app.hosting import class_engine
from tests.support.compose import host_engine
from tests.support.engine import engine_settings

if TYPE_CHECKING:
    from tests.support.compose import Compose

ORDINARY = ("app", "bundle", "shells")
# Where it keeps its log and its socket is each one's own business, and not a right.
OWN_WAYS = {"Binds", "Mounts", "LogConfig", "ContainerIDFile"}
# What says nothing about rights: names, labels, how it is looked at.
SAME_IN_CONFIG = ("Hostname", "User", "Entrypoint", "Env", "Image", "ExposedPorts", "Volumes")


def test_the_file_is_one_that_compose_has_nothing_against(defined: Compose) -> None:
    defined("config", "--quiet")


def test_without_the_engines_memory_it_says_what_to_do(defined: Compose) -> None:
    before = defined.environment["SLIPWAY_ENGINE_MEMORY"]
    defined.environment["SLIPWAY_ENGINE_MEMORY"] = ""
    try:
        with pytest.raises(AssertionError, match="make images"):
            defined("config", "--quiet")
    finally:
        defined.environment["SLIPWAY_ENGINE_MEMORY"] = before


def test_its_class_engine_is_the_one_that_make_up_starts(compose: Compose) -> None:
    """Both are made by the same Docker engine and compared as it sees them."""
    settings = engine_settings()
    settings.engine_dir.mkdir(parents=True, exist_ok=True)
    theirs = compose.inspect("engine")
    config = class_engine.container_config(settings, "slipway/node:current")
    config["HostConfig"]["Memory"] = int(compose.environment["SLIPWAY_ENGINE_MEMORY"])
    with host_engine() as host:
        made = host.api.create_container_from_config(config, f"{settings.instance}-compared")
        try:
            ours = host.api.inspect_container(made)
        finally:
            host.api.remove_container(made)
    assert rights(theirs) == rights(ours)
    assert targets(theirs) == targets(ours) == {"/var/lib/docker", "/run/slipway"}
    for name in SAME_IN_CONFIG:
        assert theirs["Config"].get(name) == ours["Config"].get(name)
    ours_command = [word for word in ours["Config"]["Cmd"] if "--group" not in word]
    assert theirs["Config"]["Cmd"] == [*ours_command, "--group=10001"]


def rights(container: dict[str, Any]) -> dict[str, Any]:
    """What Docker fills in by itself differs between an empty list and none."""
    found = container["HostConfig"]
    return {
        name: value
        for name, value in found.items()
        if name not in OWN_WAYS and (value or name in ("MaskedPaths", "ReadonlyPaths"))
    }


def targets(container: dict[str, Any]) -> set[str]:
    return {mount["Destination"] for mount in container["Mounts"]}


@pytest.mark.parametrize("service", ORDINARY)
def test_everything_else_is_an_ordinary_user_without_any_right(
    compose: Compose, service: str
) -> None:
    container = compose.inspect(service)
    host = container["HostConfig"]
    assert container["Config"]["User"] == "10001:10001"
    assert host["ReadonlyRootfs"]
    assert host["CapDrop"] == ["ALL"]
    assert not host["CapAdd"]
    assert not host["Privileged"]
    assert host["SecurityOpt"] == ["no-new-privileges:true"]
    assert host["Memory"]
    assert host["PidsLimit"]


@pytest.mark.parametrize("service", ["engine", *ORDINARY])
def test_nothing_of_the_machine_is_mounted_and_no_log_grows_for_ever(
    compose: Compose, service: str
) -> None:
    container = compose.inspect(service)
    assert {mount["Type"] for mount in container["Mounts"]} <= {"volume", "tmpfs"}
    assert container["HostConfig"]["LogConfig"]["Config"] == {"max-size": "10m", "max-file": "3"}
    assert container["HostConfig"]["RestartPolicy"]["Name"] == "unless-stopped"


def test_only_the_app_has_a_network(compose: Compose) -> None:
    for service in ("engine", "bundle", "shells"):
        assert compose.inspect(service)["HostConfig"]["NetworkMode"] == "none"
    assert compose.inspect("app")["NetworkSettings"]["Ports"]["8000/tcp"][0]["HostIp"] == (
        "127.0.0.1"
    )
