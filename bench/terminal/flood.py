"""Much output: its speed and cost, how soon Ctrl-C shows, and what a stalled reader piles up."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from bench.figures import Figure
from bench.machine import MB
from bench.terminal.lines import receive_until
from bench.terminal.processes import memory_bytes, processor_s

if TYPE_CHECKING:
    from bench.terminal.lines import Line
    from bench.terminal.ways import Way, Ways

LINE_BYTES = 70
LINES = 35 * MB // (LINE_BYTES + 1)
TEXT = "0123456789" * (LINE_BYTES // 10 - 1) + "012345678"
BULK = f"stty -echo; yes {TEXT} | head -n {LINES}; echo do''ne\r".encode()
DONE = b"done"
YES = b"yes\r"
READERS_MB_S = {0.25: 1.0, 1.0: 0.3, 5.0: 0.3}
FLOOD_S = 3
PATIENCE_S = 10
STALL_S = 10
LOOKS_S = 0.25
SLICE_BYTES = 16_384


async def bulks(ways: Ways, repeats: int) -> list[Figure]:
    """35 MB to the last byte, and the processor time it takes those that serve."""
    speeds: dict[str, list[float]] = {way.name: [] for way in ways.three}
    costs: dict[str, list[float]] = {way.name: [] for way in ways.three}
    for _ in range(repeats):
        for way in ways.three:
            speed, cost = await _bulk(way)
            speeds[way.name].append(speed)
            costs[way.name].append(cost)
    figures = [Figure(f"35 MB of output, {way}", "MB/s", rows) for way, rows in speeds.items()]
    for peer, goal in (("raw", 0.6), ("terminado", 1.5)):
        ratios = [a / b for a, b in zip(speeds["site"], speeds[peer], strict=True)]
        name = f"35 MB of output, site / {peer}"
        figures.append(Figure(name, "x", ratios, goal=goal, at_least=True))
    figures += [
        Figure(f"processor time per MB, {name}", "ms", costs[name])
        for name in ("site", "terminado")
    ]
    ratios = [a / b for a, b in zip(costs["site"], costs["terminado"], strict=True)]
    return [*figures, Figure("processor time per MB, site / terminado", "x", ratios, goal=0.5)]


async def _bulk(way: Way) -> tuple[float, float]:
    """MB a second, and milliseconds of processor time for each MB."""
    async with way.line() as line:
        processes = way.processes()
        before, started = processor_s(processes), time.perf_counter()
        await line.send(BULK)
        count = await receive_until(line, DONE)
        seconds = time.perf_counter() - started
        return count / MB / seconds, (processor_s(processes) - before) * 1000 / (count / MB)


async def interrupts(ways: Ways, repeats: int) -> list[Figure]:
    """From sending Ctrl-C to seeing it, under `yes`, by readers of several speeds."""
    figures = []
    for rate, goal in READERS_MB_S.items():
        found: dict[str, list[float]] = {"site": [], "terminado": []}
        for _ in range(repeats):
            for way in (ways.site, ways.terminado):
                async with way.line(slow=True) as line:
                    found[way.name].append(await _interrupt(line, rate * MB))
        name = f"Ctrl-C seen, reader of {rate:g} MB/s"
        figures.append(Figure(f"{name}, site", "s", found["site"], goal=goal))
        figures.append(Figure(f"{name}, terminado (at most {PATIENCE_S})", "s", found["terminado"]))
    return figures


async def _interrupt(line: Line, bytes_a_second: float) -> float:
    """Seconds; of somebody who gives up after PATIENCE_S."""
    await line.send(YES)
    pressed = 0.0
    begun = due = time.perf_counter()
    tail = b""
    while True:
        data = await line.receive()
        for at in range(0, len(data), SLICE_BYTES):
            piece = data[at : at + SLICE_BYTES]
            now = time.perf_counter()
            # Who had nothing to read for a while does not read faster for it.
            due = max(due, now - 0.05) + len(piece) / bytes_a_second
            await asyncio.sleep(max(0.0, due - now))
            tail = tail[-2:] + piece
            if pressed and b"^C" in tail:
                return time.perf_counter() - pressed
        if not pressed and time.perf_counter() - begun > FLOOD_S:
            pressed = time.perf_counter()
            await line.send(b"\x03")
        if pressed and time.perf_counter() - pressed > PATIENCE_S:
            return PATIENCE_S


async def stalls(ways: Ways, repeats: int) -> list[Figure]:
    """How much the servers grow while a reader reads nothing of a flood."""
    grown: dict[str, list[float]] = {"site": [], "terminado": []}
    for _ in range(repeats):
        async with ways.site.line(slow=True) as site, ways.terminado.line(slow=True) as terminado:
            two = (ways.site, ways.terminado)
            before = {way.name: memory_bytes(way.processes()) for way in two}
            most = dict(before)
            await site.send(YES)
            await terminado.send(YES)
            until = time.perf_counter() + STALL_S
            while time.perf_counter() < until:
                await asyncio.sleep(LOOKS_S)
                for way in two:
                    now = memory_bytes(way.processes())
                    most[way.name] = max(most[way.name], now)
            for way in two:
                grown[way.name].append((most[way.name] - before[way.name]) / MB)
    name = f"memory for a reader stalled {STALL_S} s"
    return [
        Figure(f"{name}, site", "MB", grown["site"], goal=4, judged="max"),
        Figure(f"{name}, terminado", "MB", grown["terminado"]),
    ]
