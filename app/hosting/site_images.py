"""Builds the images that docker-compose.yml runs: the app, the holder of shells, the bundle.

They are made like the others, by the same two ways. Their tag ``current`` is the one that the
compose file names.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tomllib
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from app.hosting.catalog import IMAGES
from app.hosting.commands import run
from app.hosting.images import (
    DIGEST_LENGTH,
    Images,
    Recipe,
    digest_of,
    ensure_built,
    reference_of,
)
from app.settings import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable

    import docker

    from app.hosting.report import Reporter

NAMES = ("python", "packages", "shells", "app", "bundle")
CURRENT = "current"
# What compose runs by that tag; "node" is the class engine.
RUN_BY_COMPOSE = ("node", "shells", "app", "bundle")
HOME = Path("opt/slipway")
BUNDLE = "bundle"
ARCHIVE = "images.tar"
MANIFEST = "images.json"
# What the app reads when it runs, and what the bundle's program does.
APP_PARTS = ("app", "content", "static", "templates")
BUNDLE_PARTS = ("app", "images/catalog.toml")
REQUIREMENTS = Path("requirements/runtime.txt")
HOLDER = Path("app/terminals/holder.py")
UNWANTED = shutil.ignore_patterns("__pycache__")
READ_BYTES = 1024 * 1024


def wanted(made: Images) -> dict[str, str]:
    """Every image by its short name, with the reference this version of the project builds."""
    python = reference_of("python", digest_of("python", made.base))
    pinned = _hash(ROOT, [str(REQUIREMENTS)])
    packages = reference_of("packages", digest_of("packages", python, pinned))
    code, holder = _hash(ROOT, APP_PARTS), _hash(ROOT, [str(HOLDER)])
    return {
        "python": python,
        "packages": packages,
        "shells": reference_of("shells", digest_of("shells", python, holder)),
        "app": reference_of("app", digest_of("app", packages, code)),
        "bundle": reference_of(
            "bundle", digest_of("bundle", packages, _hash(ROOT, BUNDLE_PARTS), *made.all)
        ),
    }


def ensure(host: docker.DockerClient, made: Images, reporter: Reporter) -> dict[str, str]:
    """Builds what is missing on top of ``made``, and gives all of it the tag ``current``."""
    references = wanted(made)
    parts = {
        "python": Recipe(references["python"], "python", made.base),
        "packages": Recipe(
            references["packages"],
            "packages",
            references["python"],
            fill=partial(_install_packages, made.way),
        ),
        "shells": Recipe(references["shells"], "shells", references["python"], fill=_copy_holder),
        "app": Recipe(
            references["app"], "app", references["packages"], fill=partial(_copy, APP_PARTS)
        ),
        "bundle": Recipe(
            references["bundle"],
            "bundle",
            references["packages"],
            fill=partial(_pack_bundle, host, made),
        ),
    }
    for name in NAMES:
        ensure_built(host, parts[name], made.way, reporter)
    for name in RUN_BY_COMPOSE:
        reference = made.node if name == "node" else references[name]
        host.images.get(reference).tag(f"slipway/{name}", CURRENT)
    return references


def _install_packages(way: str, payload: Path) -> None:
    """By the pip that runs here, for the Python that runs there."""
    fit = tomllib.loads((IMAGES / "packages/wheels.toml").read_text())[way]
    target = payload / HOME / "packages"
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    for_there = ["--only-binary=:all:", "--implementation=cp", f"--python-version={fit['python']}"]
    for_there += [f"--platform={name}" for name in fit["platforms"]]
    known = ["--require-hashes", "--no-deps", "--requirement", str(ROOT / REQUIREMENTS)]
    options = ["--no-compile", "--target", str(target), *for_there, *known]
    run([*pip, "install", *options], why="Fetching Python packages")
    shutil.rmtree(target / "bin", ignore_errors=True)


def _copy_holder(payload: Path) -> None:
    target = payload / "usr/lib/slipway" / HOLDER.name
    target.parent.mkdir(parents=True)
    shutil.copy(ROOT / HOLDER, target)


def _copy(parts: Iterable[str], payload: Path) -> None:
    for part in parts:
        source, target = ROOT / part, payload / HOME / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=UNWANTED)
        else:
            shutil.copy(source, target)


def _pack_bundle(host: docker.DockerClient, made: Images, payload: Path) -> None:
    """All images in one archive, in which the layers that they share are there once."""
    _copy(BUNDLE_PARTS, payload)
    folder = payload / BUNDLE
    folder.mkdir()
    ids = {reference: host.images.get(reference).id for reference in made.all}
    (folder / MANIFEST).write_text(json.dumps({"images": asdict(made), "ids": ids}, indent=2))
    # ImageGetAll, Engine API 1.25; the SDK's own call takes one image only.
    address = f"{host.api.base_url}/images/get"
    with (
        host.api.get(address, params={"names": list(ids)}, stream=True) as answer,
        (folder / ARCHIVE).open("wb") as archive,
    ):
        answer.raise_for_status()
        for chunk in answer.iter_content(READ_BYTES):
            archive.write(chunk)


def _hash(root: Path, parts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        start = root / part
        for path in sorted(start.rglob("*")) if start.is_dir() else [start]:
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(f"\0{path.relative_to(root)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:DIGEST_LENGTH]
