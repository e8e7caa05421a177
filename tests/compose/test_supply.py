"""What is in the images that were just built, and how large they are, is what we say of them."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from typing import TYPE_CHECKING

import pytest

from app.hosting import images, origins
from app.hosting.catalog import IMAGES
from app.settings import ROOT
from supply import images as contents
from supply import recorded, sbom
from tests.support.compose import host_engine

if TYPE_CHECKING:
    from supply.parts import Part

MAX_IMAGE_MB = 250
# A distribution's packages grow a little from day to day.
DRIFT_MB = 5

pytestmark = pytest.mark.usefixtures("built")


@pytest.fixture(scope="module")
def parts(built: None) -> list[Part]:  # noqa: ARG001 - they have to be there
    return contents.read()


def named(parts: list[Part]) -> set[tuple[str, str]]:
    """Those of Debian's packages that images ask for by name; others come and go with them."""
    wanted = {
        (str(path.parent.relative_to(IMAGES)), name)
        for path in IMAGES.rglob("debian.toml")
        for name in tomllib.loads(path.read_text())["packages"]
    }
    return wanted & {(part.place, part.name) for part in parts if part.kind == "deb"}


def test_the_record_names_what_is_in_the_images(parts: list[Part]) -> None:
    assert named(parts) == named(recorded.read()), "run: make third-party"
    base = [(row.name, row.version) for row in recorded.read() if row.place == "base"]
    assert base == [(row.name, row.version) for row in parts if row.place == "base"]


def test_the_list_of_parts_tells_what_is_linked_into_docker(parts: list[Part]) -> None:
    document = json.loads(sbom.document(parts))
    needs = {row["ref"]: row.get("dependsOn", []) for row in document["dependencies"]}
    (docker,) = (ref for ref in needs if ref.startswith("node:pkg:deb/debian/docker.io@"))
    assert [ref for ref in needs[docker] if "/golang-google-grpc@" in ref]


def test_an_image_has_the_texts_of_licences() -> None:
    # Unlike the SDK, the program also removes the volume that the image asks for.
    run = ["docker", "run", "--rm", "--network=none", "slipway/node:current"]
    zcat = ["zcat", f"/{origins.FOLDER}/node.licences.gz"]
    text = subprocess.run([*run, *zcat], capture_output=True, text=True, check=True).stdout
    assert "==== docker.io ====" in text
    assert "Apache License" in text


@pytest.mark.parametrize("name", ["app", "node", "shells"])
def test_images_stay_small(name: str) -> None:
    assert megabytes(name) < MAX_IMAGE_MB


def test_the_readme_tells_their_sizes() -> None:
    text = " ".join((ROOT / "README.md").read_text().split())
    found = re.search(r"The app's image has (\d+) MB, the node's (\d+) MB", text)
    assert found
    for name, said in zip(("app", "node"), found.groups(), strict=True):
        assert abs(megabytes(name) - int(said)) <= DRIFT_MB, f"{name} has {megabytes(name):.0f} MB"


def megabytes(name: str) -> float:
    with host_engine() as host:
        image = images.find(host, f"slipway/{name}:current")
        assert image
        return float(image.attrs["Size"]) / 1e6
