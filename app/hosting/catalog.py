"""Reads images/catalog.toml: what students can pull, where it comes from, what stands in for it."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from app.errors import SetupFailed
from app.settings import ROOT

if TYPE_CHECKING:
    from pathlib import Path

IMAGES = ROOT / "images"
# What Docker takes for a name on Docker Hub, a tag, and a reference with both.
NAME = re.compile(r"[a-z0-9]+([._-][a-z0-9]+)*(/[a-z0-9]+([._-][a-z0-9]+)*)?")
TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """One image, under the name and tag that students type.

    ``hub`` is the image's reference on Docker Hub; ``folder`` what is built where there is none, or
    where Docker Hub does not answer. ``stand_in`` says in a sentence what an image is that is not
    the software it is named after.
    """

    name: str
    folder: str
    tag: str = "latest"
    hub: str = ""
    stand_in: str = ""

    @property
    def image(self) -> str:
        return f"{self.name}:{self.tag}"

    def source(self, way: str) -> str:
        """Where the image comes from: a reference on Docker Hub, or a folder of this project."""
        return self.hub if way == "alpine" and self.hub else f"images/{self.folder}"


def read(path: Path = IMAGES / "catalog.toml") -> tuple[CatalogEntry, ...]:
    """The whole catalog. Raises ``SetupFailed`` with a sentence about the first mistake."""
    try:
        table = tomllib.loads(path.read_text())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SetupFailed(f"The catalog {path.name} can't be read: {error}") from error
    rows = table.get("image")
    if set(table) != {"image"} or not isinstance(rows, list):
        raise _wrong(path, "it has to be a list of [[image]] and nothing else")
    entries: list[CatalogEntry] = []
    for number, row in enumerate(rows, 1):
        entry = _entry(path, number, row)
        if entry.image in (earlier.image for earlier in entries):
            raise _wrong(path, f"{entry.image} is there twice")
        entries.append(entry)
    return tuple(entries)


def _entry(path: Path, number: int, row: object) -> CatalogEntry:
    if not isinstance(row, dict):
        raise _wrong(path, f"image {number} is no [[image]]")
    who = f"image {number} ({row.get('name', 'without a name')})"
    _check_keys(path, who, row)
    entry = CatalogEntry(**row)
    repository, _, tag = entry.hub.partition(":")
    if not NAME.fullmatch(entry.name) or not TAG.fullmatch(entry.tag):
        raise _wrong(path, f"{who} is called {entry.image}, which Docker does not take for a name")
    if entry.hub and not (NAME.fullmatch(repository) and TAG.fullmatch(tag)):
        raise _wrong(path, f"hub of {who} is no name:tag of Docker Hub: {entry.hub}")
    if entry.hub and entry.stand_in:
        raise _wrong(path, f"{who} is a stand-in and has a hub; it can only be one or the other")
    if not (path.parent / entry.folder / "Dockerfile").is_file():
        raise _wrong(path, f"{who} is built in {entry.folder}, which has no Dockerfile")
    return entry


def _check_keys(path: Path, who: str, row: dict[str, object]) -> None:
    known = [field.name for field in fields(CatalogEntry)]
    for key, value in row.items():
        if key not in known:
            raise _wrong(path, f"{who} has {key}, which is none of {', '.join(known)}")
        if not isinstance(value, str) or not value:
            raise _wrong(path, f"{key} of {who} has to be a text, and not empty")
    for key in ("name", "folder"):
        if key not in row:
            raise _wrong(path, f"{who} has no {key}")


def _wrong(path: Path, what: str) -> SetupFailed:
    return SetupFailed(f"The catalog {path.name} is wrong: {what}.")
