"""The catalog: what may be written in it, and that the guide tells students' teachers the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.errors import SetupFailed
from app.hosting import catalog
from app.hosting.catalog import CatalogEntry
from app.settings import ROOT

if TYPE_CHECKING:
    from pathlib import Path

# The names in the course's notes, and a plugin of ours; a student types these.
NAMES = {
    "alpine:latest", "nginx:latest", "redis:latest", "haproxy:latest", "centos:latest",
    "jpetazzo/trainingwheels:latest", "elasticsearch:2", "toolbox:latest", "wire-plugin:latest",
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "web").mkdir()
    (tmp_path / "web/Dockerfile").write_text("FROM scratch\n")
    return tmp_path


def written(folder: Path, text: str) -> Path:
    path = folder / "catalog.toml"
    path.write_text(text)
    return path


def test_it_has_every_image_of_the_course() -> None:
    assert {entry.image for entry in catalog.read()} == NAMES


def test_an_entry_has_a_name_a_tag_a_source_and_maybe_something_it_stands_in_for(
    folder: Path,
) -> None:
    text = """
        [[image]]
        name = "some/web"
        tag = "2"
        folder = "web"
        stand_in = "a small page"
        [[image]]
        name = "web"
        hub = "web:1-alpine"
        folder = "web"
    """
    ours, real = catalog.read(written(folder, text))
    assert ours == CatalogEntry("some/web", "web", tag="2", stand_in="a small page")
    assert (ours.image, real.image) == ("some/web:2", "web:latest")


def test_the_source_is_docker_hub_only_where_it_answers() -> None:
    entry = CatalogEntry("web", "web", hub="web:1-alpine")
    assert entry.source("alpine") == "web:1-alpine"
    assert entry.source("debian") == "images/web"
    assert CatalogEntry("web", "web").source("alpine") == "images/web"


GOOD = '[[image]]\nname = "web"\nfolder = "web"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[image", "can't be read"),
        ("", "a list of [[image]] and nothing else"),
        ('image = "web"', "a list of [[image]] and nothing else"),
        (f'colour = "red"\n{GOOD}', "a list of [[image]] and nothing else"),
        ('image = ["web"]', "image 1 is no [[image]]"),
        (f"{GOOD}{GOOD}", "web:latest is there twice"),
        ('[[image]]\nfolder = "web"', "image 1 (without a name) has no name"),
        ('[[image]]\nname = "web"', "image 1 (web) has no folder"),
        (f'{GOOD}colour = "red"', "image 1 (web) has colour, which is none of name, folder"),
        (f"{GOOD}tag = 2", "tag of image 1 (web) has to be a text"),
        (f'{GOOD}stand_in = ""', "stand_in of image 1 (web) has to be a text, and not empty"),
        (f'{GOOD}tag = "a b"', "is called web:a b, which Docker does not take"),
        ('[[image]]\nname = "Web"\nfolder = "web"', "which Docker does not take for a name"),
        (f'{GOOD}hub = "web"', "no name:tag of Docker Hub: web"),
        (f'{GOOD}hub = "web:1"\nstand_in = "x"', "is a stand-in and has a hub"),
        ('[[image]]\nname = "web"\nfolder = "no"', "built in no, which has no Dockerfile"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(folder: Path, text: str, words: str) -> None:
    with pytest.raises(SetupFailed) as caught:
        catalog.read(written(folder, text))
    assert words in caught.value.message
    assert "catalog.toml" in caught.value.message


def test_a_catalog_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SetupFailed, match="can't be read"):
        catalog.read(tmp_path / "catalog.toml")


def test_the_instructors_guide_has_the_whole_catalog() -> None:
    rows = {
        f"| `{entry.image.removesuffix(':latest')}` "
        f"| {f'`{entry.hub}`' if entry.hub else ''} ".replace("|  ", "| ")
        + f"| `images/{entry.folder}` "
        f"| {f'stand-in: {entry.stand_in}' if entry.stand_in else 'real'} |"
        for entry in catalog.read()
    }
    guide = (ROOT / "docs" / "instructor.md").read_text(encoding="utf-8")
    assert {line for line in guide.splitlines() if "`images/" in line} == rows
