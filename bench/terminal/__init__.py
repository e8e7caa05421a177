"""Terminals beside their peers: the same node, the same run, by turns."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from bench.terminal.echo import echoes
from bench.terminal.flood import bulks, interrupts, stalls
from bench.terminal.glyphs import keystrokes
from bench.terminal.holding import cuts, idle_memory
from bench.terminal.ways import the_ways

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bench.figures import Figure

REPEATS, QUICK_REPEATS = 5, 2
KEYS, QUICK_KEYS = 400, 100
CUTS, QUICK_CUTS = 100, 20
STROKES, QUICK_STROKES = 60, 30


async def terminals(*, quick: bool) -> list[Figure]:
    repeats = QUICK_REPEATS if quick else REPEATS
    found: list[Figure] = []
    async with the_ways() as ways:
        parts: dict[str, Callable[[], Awaitable[list[Figure]]]] = {
            # First, while the servers have nothing to use again.
            "memory": lambda: idle_memory(ways, repeats),
            "echo": lambda: echoes(ways, repeats, QUICK_KEYS if quick else KEYS),
            # Before the floods, after which a machine is not quiet for a while.
            "glyphs": lambda: keystrokes(ways, repeats, QUICK_STROKES if quick else STROKES),
            "bulk": lambda: bulks(ways, repeats),
            "interrupts": lambda: interrupts(ways, repeats),
            "stalls": lambda: stalls(ways, repeats),
            "cuts": lambda: cuts(ways, QUICK_CUTS if quick else CUTS),
        }
        for name, part in parts.items():
            load = os.getloadavg()[0]
            found += await part()
            print(f"terminal, {name}: measured at a load of {load:.1f} to {os.getloadavg()[0]:.1f}")
    return found
