"""The machine's engines and kernel, as the app and the doctor judge them."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import docker
import pytest

from app.errors import EngineUnavailable
from app.hosting.kernel import FEATURES, missing_features
from app.sandboxes.docker_engine import DockerEngine
from tests.support.command import slipway
from tests.support.engine import engine_settings

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
    done = slipway("doctor")
    assert done.returncode == 0, done.stdout
    for feature in FEATURES:
        assert feature.name in done.stdout
    assert "kernel.pty.max is " in done.stdout
