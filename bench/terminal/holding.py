"""What lines cost that do nothing, and whether cut ones lose a byte."""

from __future__ import annotations

import asyncio
import random
import re
from contextlib import AsyncExitStack
from itertools import pairwise
from typing import TYPE_CHECKING

from bench.figures import Figure
from bench.machine import MB
from bench.terminal.processes import memory_bytes

if TYPE_CHECKING:
    from bench.terminal.ways import Ways

LINES = 10
SETTLE_S = 1
COUNT = b"stty -echo; i=0; while :; do echo line-$((i++))-; done\r"
MOST_BYTES = 200_000
MOST_PAUSE_S = 0.05
SEED = 4


async def idle_memory(ways: Ways, repeats: int) -> list[Figure]:
    """What the servers grow by for each attached terminal.

    The terminals stay: what a server has once freed, it would use again without growing.
    """
    found: dict[str, list[float]] = {"site": [], "terminado": []}
    async with AsyncExitStack() as stack:
        for _ in range(repeats):
            for way in (ways.site, ways.terminado):
                before = memory_bytes(way.processes())
                for _ in range(LINES):
                    await stack.enter_async_context(way.line())
                await asyncio.sleep(SETTLE_S)
                found[way.name].append((memory_bytes(way.processes()) - before) / MB / LINES)
    name = "memory of an idle attached terminal"
    figures = [Figure(f"{name}, {way}", "MB", rows) for way, rows in found.items()]
    ratios = [a / b for a, b in zip(found["site"], found["terminado"], strict=True)]
    return [*figures, Figure(f"{name}, site / terminado", "x", ratios, goal=0.5)]


async def cuts(ways: Ways, count: int) -> list[Figure]:
    """Bytes that are missing or come twice when the connection is lost again and again."""
    chance = random.Random(SEED)  # noqa: S311 - the same cuts every time
    shell, wanted, skipped, wrong = "", 0, 0, 0
    said = bytearray()
    for cut in range(count + 1):
        async with ways.site.attached("cuts", shell, wanted) as line:
            if not cut:
                await line.send(COUNT)
            enough = len(said) + chance.randrange(1, MOST_BYTES)
            while len(said) < enough:
                said += await line.receive()
            shell, wanted = line.shell, line.wanted
            skipped += line.skipped
            wrong += line.wrong
            if cut == count:
                await line.send(b"\x03exit\r")
                await asyncio.sleep(MOST_PAUSE_S)
        await asyncio.sleep(chance.uniform(0, MOST_PAUSE_S))
    numbers = [int(number) for number in re.findall(rb"line-(\d+)-\r\n", bytes(said))]
    wrong += sum(b - a != 1 for a, b in pairwise(numbers))
    return [
        Figure(f"bytes lost or repeated over {count} cuts", "", [wrong + skipped], goal=0),
        Figure(f"bytes that came over {count} cuts", "MB", [len(said) / MB]),
    ]
