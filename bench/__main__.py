"""Runs every measurement, prints the figures beside their goals, and writes var/bench.json.

Run it with ``make bench``. A goal that is missed is printed as such and is no failure: figures
depend on the machine, so they are looked at and not asserted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import uvloop
from rich.console import Console
from rich.table import Table

from app.settings import ROOT
from bench.catalog import first_runs
from bench.class_size import HEADINGS, beside_plain, class_sizes, figures
from bench.page import page_starts
from bench.pages import page_costs
from bench.picture import pictures
from bench.preview import previews
from bench.rush import rush, warm_starts
from bench.sandbox import cold_starts
from bench.terminal import terminals

if TYPE_CHECKING:
    from bench.class_size import ClassOf
    from bench.figures import Figure

OUTPUT = ROOT / "var" / "bench.json"


SIZES = (1, 10, 50, 100, 300, 500)
QUICK_SIZE = 50
PEERS = 4
RUSH = 30
FIRST_RUNS = 3
PARTS = ("start", "catalog", "page", "picture", "preview", "terminal", "memory", "class")


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that one run found."""

    figures: list[Figure]
    classes: list[ClassOf]
    left_out: str


async def measure(options: argparse.Namespace) -> Report:
    found: list[Figure] = []
    classes: list[ClassOf] = []
    left_out = ""
    if "start" in options.parts:
        found += await warm_starts(options.starts)
        found += await cold_starts(options.starts)
        found += await rush(RUSH)
    if "catalog" in options.parts:
        found += await first_runs(FIRST_RUNS)
    if "page" in options.parts:
        found += await page_costs()
        found += await page_starts(options.starts)
    if "picture" in options.parts:
        found += await pictures(options.starts)
    if "preview" in options.parts:
        found += await previews()
    if "terminal" in options.parts:
        found += await terminals(quick=options.quick)
    if "memory" in options.parts:
        found += await beside_plain(PEERS)
    if "class" in options.parts:
        sizes = [size for size in options.class_sizes if size <= QUICK_SIZE or not options.quick]
        classes, left_out = await class_sizes(sizes)
    if classes:
        found += figures(classes[-1])
    return Report(found, classes, left_out)


def show(report: Report) -> None:
    table = Table("figure", "n", "median", "p95", "range", "goal", "met")
    for figure in report.figures:
        table.add_row(*figure.row())
    console = Console(width=120)
    console.print(table)
    if report.classes:
        curve = Table(*HEADINGS)
        for row in report.classes:
            curve.add_row(*row.row())
        console.print(curve)
        last = report.classes[-1]
        console.print(f"After {last.size} idle nodes, what runs out next: {last.next_bound}")
    if report.left_out:
        console.print(report.left_out)


def write(report: Report) -> None:
    OUTPUT.parent.mkdir(exist_ok=True)
    machine = f"{platform.system()} {platform.release()}, {os.cpu_count()} processors"
    rows = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine,
        "figures": [figure.as_json() for figure in report.figures],
        "classes": [row.as_json() for row in report.classes],
        "left_out": report.left_out,
    }
    OUTPUT.write_text(json.dumps(rows, indent=2) + "\n")
    print(f"{machine}; written to {OUTPUT.relative_to(ROOT)}")


def numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--starts", type=int, default=20, help="cold starts to measure")
    parser.add_argument("--class-sizes", type=numbers, default=SIZES, help="such as 1,10,50")
    parser.add_argument(
        "--quick", action="store_true", help=f"classes up to {QUICK_SIZE}, few repeats"
    )
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="what to measure")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        report = runner.run(measure(parser.parse_args()))
    show(report)
    write(report)


if __name__ == "__main__":
    main()
