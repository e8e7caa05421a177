"""images/packages.txt: what was in the images when they were tested, a line for each package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.hosting.origins import KNOWN
from supply.parts import Part

if TYPE_CHECKING:
    from collections.abc import Iterable

HEAD = """\
# What was in the images (way debian) when they were tested; written by 'make third-party'.
# image, package, version, hash of the package, licences; those of Alpine's packages are SHA-1.
"""


def read() -> list[Part]:
    """All of them."""
    parts = []
    for line in KNOWN.read_text().splitlines():
        if not line.startswith("#"):
            place, name, version, checksum, said = (*line.split(maxsplit=4), "")[:5]
            kind, algorithm = ("deb", "sha256") if len(checksum) == 64 else ("apk", "sha1")  # noqa: PLR2004 - hexadecimal digits of SHA-256
            licences = tuple(said.split("; ")) if said else ()
            parts.append(Part(place, kind, name, version, licences, (f"{algorithm}:{checksum}",)))
    return parts


def text(parts: Iterable[Part]) -> str:
    """The record of these, to be written to ``KNOWN``."""
    lines = [
        f"{part.place} {part.name} {part.version} {part.checksums[0].partition(':')[2]} "
        f"{'; '.join(part.licences)}".rstrip()
        for part in sorted(parts)
    ]
    return HEAD + "\n".join(lines) + "\n"
