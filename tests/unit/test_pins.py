"""Whatever is fetched is fetched by version and hash, and no file says from which registry."""

from __future__ import annotations

import json
import re
import tomllib
from functools import cache

import pytest

from app.settings import ROOT

PIN = re.compile(
    r"^([A-Za-z0-9._-]+)==(\S+) \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE
)


def normal(name: str) -> str:
    """As Python's indexes compare names."""
    return re.sub(r"[-_.]+", "-", name).lower()


def versions(text: str) -> dict[str, str]:
    found = re.findall(r"^\s*\"?([A-Za-z0-9._-]+)(?:\[[a-z-]+\])?==([^\s\",]+)", text, re.MULTILINE)
    return {normal(name): version for name, version in found}


@cache
def pinned(name: str) -> dict[str, tuple[str, frozenset[str]]]:
    """Of every package its version and the hashes of its files."""
    text = (ROOT / "requirements" / name).read_text()
    found = {
        package: (version, frozenset(re.findall(r"[0-9a-f]{64}", hashes)))
        for package, version, hashes in PIN.findall(text)
    }
    assert len(found) == text.count("=="), "run: make pin"
    return found


def test_the_constraints_and_the_hashes_are_of_the_same_packages() -> None:
    constraints = versions((ROOT / "constraints.txt").read_text())
    hashed = {name: version for name, (version, _) in pinned("development.txt").items()}
    assert hashed == constraints, "complete constraints.txt, and run: make pin"


def test_what_pyproject_names_is_pinned_so() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    hashed = {name: version for name, (version, _) in pinned("development.txt").items()}
    named = versions("\n".join(wanted))
    assert len(named) == len(wanted)
    assert {name: hashed[name] for name in named} == named


def test_tests_run_on_what_the_app_runs_on() -> None:
    assert pinned("runtime.txt").items() <= pinned("development.txt").items()


def test_alpines_wheel_is_known_by_its_hash() -> None:
    table = tomllib.loads((ROOT / "images" / "base" / "wheel.toml").read_text())
    assert re.fullmatch(r"[a-z-]+==[0-9.]+", table["requirement"])
    assert re.fullmatch(r"[0-9a-f]{64}", table["sha256"])


def test_what_the_browser_gets_is_known_by_its_hash() -> None:
    wanted = json.loads((ROOT / "package.json").read_text())["devDependencies"]
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    del packages[""]
    assert all(row["integrity"].startswith("sha512-") for row in packages.values())
    found = {name.removeprefix("node_modules/"): row["version"] for name, row in packages.items()}
    assert found == wanted
    vendored = (ROOT / "static" / "vendor" / "README.md").read_text()
    rows = re.findall(r"^\| `[a-z0-9-]+/` \| (\S+) \| (\S+) \|", vendored, re.MULTILINE)
    assert rows
    assert {name: found[name] for name, _ in rows} == dict(rows), "run: make vendor"


@pytest.mark.parametrize(
    "name",
    ["constraints.txt", "requirements/runtime.txt", "requirements/development.txt", "package.json",
     "package-lock.json", "pyproject.toml", "scripts/pin", "scripts/venv", "scripts/vendor"],
)  # fmt: skip
def test_no_file_names_a_registry(name: str) -> None:
    assert not re.search(r"https?://|--(extra-)?index-url|\"resolved\"", (ROOT / name).read_text())
