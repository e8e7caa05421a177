"""``slipway lessons``: what is wrong with the lessons."""

from __future__ import annotations

import json
import sys

import typer

from app.cli.console import AsJson, app, err, out, read_settings
from app.lessons.load import find_problems

lessons_app = typer.Typer(help="The lessons.", no_args_is_help=True)
app.add_typer(lessons_app, name="lessons")


@lessons_app.command("check")
def lessons_check(as_json: AsJson = False) -> None:
    """Report everything that is wrong with the lessons, as file:line; 1 if there is anything."""
    findings = find_problems(read_settings().content_dir)
    if as_json:
        rows = [{"path": f.path, "line": f.line, "message": f.message} for f in findings]
        out.print_json(json.dumps(rows))
    else:
        for finding in findings:
            sys.stdout.write(f"{finding}\n")
        err.print(f"{len(findings)} findings" if findings else "The lessons are fine.")
    sys.exit(1 if findings else 0)
