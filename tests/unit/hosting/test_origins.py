"""What is taken from Debian's packages is written down; one with other bytes is refused."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from app.errors import SetupFailed
from app.hosting import origins

if TYPE_CHECKING:
    from pathlib import Path

COPYRIGHT = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
Copyright: 2001 Somebody
License: GPL-2+ or Artistic

Files: more/*
Copyright: 2002 Somebody
License: Expat
 Permission is hereby granted

Files: debian/*
Copyright: 2003 Packager
License: ISC

License: GPL-2+
 Text
"""


def package(folder: Path, name: str, files: dict[str, str], more: str = "") -> Path:
    """A real one."""
    root = folder / f"root-{name}"
    for path, text in {**files, f"usr/share/doc/{name}/copyright": COPYRIGHT}.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    (root / "DEBIAN").mkdir()
    (root / "DEBIAN" / "control").write_text(
        f"Package: {name}\nVersion: 1:2.0-1\nArchitecture: amd64\nMaintainer: A <a@localhost>\n"
        f"Description: of the tests\n{more}"
    )
    archive = folder / f"{name}_1%3a2.0-1_amd64.deb"
    subprocess.run(["dpkg-deb", "--build", root, archive], check=True, capture_output=True)
    return archive


def test_packages_of_which_something_was_taken_are_written_down(tmp_path: Path) -> None:
    using = "Static-Built-Using: golang (= 1.27-1), runc (= 1.4-1)\n"
    taken = package(tmp_path, "taken", {"usr/bin/tool": "tool"}, using)
    left = package(tmp_path, "left", {"usr/bin/other": "other"})
    tree, payload = tmp_path / "tree", tmp_path / "payload"
    for archive in (taken, left):
        subprocess.run(["dpkg-deb", "-x", archive, tree], check=True)
    (payload / "usr/bin").mkdir(parents=True)
    shutil.copy(tree / "usr/bin/tool", payload / "usr/bin/renamed")
    assert origins.record("catalog/x", [taken, left], [tree], payload) == ["taken 1:2.0-1"]
    (row,) = json.loads((payload / origins.FOLDER / "catalog-x.json").read_text())
    assert (row["name"], row["version"]) == ("taken", "1:2.0-1")
    assert row["built_using"] == ["golang 1.27-1", "runc 1.4-1"]
    texts = gzip.decompress((payload / origins.FOLDER / "catalog-x.licences.gz").read_bytes())
    assert COPYRIGHT in texts.decode()


def test_licences_are_those_of_what_ships() -> None:
    assert origins.licences(COPYRIGHT) == ("Expat", "GPL-2+ or Artistic")
    assert origins.licences("It was downloaded from somewhere.\nLicense: what we like\n") == ()


def test_a_tested_version_with_other_bytes_is_refused(tmp_path: Path) -> None:
    name, version = next(iter(origins.known()))
    archive = tmp_path / f"{name}_{version.replace(':', '%3a')}_amd64.deb"
    archive.write_bytes(b"other")
    with pytest.raises(SetupFailed, match=f"{name} .* is not the one that was tested"):
        origins.check(archive)
    origins.check(archive.rename(tmp_path / f"{name}_0.1_amd64.deb"))
