"""The lesson that the author's guide shows."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "authoring.md").read_text(encoding="utf-8")


def guides_example() -> str:
    examples = re.findall(r"^`````markdown\n(---\n.*?)^`````$", GUIDE, re.MULTILINE | re.DOTALL)
    assert len(examples) == 1
    return str(examples[0])
