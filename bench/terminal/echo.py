"""How long the echo of a byte takes, on an idle site and beside busy terminals."""

from __future__ import annotations

import asyncio
import statistics
import time
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from bench.figures import Figure
from bench.terminal.lines import receive_until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bench.terminal.lines import Line
    from bench.terminal.ways import Way, Ways

ECHO = b"stty raw -echo; echo rea''dy; exec cat\r"
READY = b"ready"
WARM_UP = 20
BUSY_LINES = 20
# Twenty lines of a hundred bytes a second while a file is there, without starting a process.
BUSY = (
    "f=/tmp/pipe-$$; mkfifo $f; exec 9<>$f; stty -echo; echo rea''dy; "
    "while :; do read -t 0.05 -u 9; [ -e /tmp/busy-{way} ] && printf '%099d\\n' 0; done\r"
)


async def echoes(ways: Ways, blocks: int, keys: int) -> list[Figure]:
    idle = await _blocks(ways, blocks, keys, busy=False)
    busy = await _blocks(ways, blocks, keys, busy=True)
    return [*_figures("echo, idle", idle), *_figures(f"echo beside {BUSY_LINES} busy", busy)]


async def _blocks(
    ways: Ways, blocks: int, keys: int, *, busy: bool
) -> dict[str, list[list[float]]]:
    """Milliseconds by way and block; the ways take turns, each beside busy lines of its own."""
    found: dict[str, list[list[float]]] = {way.name: [] for way in ways.three}
    async with AsyncExitStack() as stack:
        switch = await stack.enter_async_context(ways.raw.line())
        lines = {}
        for way in ways.three:
            lines[way.name] = await stack.enter_async_context(way.line())
            await lines[way.name].send(ECHO)
            await receive_until(lines[way.name], READY)
            await stack.enter_async_context(_busy_lines(way, BUSY_LINES if busy else 0))
        for _ in range(blocks):
            for way in ways.three:
                await switch.send(
                    f"rm -f /tmp/busy-*; : >/tmp/busy-{way.name}; echo o''n\r".encode()
                )
                await receive_until(switch, b"on")
                await _echo(lines[way.name], WARM_UP)
                found[way.name].append(await _echo(lines[way.name], keys))
    return found


async def _echo(line: Line, keys: int) -> list[float]:
    samples = []
    for _ in range(keys):
        started = time.perf_counter()
        await line.send(b"x")
        await receive_until(line, b"x")
        samples.append((time.perf_counter() - started) * 1000)
    return samples


@asynccontextmanager
async def _busy_lines(way: Way, count: int) -> AsyncIterator[None]:
    """Terminals that print all the time, and somebody who reads them."""

    async def read(line: Line) -> None:
        while True:
            await line.receive()

    async with AsyncExitStack() as stack:
        lines = [await stack.enter_async_context(way.line()) for _ in range(count)]
        for line in lines:
            await line.send(BUSY.format(way=way.name).encode())
        for line in lines:
            await receive_until(line, READY)
        readers = [asyncio.create_task(read(line)) for line in lines]
        try:
            yield
        finally:
            for reader in readers:
                reader.cancel()
            await asyncio.gather(*readers, return_exceptions=True)


def _figures(name: str, found: dict[str, list[list[float]]]) -> list[Figure]:
    medians = {way: [statistics.median(block) for block in rows] for way, rows in found.items()}
    figures = []
    for way, blocks in found.items():
        figures.append(Figure(f"{name}: p50, {way}", "ms", medians[way]))
        figures.append(Figure(f"{name}: p99, {way}", "ms", [_p99(block) for block in blocks]))
    for peer, goal in (("raw", 2.0), ("terminado", 0.7)):
        ratios = [a / b for a, b in zip(medians["site"], medians[peer], strict=True)]
        figures.append(Figure(f"{name}: p50, site / {peer}", "x", ratios, goal=goal))
    return figures


def _p99(samples: list[float]) -> float:
    return sorted(samples)[int(0.99 * len(samples))]
