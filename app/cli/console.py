"""What all verbs share: the command itself, what it prints on, and how it reads the settings."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import pydantic
import typer
from rich.console import Console

from app.settings import Settings

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]

app = typer.Typer(
    help="Slipway: an interactive course on Docker networking.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def read_settings() -> Settings:
    """Whatever is wrong with them is said at once, and ends the command."""
    try:
        return Settings()
    except pydantic.ValidationError as error:
        for problem in error.errors(include_input=False):
            name = f"SLIPWAY_{str(problem['loc'][0]).upper()}"
            why = problem["msg"].removeprefix("Value error, ")
            err.print(f"slipway: {name}: {why}", markup=False, soft_wrap=True)
        sys.exit(2)


def print_row(row: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        out.print_json(json.dumps(row))
        return
    for name, value in row.items():
        out.print(f"{name}: {value}", soft_wrap=True)
