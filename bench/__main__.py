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
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import uvloop
from rich.console import Console
from rich.table import Table

from app.settings import ROOT
from bench.sandbox import cold_starts, echoes, idle_memory

if TYPE_CHECKING:
    from bench.figures import Figure

OUTPUT = ROOT / "var" / "bench.json"


async def measure(starts: int, keystrokes: int) -> list[Figure]:
    return [
        *await cold_starts(starts),
        *await echoes(keystrokes),
        *await idle_memory(nodes=4),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--starts", type=int, default=20, help="cold starts to measure")
    parser.add_argument("--keystrokes", type=int, default=2000, help="echoes to measure, each way")
    options = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        figures = runner.run(measure(options.starts, options.keystrokes))
    table = Table("figure", "n", "median", "p95", "range", "goal", "met")
    for figure in figures:
        table.add_row(*figure.row())
    Console(width=120).print(table)
    OUTPUT.parent.mkdir(exist_ok=True)
    machine = f"{platform.system()} {platform.release()}, {os.cpu_count()} processors"
    report = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine,
        "figures": [figure.as_json() for figure in figures],
    }
    OUTPUT.write_text(json.dumps(report, indent=2) + "\n")
    print(f"{machine}; written to {OUTPUT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
