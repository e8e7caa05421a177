"""What processes cost, as the kernel accounts it: processor time, and memory by fair shares."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

KIB = 1024
TICKS = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")


def processor_s(processes: Iterable[int]) -> float:
    """Seconds in user and kernel mode, of those that are there."""
    ticks = 0
    for pid in processes:
        with suppress(OSError):
            # The name in brackets may hold anything; user and system time are the 14th and 15th.
            fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS


def memory_bytes(processes: Iterable[int]) -> int:
    """Proportional set size: a page that several share counts for each in part (proc(5))."""
    total = 0
    for pid in processes:
        with suppress(OSError):
            for row in (PROC / str(pid) / "smaps_rollup").read_text().splitlines():
                if row.startswith("Pss:"):
                    total += int(row.split()[1]) * KIB
    return total


def tree(pid: int) -> list[int]:
    """The process and everything it has started."""
    found = [pid]
    with suppress(OSError):
        for task in (PROC / str(pid) / "task").iterdir():
            for child in (task / "children").read_text().split():
                found += tree(int(child))
    return found


def holder_of(socket: Path) -> list[int]:
    """The process that holds shells at this socket, if there is one."""
    found = []
    for folder in PROC.iterdir():
        if folder.name.isdecimal():
            with suppress(OSError):
                words = (folder / "cmdline").read_bytes().split(b"\0")
                if b"app.terminals.holder" in words and str(socket).encode() in words:
                    found.append(int(folder.name))
    return found
