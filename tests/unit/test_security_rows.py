"""docs/security.md and the marks of the security tests name the same files for every row."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "engine" / "security"
ROWS = range(1, 28)


def rows_by_file() -> dict[str, set[int]]:
    """The rows that each file marks, whether on a test or on the whole file."""
    found: dict[str, set[int]] = {}
    for path in FOLDER.glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.row":
                numbers = {ast.literal_eval(argument) for argument in node.args}
                found.setdefault(path.name, set()).update(numbers)
    return found


def table() -> dict[int, set[str]]:
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    lines = re.findall(r"^\| (\d+) \|.*\| ([^|]*) \|$", text, re.MULTILINE)
    return {int(row): set(re.findall(r"`(test_\w+\.py)`", files)) for row, files in lines}


def test_the_table_has_every_row_once() -> None:
    assert list(table()) == list(ROWS)


@pytest.mark.parametrize("row", ROWS)
def test_a_row_is_tried_in_the_files_that_the_table_names(row: int) -> None:
    marked = {name for name, rows in rows_by_file().items() if row in rows}
    assert table()[row]
    assert marked == table()[row]


def test_no_mark_names_a_row_that_is_not_there() -> None:
    assert set().union(*rows_by_file().values()) == set(ROWS)
