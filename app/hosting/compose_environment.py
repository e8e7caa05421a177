"""Writes into .env what docker-compose.yml can't work out for itself: memory, and a password."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from app.hosting import class_engine
from app.instructor import BYTES

if TYPE_CHECKING:
    from pathlib import Path

    from app.hosting.report import Reporter
    from app.settings import Settings

MEMORY = "SLIPWAY_ENGINE_MEMORY"
PASSWORD = "SLIPWAY_INSTRUCTOR_PASSWORD"  # noqa: S105 - its name


def ensure(settings: Settings, path: Path, reporter: Reporter) -> None:
    """Adds what is missing; what an operator has written stays. A password is shown here only."""
    path.touch(mode=0o600)
    written = path.read_text()
    names = {line.partition("=")[0] for line in written.splitlines()}
    more = "" if not written or written.endswith("\n") else "\n"
    if MEMORY not in names:
        memory = class_engine.class_memory_bytes(settings)
        more += "# The class engine's memory in bytes: this machine's, less a reserve.\n"
        more += f"{MEMORY}={memory}\n"
        reporter.say(f"{MEMORY}={memory} written to {path.name}")
    if PASSWORD not in names:
        password = settings.instructor_password or secrets.token_urlsafe(BYTES)
        more += f"{PASSWORD}={password}\n"
        reporter.say(f"the instructor's password, written to {path.name}: {password}")
    with path.open("a") as file:
        file.write(more)
