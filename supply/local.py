"""Reads the parts that a checkout tells by itself: Python packages, files for the browser."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from importlib import metadata
from typing import TYPE_CHECKING, cast

from app.settings import ROOT
from supply.parts import Part

if TYPE_CHECKING:
    from email.message import Message

PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+) \\\n((?:    --hash=\S+(?: \\)?\n)+)", re.MULTILINE)
VENDORED = re.compile(r"^\| `[a-z0-9-]+/` \| (\S+) \| (\S+) \| (\S+) \|", re.MULTILINE)
OSI = "License :: OSI Approved :: "
# The names of Python's classifiers, in the words that the rest of the world has for them.
CLASSIFIED = {
    "Apache Software License": "Apache-2.0",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}


def python() -> list[Part]:
    """What the app runs on, as pinned; licences as the installed packages tell them."""
    text = (ROOT / "requirements/runtime.txt").read_text()
    return [
        Part(
            "app",
            "pypi",
            name,
            version,
            _licence(name),
            tuple(f"sha256:{hash_}" for hash_ in re.findall(r"[0-9a-f]{64}", hashes)),
        )
        for name, version, hashes in PIN.findall(text)
    ]


def browser() -> list[Part]:
    """What lies in static/vendor."""
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    rows = VENDORED.findall((ROOT / "static/vendor/README.md").read_text())
    return [
        Part("browser", "npm", name, version, (licence,), (_sri(locked, name),))
        for name, version, licence in rows
    ]


def _licence(name: str) -> tuple[str, ...]:
    about = cast("Message", metadata.metadata(name))
    if expression := about.get("License-Expression"):
        return (expression,)
    classified = [row for row in about.get_all("Classifier") or [] if row.startswith(OSI)]
    names = tuple(CLASSIFIED.get(row.removeprefix(OSI), "") for row in classified)
    if names and all(names):
        return names
    said = about.get("License", "").splitlines()[:1]
    return tuple(said or (row.removeprefix(OSI) for row in classified))


def _sri(locked: dict[str, dict[str, str]], name: str) -> str:
    algorithm, _, value = locked[f"node_modules/{name}"]["integrity"].partition("-")
    return f"{algorithm}:{b64decode(value).hex()}"
