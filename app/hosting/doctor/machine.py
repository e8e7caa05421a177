"""The machine as the doctor reads it; nothing here judges, and nothing is changed.

What the kernel tells in files is read below ``root``, so that a test can plant a machine. Folders
of ours, addresses and the clock are asked for themselves.
"""

from __future__ import annotations

import ctypes
import http.client
import json
import os
import re
import resource
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ANSWER_TIMEOUT_S = 2
MAX_ANSWER_BYTES = 4096
# What adjtimex(2) returns while nobody keeps the clock in step, and room for its structure.
TIME_ERROR = 5
TIMEX_BYTES = 512


@dataclass(frozen=True, slots=True)
class Mount:
    """``carries`` are the options of the file system itself: on cgroup v1, its controllers."""

    point: str
    kind: str
    read_only: bool
    carries: frozenset[str]


@dataclass(frozen=True, slots=True)
class Space:
    """``free_files`` is None on a file system that does not count its files."""

    free_bytes: int
    free_files: int | None
    read_only: bool


def clock_in_step() -> bool | None:
    """Whether somebody keeps the clock right; None where the kernel does not tell."""
    try:
        state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(TIMEX_BYTES))
    except (OSError, AttributeError):
        return None
    return None if state < 0 else bool(state != TIME_ERROR)


class Machine:
    """``clock`` tells the Unix time."""

    def __init__(
        self,
        root: Path = Path("/"),
        *,
        clock: Callable[[], float] = time.time,
        in_step: Callable[[], bool | None] = clock_in_step,
    ) -> None:
        self._root = root
        self.clock = clock
        self.in_step = in_step

    def text(self, path: str) -> str:
        """Empty where there is no such file, or we may not read it."""
        try:
            return (self._root / path.lstrip("/")).read_text(errors="replace")
        except (OSError, ValueError):
            return ""

    def exists(self, path: str) -> bool:
        return (self._root / path.lstrip("/")).exists()

    def sysctl(self, name: str) -> int | None:
        """None where this kernel has no such number."""
        try:
            return int(self.text(f"/proc/sys/{name.replace('.', '/')}"))
        except ValueError:
            return None

    def kernel(self) -> tuple[int, int]:
        """Its version; zeros where that can't be told."""
        found = re.match(r"(\d+)\.(\d+)", self.text("/proc/sys/kernel/osrelease"))
        return (int(found[1]), int(found[2])) if found else (0, 0)

    def memory_mb(self) -> dict[str, int]:
        """The lines of /proc/meminfo, in MiB."""
        found = re.findall(r"^(\w+):\s+(\d+) kB", self.text("/proc/meminfo"), re.MULTILINE)
        return {name: int(kilobytes) // 1024 for name, kilobytes in found}

    def mounts(self) -> dict[str, Mount]:
        """What is mounted where; of several on one place, the one on top (proc(5), mountinfo)."""
        found = {}
        for line in self.text("/proc/self/mountinfo").splitlines():
            left, _, right = line.partition(" - ")
            if len(left.split()) < 6 or len(right.split()) < 3:  # noqa: PLR2004 - its fixed fields
                continue
            point, options = left.split()[4:6]
            kind, _, carries = right.split()[:3]
            carried = frozenset(carries.split(","))
            read_only = "ro" in {*options.split(","), *carried}
            point = point.replace("\\040", " ")
            found[point] = Mount(point, kind, read_only, carried)
        return found

    def mount_of(self, folder: Path) -> Mount | None:
        mounts = self.mounts()
        places = [folder, *folder.parents]
        return next((mounts[str(place)] for place in places if str(place) in mounts), None)

    def space(self, folder: Path) -> Space | None:
        """What the folder's file system has left for us; None where there is none."""
        try:
            found = os.statvfs(folder)
        except OSError:
            return None
        return Space(
            found.f_bavail * found.f_frsize,
            found.f_favail if found.f_files else None,
            bool(found.f_flag & os.ST_RDONLY),
        )

    def user(self) -> int:
        return os.geteuid()

    def open_files(self) -> int:
        """How many a process of ours may have open, once it asks for as many as it may."""
        return resource.getrlimit(resource.RLIMIT_NOFILE)[1]

    def why_not_listen(self, host: str, port: int) -> OSError | None:
        """What the kernel says to who wants to listen there; nothing where that is possible."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind((host, port))
            except OSError as error:
                return error
        return None

    def is_slipway(self, host: str, port: int) -> bool:
        """Whether it is a site of ours that listens there."""
        there = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - to be replaced
        asked = http.client.HTTPConnection(there, port, timeout=ANSWER_TIMEOUT_S)
        try:
            asked.request("GET", "/healthz/live")
            answer = json.loads(asked.getresponse().read(MAX_ANSWER_BYTES))
        except (OSError, ValueError, http.client.HTTPException):
            return False
        finally:
            asked.close()
        return isinstance(answer, dict) and answer.get("status") == "alive"
