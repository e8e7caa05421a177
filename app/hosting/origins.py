"""Writes into a payload from which Debian packages it was taken, and the texts of their licences.

A package counts where a file of its has come into the payload, which the file's bytes tell. The
record stays in the image, in ``FOLDER``, under the name of the image's folder: an image that is
built on another has the records of both.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from app.errors import SetupFailed
from app.hosting.catalog import IMAGES
from app.hosting.commands import run

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

FOLDER = Path("usr/share/slipway/packages")
KNOWN = IMAGES / "packages.txt"
FIELDS = ("Package", "Version", "Architecture", "Static-Built-Using", "Built-Using")
BUILT_USING = re.compile(r"([a-z0-9][a-z0-9.+-]+) \(= ([^)]+)\)")
PLAIN_FILE = re.compile(r"^-\S+ \S+ +[1-9]\d* \S+ \S+ \./(.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Package:
    """One Debian package; ``built_using`` has the sources that are linked into its programs."""

    name: str
    version: str
    architecture: str
    sha256: str
    licences: tuple[str, ...]
    built_using: tuple[str, ...] = ()


@cache
def known() -> Mapping[tuple[str, str], str]:
    """By name and version the hashes of packages that were in the images when they were tested."""
    rows = (line.split(maxsplit=4) for line in KNOWN.read_text().splitlines())
    return {(row[1], row[2]): row[3] for row in rows if row and row[0] != "#"}


def check(archive: Path) -> None:
    """Raises ``SetupFailed`` for a package that was tested with other bytes."""
    name, version, *_ = unquote(archive.stem).split("_")
    expected = known().get((name, version))
    if expected and expected != _hash(archive):
        raise SetupFailed(
            f"Debian's package {name} {version} is not the one that was tested: its hash differs.",
            "Ask why, at whoever runs the archive's mirror; images/packages.txt has the hash.",
        )


def record(image: str, archives: Iterable[Path], trees: Sequence[Path], payload: Path) -> list[str]:
    """Writes the record of what is in ``payload``; ``trees`` are where packages were unpacked.

    The answer names the packages whose version was not tested.
    """
    taken = {_hash(path) for path in _files(payload)}
    packages, texts = [], {}
    for archive in archives:
        listed = run(["dpkg-deb", "--contents", archive], why=f"Reading {archive.name}")
        places = (tree / path for path in PLAIN_FILE.findall(listed) for tree in trees)
        if any(_hash(path) in taken for path in places if path.is_file()):
            package, text = _package(archive, trees)
            packages.append(package)
            texts[package.name] = text
    target = payload / FOLDER
    target.mkdir(parents=True, exist_ok=True)
    name = image.replace("/", "-")
    rows = json.dumps([asdict(package) for package in packages], indent=1)
    (target / f"{name}.json").write_text(rows)
    _pack(target / f"{name}.licences.gz", texts)
    return [
        f"{row.name} {row.version}" for row in packages if (row.name, row.version) not in known()
    ]


def _package(archive: Path, trees: Sequence[Path]) -> tuple[Package, str]:
    """What is known of it, and the text of its licences."""
    said = run(["dpkg-deb", "--field", archive, *FIELDS], why=f"Reading {archive.name}")
    fields = dict(re.findall(r"^([A-Z][A-Za-z-]+): (.*)$", said, re.MULTILINE))
    using = BUILT_USING.findall(f"{fields.get(FIELDS[3], '')}, {fields.get(FIELDS[4], '')}")
    text = _copyright(fields["Package"], trees)
    package = Package(
        name=fields["Package"],
        version=fields["Version"],
        architecture=fields["Architecture"],
        sha256=_hash(archive),
        licences=licences(text),
        built_using=tuple(f"{source} {version}" for source, version in sorted(set(using))),
    )
    return package, text


def licences(text: str) -> tuple[str, ...]:
    """The short names of licences in a package's copyright file; none where it tells in prose."""
    if not text.lstrip().startswith("Format"):
        return ()
    names: set[str] = set()
    for stanza in re.split(r"\n\s*\n", text):
        if re.search(r"^Files:(?!\s*debian/\*\s*$)", stanza, re.MULTILINE):
            names.update(re.findall(r"^License: *(\S.*?) *$", stanza, re.MULTILINE))
    return tuple(sorted(names))


def _copyright(name: str, trees: Sequence[Path]) -> str:
    """The file as Debian ships it, or that of the package to which the folder is a link."""
    for tree in trees:
        folder = tree / "usr/share/doc" / name
        shown = folder.readlink().name if folder.is_symlink() else name
        for other in trees:
            path = other / "usr/share/doc" / shown / "copyright"
            if path.is_file():
                return path.read_text(errors="replace")
    return ""


def _pack(path: Path, texts: Mapping[str, str]) -> None:
    """One text with all of them: ``zcat`` reads it, and equal texts take no room."""
    with gzip.GzipFile(path, "wb", mtime=0) as packed:
        for name, text in sorted(texts.items()):
            packed.write(f"==== {name} ====\n\n{text}\n".encode())


def _files(folder: Path) -> Iterable[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
