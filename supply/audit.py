"""Asks who may know of flaws in the parts, and says as clearly who could not be asked."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli.console import out
from app.errors import SlipwayError
from app.hosting import debian
from app.hosting.catalog import IMAGES
from app.hosting.commands import run
from app.settings import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from supply.parts import Part

PIP_AUDIT = "pip-audit==2.10.1"
TOOLS = ROOT / "var" / "tools" / "audit"
TIMEOUT_S = 300
FLAWED, SILENT = 1, 3


@dataclass(frozen=True, slots=True)
class Answer:
    """Of one that was asked. ``unasked`` says why not, or not about everything."""

    of: str
    flaws: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    unasked: str = ""


def ask_all(recorded: Sequence[Part]) -> list[Answer]:
    """Each in its turn; one that fails does not keep the others from being asked."""
    return [
        _asked("Python's advisories (pip-audit)", _ask_python),
        _asked("npm's advisories (npm audit)", _ask_npm),
        _asked("Debian's archive (newer versions)", lambda: newer(recorded)),
    ]


def report(answers: Iterable[Answer]) -> int:
    """Prints all of it; 1 with a known flaw, else 3 where somebody could not be asked, else 0."""
    flawed = silent = False
    for answer in answers:
        flawed, silent = flawed or bool(answer.flaws), silent or bool(answer.unasked)
        said = "flaws are known" if answer.flaws else "nothing known"
        if answer.unasked:
            said = f"NOT ASKED: {answer.unasked}"
        out.print(f"{answer.of}: {said}", markup=False, soft_wrap=True)
        for line in (*answer.flaws, *answer.notes):
            out.print(f"  {line}", markup=False, soft_wrap=True)
    return FLAWED if flawed else SILENT if silent else 0


def read_pip_audit(said: str) -> Answer:
    """Its JSON; a package that its source did not know was not asked about."""
    rows = json.loads(said)["dependencies"]
    flaws = tuple(
        f"{row['name']} {row['version']}: {flaw['id']}, mended in "
        f"{', '.join(flaw['fix_versions']) or 'no version'}"
        for row in rows
        for flaw in row.get("vulns", ())
    )
    skipped = [row for row in rows if "skip_reason" in row]
    why = f"of {len(skipped)} of {len(rows)} packages nobody answered" if skipped else ""
    return Answer("", flaws, (), why)


def read_npm_audit(said: str) -> Answer:
    """Its JSON, which has the flaws, or why there was no answer."""
    found: dict[str, Any] = json.loads(said)
    if "vulnerabilities" not in found:
        return Answer("", unasked=str(found.get("message") or found.get("error") or "no answer"))
    flaws = tuple(f"{name}: {row['severity']}" for name, row in found["vulnerabilities"].items())
    return Answer("", flaws)


def newer(recorded: Sequence[Part]) -> Answer:
    """Which packages the archive has in another version than the images that were tested.

    A newer version is how Debian mends flaws, and most are not for a flaw: a note, not a finding.
    """
    wanted: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for part in recorded:
        if part.kind == "deb":
            suite = tomllib.loads((IMAGES / part.place / "debian.toml").read_text())["suite"]
            wanted[suite].add((part.name, part.version))
    notes = []
    for suite, packages in sorted(wanted.items()):
        has = _versions(suite, sorted({name for name, _ in packages}))
        notes += [
            f"{name} {version} in our images, {has[name]} in {suite}"
            for name, version in sorted(packages)
            if has.get(name, version) != version
        ]
    return Answer("", notes=tuple(notes))


def _versions(suite: str, packages: Sequence[str]) -> dict[str, str]:
    with tempfile.TemporaryDirectory(prefix="slipway-audit-") as scratch:
        environment = debian.private_apt(Path(scratch), suite)
        why = f"Asking for Debian's packages of {suite}"
        show = ["apt-cache", "show", "--no-all-versions", *packages]
        said = run(show, why=why, environment=environment)
    return dict(re.findall(r"^Package: (\S+)\n(?:.+\n)*?Version: (\S+)$", said, re.MULTILINE))


def _ask_python() -> Answer:
    if not (TOOLS / "bin" / "pip-audit").exists():
        run([sys.executable, "-m", "venv", TOOLS], why="Making a place for pip-audit")
        pip = TOOLS / "bin" / "pip"
        run([pip, "install", "--quiet", PIP_AUDIT], why="Fetching pip-audit")
    requirements = ROOT / "requirements" / "development.txt"
    options = ["--disable-pip", "--progress-spinner=off", "--format=json", "--requirement"]
    return read_pip_audit(_said([str(TOOLS / "bin" / "pip-audit"), *options, str(requirements)]))


def _ask_npm() -> Answer:
    return read_npm_audit(_said(["npm", "audit", "--package-lock-only", "--json"]))


def _said(words: Sequence[str]) -> str:
    """Standard output, whatever the exit status: 1 means flaws to both programs."""
    done = subprocess.run(
        words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=TIMEOUT_S,
        env={**os.environ, "NO_COLOR": "1"},
    )  # fmt: skip
    if not done.stdout.strip():
        raise SlipwayError((done.stderr.strip().splitlines() or ["no answer"])[-1])
    return done.stdout


def _asked(whom: str, ask: Callable[[], Answer]) -> Answer:
    try:
        answer = ask()
    except (SlipwayError, OSError, ValueError, subprocess.TimeoutExpired) as error:
        return Answer(whom, unasked=" ".join(str(error).split()))
    return Answer(whom, answer.flaws, answer.notes, answer.unasked)
