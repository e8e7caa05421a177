"""A class engine that is not fit for students is refused, with what to do about it."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest

from app.errors import EngineUnavailable
from app.sandboxes.docker_engine import DockerEngine
from app.settings import Settings
from tests.support.fake_docker import docker_that_says

if TYPE_CHECKING:
    from app.sandboxes.engine import EngineInfo

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def info_of(**said: Any) -> EngineInfo:  # noqa: ANN401 - JSON
    with TemporaryDirectory() as folder:  # a short path, as a socket's must be
        settings = Settings(state_dir=Path(folder))
        engine = DockerEngine(settings)
        with docker_that_says(settings.engine_socket, said):
            try:
                return await engine.info()
            finally:
                await engine.aclose()


@pytest.mark.parametrize("options", [None, [], ["name=seccomp,profile=builtin", "name=cgroupns"]])
async def test_an_engine_without_user_namespaces_is_refused(options: list[str] | None) -> None:
    with pytest.raises(EngineUnavailable, match="without user namespaces") as raised:
        await info_of(ServerVersion="26.1.5", SecurityOptions=options)
    assert "userns-remap" in raised.value.hint


@pytest.mark.parametrize("option", ["name=userns", "name=rootless"])
async def test_an_engine_that_keeps_root_apart_is_fit(option: str) -> None:
    info = await info_of(ServerVersion="28.0.0", SecurityOptions=["name=seccomp", option])
    assert info.isolation == option.removeprefix("name=")
    assert info.version == "28.0.0"


async def test_an_engine_that_is_too_old_is_refused() -> None:
    with pytest.raises(EngineUnavailable, match="26 or later"):
        await info_of(ServerVersion="20.10.24+dfsg1", SecurityOptions=["name=userns"])


async def test_a_name_that_only_looks_like_it_is_no_user_namespace() -> None:
    with pytest.raises(EngineUnavailable, match="without user namespaces"):
        await info_of(ServerVersion="26.1.5", SecurityOptions=["name=seccomp,profile=userns"])
