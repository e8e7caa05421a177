"""The machine's engines and kernel, as the app and the doctor judge them."""

from __future__ import annotations

import json
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import docker
import pytest

from app.errors import EngineUnavailable
from app.hosting import images
from app.hosting.kernel import FEATURES, missing_features
from app.sandboxes.docker_engine import DockerEngine
from tests.support.command import slipway
from tests.support.engine import engine_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docker.models.containers import Container

pytestmark = pytest.mark.anyio
HOST_SOCKET = Path("/var/run/docker.sock")


async def test_the_host_engine_is_refused_as_a_class_engine() -> None:
    """It has no user namespaces; whoever points the app at it must not get sandboxes."""
    with TemporaryDirectory() as folder:
        settings = engine_settings().model_copy(update={"state_dir": Path(folder)})
        settings.engine_dir.mkdir()
        settings.engine_socket.symlink_to(HOST_SOCKET)
        engine = DockerEngine(settings)
        try:
            with pytest.raises(EngineUnavailable, match="without user namespaces"):
                await engine.info()
        finally:
            await engine.aclose()


async def test_this_class_engine_is_fit(engine: DockerEngine) -> None:
    assert (await engine.info()).isolation == "userns"


def test_what_the_other_tests_use_is_found_by_its_probe() -> None:
    with closing(docker.from_env()) as host:
        container = host.containers.get(f"{engine_settings().instance}-engine")
        missing = {feature.name for feature in missing_features(container)}
        assert not missing & {"overlay", "veth", "bridge", "vxlan", "macvlan"}
        assert container.exec_run(["ip", "link", "show", "slip0"]).exit_code != 0


def test_the_doctor_names_every_feature_and_is_content() -> None:
    done = slipway("doctor", SLIPWAY_PORT="0")
    assert done.returncode == 0, done.stdout
    for feature in FEATURES:
        assert feature.name in done.stdout
    assert "kernel.pty.max is " in done.stdout


def test_a_machines_own_engine_in_the_place_of_the_class_engine_is_found_out(
    tmp_path: Path,
) -> None:
    """It has no user namespaces; and where it is Debian 12's, it is too old."""
    with planted_engine("slipway-planted") as container, closing(docker.from_env()) as host:
        wrong = told_of("slipway-planted", tmp_path)
        assert "students would be root" in wrong["isolation"]
        # A container without rights can't try out what the kernel has.
        assert "the kernel lacks" in wrong["kernel-modules"]
        old = int(host.version()["Version"].partition(".")[0]) < 26
        assert ("class-engine" in wrong) == old
        container.stop(timeout=0)
        assert "exited" in told_of("slipway-planted", tmp_path)["class-engine"]


@contextmanager
def planted_engine(instance: str) -> Iterator[Container]:
    """A container that the doctor takes for a class engine, with the host engine's socket in it."""
    with closing(docker.from_env()) as host:
        container = host.containers.run(
            images.wanted()["node"],
            ["sleep", "600"],
            name=f"{instance}-engine",
            volumes={str(HOST_SOCKET.parent.resolve()): {"bind": "/run/slipway", "mode": "ro"}},
            network_mode="none",
            detach=True,
        )
        try:
            yield container
        finally:
            container.remove(force=True, v=True)


def told_of(instance: str, state_dir: Path) -> dict[str, str]:
    """What the doctor finds wrong, by what it is about."""
    environment = {"SLIPWAY_INSTANCE": instance, "SLIPWAY_STATE_DIR": str(state_dir)}
    done = slipway("doctor", "--json", **environment, SLIPWAY_PORT="0")
    assert done.returncode == 1
    rows = json.loads(done.stdout)
    return {row["about"]: row["what"] for row in rows if not row["fine"]}
