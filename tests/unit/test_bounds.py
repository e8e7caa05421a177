"""The table of bounds in docs/design.md tells what the code holds to."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MIB = 1024 * 1024
NUMBERED = re.compile(r"`([A-Z][A-Z_]*[A-Z])` ([\d,.]*\d)( MiB)?")
FOLDER_OR_FILE = re.compile(r"[a-z_-]+(?:/[a-z_-]+)*(?:\.(?:py|js))?")


def rows() -> list[tuple[str, float, str]]:
    """Each constant that the table gives a number, and the files that the row names."""
    text = (ROOT / "docs" / "design.md").read_text(encoding="utf-8").partition("## Bounds")[2]
    found = []
    for line in text.partition("\n## ")[0].splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        for name, number, mib in NUMBERED.findall(line):
            value = float(number.replace(",", "")) * (MIB if mib else 1)
            found.append((name, value, cells[-1]))
    return found


ROWS = rows()


def paths(files: str) -> list[Path]:
    """Those that a row names; all of a room where it names that."""
    named = [
        ROOT / ("" if file.startswith("static/") else "app") / file
        for file in FOLDER_OR_FILE.findall(files)
    ]
    return [
        path
        for place in named
        for path in (sorted(place.glob("*.py")) if place.is_dir() else [place])
    ]


def constants(path: Path) -> dict[str, float]:
    """Those of a module that are made of numbers only."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".js":
        pairs = re.findall(r"^(?:export )?const ([A-Z_]+) = ([\d_ *]+);", text, re.MULTILINE)
    else:
        pairs = re.findall(r"^([A-Z_]+) = ([\d_. *<]+)(?:  #.*)?$", text, re.MULTILINE)
    return {name: float(value_of(ast.parse(text, mode="eval").body)) for name, text in pairs}


def value_of(tree: ast.expr) -> float:
    if isinstance(tree, ast.Constant) and isinstance(tree.value, int | float):
        return tree.value
    assert isinstance(tree, ast.BinOp), ast.dump(tree)
    left, right = value_of(tree.left), value_of(tree.right)
    if isinstance(tree.op, ast.LShift):
        return int(left) << int(right)
    if isinstance(tree.op, ast.Pow):
        return float(left**right)
    assert isinstance(tree.op, ast.Mult), ast.dump(tree)
    return left * right


def test_the_table_is_read() -> None:
    assert len(ROWS) > 40


@pytest.mark.parametrize(("name", "value", "files"), ROWS, ids=[row[0] for row in ROWS])
def test_a_bound_is_what_the_table_says(name: str, value: float, files: str) -> None:
    found: dict[str, float] = {}
    for path in paths(files):
        found |= constants(path)
    assert found.get(name) == value
