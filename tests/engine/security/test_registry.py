"""A student tries to put something into the class's registry, or take something out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.engine import engine_settings
from tests.support.places import WithTheNodeSTools, output_in, succeeds

if TYPE_CHECKING:
    from tests.support.places import ClassEngineContainer, InnerContainer, Node, Place

pytestmark = [pytest.mark.anyio, pytest.mark.row(21, 27)]
URL = "http://registry:5000/v2"
STATUS = "curl -s -m 5 -o /dev/null -w '%{http_code}'"
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
# Every call of the registry's API that changes something.
CHANGES = {
    "start an upload": f"-X POST {URL}/evil/blobs/uploads/",
    "upload at once": f"-X POST --data-binary x '{URL}/evil/blobs/uploads/?digest=sha256:00'",
    "upload a part": f"-X PATCH --data-binary x {URL}/evil/blobs/uploads/1",
    "end an upload": f"-X PUT {URL}/evil/blobs/uploads/1",
    "put a manifest": f"-X PUT -H 'Content-Type: {MANIFEST}' -d '{{}}' "
    f"{URL}/library/alpine/manifests/latest",
    "delete a manifest": f"-X DELETE {URL}/library/alpine/manifests/latest",
    "delete a blob": f"-X DELETE {URL}/library/alpine/blobs/sha256:{'0' * 64}",
}
REFUSED = ("400", "404", "405")
CATALOG = f"curl -fs -m 5 {URL}/_catalog; curl -fs -m 5 {URL}/library/alpine/tags/list"


@pytest.fixture(params=["node", "container"])
def place(request: pytest.FixtureRequest, node: Node, container: InnerContainer) -> Place:
    return node if request.param == "node" else WithTheNodeSTools(container)


async def registry_bytes(control: ClassEngineContainer) -> str:
    volume = f"{engine_settings().instance}-registry"
    return await output_in(control, f"du -s /var/lib/docker/*/volumes/{volume} | cut -f1")


@pytest.mark.parametrize("change", CHANGES)
async def test_no_call_that_changes_the_registry_is_taken(
    place: Place, control: ClassEngineContainer, change: str
) -> None:
    before = await output_in(place, CATALOG), await registry_bytes(control)
    assert "alpine" in before[0]
    assert await output_in(place, f"{STATUS} {CHANGES[change]}") in REFUSED
    assert (await output_in(place, CATALOG), await registry_bytes(control)) == before


async def test_what_is_there_can_be_read(place: Place) -> None:
    """The control case: the same client, and the same kind of call."""
    manifest = f"-H 'Accept: {MANIFEST}' {URL}/library/alpine/manifests/latest"
    assert await output_in(place, f"{STATUS} {manifest}") == "200"


async def test_an_image_can_t_be_pushed(node: Node, control: ClassEngineContainer) -> None:
    before = await registry_bytes(control)
    await output_in(node, "docker pull -q alpine && docker tag alpine registry:5000/evil/alpine")
    assert not await succeeds(node, "docker push registry:5000/evil/alpine")
    assert "evil" not in await output_in(node, CATALOG)
    assert await registry_bytes(control) == before


async def test_its_store_is_read_only_even_for_itself(control: ClassEngineContainer) -> None:
    registry = f"{engine_settings().instance}-registry"
    inside = f"docker -H unix:///run/slipway/docker.sock exec {registry} sh -c"
    assert await succeeds(control, f"{inside} 'ls /var/lib/registry'")
    assert not await succeeds(control, f"{inside} 'touch /var/lib/registry/evil'")
    assert not await succeeds(control, f"{inside} 'touch /evil'")
