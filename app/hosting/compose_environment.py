"""Writes what docker-compose.yml can't work out for itself into .env: the class engine's memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.hosting import class_engine

if TYPE_CHECKING:
    from pathlib import Path

    from app.hosting.report import Reporter
    from app.settings import Settings

MEMORY = "SLIPWAY_ENGINE_MEMORY"


def ensure(settings: Settings, path: Path, reporter: Reporter) -> None:
    """Adds what is missing; what an operator has written stays."""
    written = path.read_text() if path.exists() else ""
    if any(line.startswith(f"{MEMORY}=") for line in written.splitlines()):
        return
    memory = class_engine.class_memory_bytes(settings)
    with path.open("a") as file:
        if written and not written.endswith("\n"):
            file.write("\n")
        file.write(
            f"# The class engine's memory in bytes: this machine's, less a reserve.\n"
            f"{MEMORY}={memory}\n"
        )
    reporter.say(f"{MEMORY}={memory} written to {path}")
