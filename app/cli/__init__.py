"""The command ``slipway``. Exit status: 0 fine, 1 a finding or a failure, 2 used wrongly."""

from __future__ import annotations

import errno
import sys
from typing import TYPE_CHECKING, NoReturn

from rich.markup import escape

from app import __version__
from app.cli import backup, drain, expect, lessons, machine, password, preflight, serving, sweep
from app.cli.console import app, err, out
from app.errors import BadRequest, SlipwayError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "app",
    "backup",
    "drain",
    "expect",
    "lessons",
    "machine",
    "main",
    "password",
    "preflight",
    "serving",
    "sweep",
]


@app.command("version")
def version() -> None:
    """Print the version."""
    out.print(__version__)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Errors of ours become a sentence and an exit status; a traceback is a bug."""
    try:
        app(args=arguments)
    except SlipwayError as error:
        err.print(f"[bold red]slipway:[/] {escape(error.message)}", markup=True, soft_wrap=True)
        if error.hint:
            err.print(error.hint, markup=False, soft_wrap=True)
        if isinstance(error, BadRequest):
            sys.exit(2)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EACCES, errno.EPERM, errno.EROFS):
            raise
        where = f" ({error.filename})" if error.filename else ""
        err.print(f"slipway: {error.strerror}{where}.", markup=False, soft_wrap=True)
    sys.exit(1)
