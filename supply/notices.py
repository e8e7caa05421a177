"""THIRD_PARTY.md: everything that ships and others made, with its licence."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from app.settings import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from supply.parts import Part

PAGE = ROOT / "THIRD_PARTY.md"
HEAD = """\
# Third-party parts: what Slipway ships that others made, and under which licences

Written by `make third-party`; a test holds it current. Slipway itself is under
[Apache-2.0](LICENSE). `make sbom` lists the same as CycloneDX, with hashes and with the libraries
that are linked into programs.
"""
APP = """
## The app

Python packages, unchanged, in the image `slipway/packages`. Each has its licence's text beside it,
in its `.dist-info` folder. The wheel of psycopg-binary carries libpq (PostgreSQL) and what that is
linked to: OpenSSL (Apache-2.0), Kerberos and libcom_err (MIT), OpenLDAP (OLDAP-2.8), Cyrus SASL
(BSD-4-Clause), libcrypt and libkeyutils (LGPL-2.1+).
"""
BROWSER = """
## In the browser

Exact copies in `static/vendor`, each with its licence's text.
"""
ALPINE = """
## Alpine, in every image

Of the wheel that way `debian` takes; [decision 6](docs/decisions/0006-two-ways-to-make-images.md)
tells of the ways. Way `alpine` takes the packages that `images/*/Dockerfile` name from Alpine's
archive; each image's `/lib/apk/db/installed` has the list with its licences, and `make sbom` reads
it.
"""
DEBIAN = """
## Programs and libraries in the images

Of way `debian`: files of Debian's packages, unchanged. The texts of the licences are in the images:
`zcat /usr/share/slipway/packages/*.licences.gz`. A licence is listed when any file of the package's
source is under it. Sources are in Debian's archive.
"""


def page(parts: Iterable[Part]) -> str:
    """The whole page."""
    kinds: dict[str, list[Part]] = defaultdict(list)
    for part in sorted(parts):
        kinds[part.kind].append(part)
    return "".join(
        [
            HEAD,
            APP,
            _table(kinds["pypi"]),
            BROWSER,
            _table(kinds["npm"]),
            ALPINE,
            _table(kinds["apk"]),
            DEBIAN,
            _of_images(kinds["deb"]),
        ]
    )


def _table(parts: Sequence[Part]) -> str:
    rows = [f"| {part.name} | {part.version} | {_said(part.known_licences)} |" for part in parts]
    return "\n".join(["", "| part | version | licence |", "|---|---|---|", *rows, ""])


def _of_images(parts: Sequence[Part]) -> str:
    """One row for a package and version, with all images that have it."""
    places: dict[tuple[str, str], list[str]] = defaultdict(list)
    licences: dict[tuple[str, str], set[str]] = defaultdict(set)
    for part in parts:
        places[part.name, part.version].append(part.place)
        licences[part.name, part.version].update(part.known_licences)
    rows = [
        f"| {name} | {version} | {_said(sorted(licences[name, version]))} | {', '.join(where)} |"
        for (name, version), where in sorted(places.items())
    ]
    head = ["", "| package | version | licences | in the images |", "|---|---|---|---|"]
    return "\n".join([*head, *rows, ""])


def _said(licences: Iterable[str]) -> str:
    return "; ".join(licences)
