"""``slipway password``: makes the instructor's password and shows it, once."""

from __future__ import annotations

from app import instructor
from app.cli.console import app, out, read_settings
from app.errors import SetupFailed


@app.command("password")
def password() -> None:
    """Make a new instructor's password and show it; the one before no longer counts."""
    settings = read_settings()
    if settings.instructor_password:
        raise SetupFailed(
            "SLIPWAY_INSTRUCTOR_PASSWORD is set, and counts instead.",
            "Change it there, or remove it first.",
        )
    out.print(instructor.make(settings))
