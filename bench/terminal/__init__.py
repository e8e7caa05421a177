"""Terminals beside their peers: the same node, the same run, by turns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.terminal.echo import echoes
from bench.terminal.flood import bulks, interrupts, stalls
from bench.terminal.glyphs import keystrokes
from bench.terminal.holding import cuts, idle_memory
from bench.terminal.ways import the_ways

if TYPE_CHECKING:
    from bench.figures import Figure

REPEATS, QUICK_REPEATS = 5, 2
KEYS, QUICK_KEYS = 400, 100
CUTS, QUICK_CUTS = 100, 20
STROKES, QUICK_STROKES = 60, 30


async def terminals(*, quick: bool) -> list[Figure]:
    repeats = QUICK_REPEATS if quick else REPEATS
    async with the_ways() as ways:
        return [
            # First, while the servers have nothing to use again.
            *await idle_memory(ways, repeats),
            *await echoes(ways, repeats, QUICK_KEYS if quick else KEYS),
            *await bulks(ways, repeats),
            *await interrupts(ways, repeats),
            *await stalls(ways, repeats),
            *await keystrokes(ways, repeats, QUICK_STROKES if quick else STROKES),
            *await cuts(ways, QUICK_CUTS if quick else CUTS),
        ]
