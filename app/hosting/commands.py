"""Runs the machine's own programs (apt-get, dpkg-deb) and words their failures."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from app.errors import SetupFailed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

COMMAND_TIMEOUT_S = 900
QUOTED_LINES = 5


def apt_install(*packages: str) -> None:
    """Installs Debian packages without what they only recommend."""
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    why = f"Installing {packages[0]}"
    run(["apt-get", "update"], why=why, environment=quiet)
    run(
        ["apt-get", "install", "--yes", "--no-install-recommends", *packages],
        why=why,
        environment=quiet,
    )


def run(
    arguments: Sequence[str | Path],
    *,
    why: str,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> str:
    """The program's standard output.

    Raises ``SetupFailed`` with ``why`` and the last lines of what it complained about.
    """
    words = [str(argument) for argument in arguments]
    try:
        done = subprocess.run(
            words,
            cwd=cwd,
            env={**os.environ, **(environment or {})},
            capture_output=True,
            text=True,
            errors="replace",
            timeout=COMMAND_TIMEOUT_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except FileNotFoundError as error:
        raise SetupFailed(f"{why} needs the program {words[0]}, which is not installed.") from error
    except subprocess.TimeoutExpired as error:
        raise SetupFailed(
            f"{why} took longer than {COMMAND_TIMEOUT_S} s ({words[0]} was stopped).",
            "Look at the network connection and try again.",
        ) from error
    if done.returncode:
        said = "\n".join((done.stderr or done.stdout).strip().splitlines()[-QUOTED_LINES:])
        raise SetupFailed(f"{why} failed: {words[0]} ended with status {done.returncode}.", said)
    return done.stdout
