"""Writes the table for the size of a machine in docs/operations.md, from `make bench`'s figures."""

from __future__ import annotations

import json
import statistics
import sys
from typing import TYPE_CHECKING, Any

from app.settings import ROOT, Settings
from bench.__main__ import OUTPUT
from bench.figures import Figure

if TYPE_CHECKING:
    from pathlib import Path

GUIDE = ROOT / "docs" / "operations.md"
START, END = "<!-- sizes: written by 'make sizes' -->\n", "<!-- end of sizes -->\n"
HEAD = """\
| students | memory the site wants | held when idle | disk the site wants | all ready after | `docker ps` by all at once, p95 |
|---|---|---|---|---|---|
"""  # noqa: E501 - a row of Markdown
MB_PER_GB = 1000
MB_PER_GIB = 1024


def sized(guide: str, found: dict[str, Any], settings: Settings) -> str:
    """The guide with a row for each size of class that was measured."""
    before, _, rest = guide.partition(START)
    _, _, after = rest.partition(END)
    measured = f"\nMeasured on {found['machine']}, {found['at'][:10]}.\n"
    rows = "".join(row(size, settings) for size in found["classes"])
    return f"{before}{START}{HEAD}{rows}{measured}{END}{after}"


def row(found: dict[str, Any], settings: Settings) -> str:
    """What the settings ask for beside what was measured."""
    size = found["size"]
    memory = size * settings.sandbox_memory_mb + settings.memory_reserve_mb
    disk = size * settings.sandbox_disk_mb + settings.disk_reserve_mb
    held = size * found["engine_mb_per_node"]
    answers = Figure("", "s", found["answers_s"])
    return (
        f"| {size} | {memory / MB_PER_GIB:.1f} GiB | {held / MB_PER_GB:.1f} GB, "
        f"{statistics.fmean(found['processor_percent']) * size:.0f} % of a core | "
        f"{disk / MB_PER_GIB:.1f} GiB | {found['ready_s']:.0f} s | {answers.p95:.1f} s |\n"
    )


def main(figures: Path = OUTPUT, guide: Path = GUIDE) -> None:
    if not figures.exists():
        sys.exit(f"There is no {figures}: run 'make bench' first.")
    found = json.loads(figures.read_text())
    if not found["classes"]:
        sys.exit(f"{figures} has no sizes of classes: run 'make bench' with all its parts.")
    guide.write_text(sized(guide.read_text(), found, Settings()))


if __name__ == "__main__":
    main()
