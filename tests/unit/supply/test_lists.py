"""What others made is listed with its licence, and the lists are those of today."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace

import pytest

from app.hosting import origins
from app.hosting.catalog import IMAGES
from supply import local, notices, recorded, sbom
from supply.parts import Part

PARTS = [*local.python(), *local.browser(), *recorded.read()]


def test_the_page_of_licences_is_current() -> None:
    assert notices.PAGE.read_text() == notices.page(PARTS), "run: make third-party"


def test_every_part_has_a_licence() -> None:
    assert [part.name for part in PARTS if not part.known_licences] == []


def test_every_part_is_known_by_a_hash() -> None:
    assert [part.name for part in PARTS if not part.checksums] == []


def test_every_image_that_takes_from_debian_is_in_the_record() -> None:
    folders = {path.parent for path in IMAGES.rglob("debian.toml")}
    found = {part.place for part in recorded.read() if part.kind == "deb"}
    assert found == {str(folder.relative_to(IMAGES)) for folder in folders}


def test_what_a_recorded_image_takes_was_asked_for() -> None:
    """A program that debian.toml no longer names leaves the record with it."""
    for path in IMAGES.rglob("debian.toml"):
        place = str(path.parent.relative_to(IMAGES))
        named = set(tomllib.loads(path.read_text())["packages"])
        has = {part.name for part in recorded.read() if part.place == place}
        assert has & named


def test_the_record_reads_as_it_was_written() -> None:
    lines = origins.KNOWN.read_text()
    assert recorded.text(recorded.read()) == lines


def test_the_document_has_every_part_and_fits_the_schema() -> None:
    linked = replace(PARTS[0], place="node", built_using=("golang 1.27.1-2", "runc 1.4.0-1"))
    document = json.loads(sbom.document([*PARTS, linked]))
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    assert document["metadata"]["component"]["name"] == "slipway"
    urls = {row.get("purl") for row in document["components"]}
    assert {str(part.url) for part in PARTS} <= urls
    assert "pkg:deb/debian/golang@1.27.1-2?arch=source" in urls
    needs = {row["ref"]: row.get("dependsOn", []) for row in document["dependencies"]}
    assert "pkg:deb/debian/runc@1.4.0-1?arch=source" in needs[f"node:{linked.url}"]
    assert f"node:{linked.url}" in needs["place:node"]


@pytest.mark.parametrize(
    ("part", "url"),
    [
        (Part("app", "pypi", "typing-extensions", "4.1"), "pkg:pypi/typing-extensions@4.1"),
        (Part("browser", "npm", "@xterm/xterm", "6.0.0"), "pkg:npm/%40xterm/xterm@6.0.0"),
        (Part("node", "deb", "jq", "1.8-1"), "pkg:deb/debian/jq@1.8-1"),
        (Part("base", "apk", "musl", "1.2.5-r21"), "pkg:apk/alpine/musl@1.2.5-r21"),
    ],
)
def test_parts_are_named_as_everybody_names_them(part: Part, url: str) -> None:
    assert str(part.url) == url
