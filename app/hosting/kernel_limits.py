"""Limits of the kernel that all sandboxes share: raised for the class, put back when it is over.

The root of every node is the same user id of the machine, so what the kernel counts per user is
counted for the whole class, like what it counts for the whole machine. This is done here and not
in the class engine, because thresholds of neighbours can be written in the machine's own network
namespace only.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.hosting.report import Reporter
    from app.settings import Settings

SYSCTLS = Path("/proc/sys")
# Processes and threads outside a node's own limit: its shim, and its share of the class engine.
TASKS_BESIDE_A_NODE = 32
PID_MAX = 4_194_304  # the kernel's ceiling on 64-bit machines
MACHINE_TASKS = 32_768
# A node can open as many terminals as its memory holds, 3.2 KB each; so there have to be more of
# them than one node's memory, or a few nodes', can take away from the others. It is the kernel's
# ceiling, less a few (NR_UNIX98_PTY_MAX).
TERMINALS = 1_000_000


@dataclass(frozen=True, slots=True)
class Change:
    """A limit as it was found, and as it was then set."""

    former: int
    now: int


def wanted(settings: Settings) -> dict[str, int]:
    """What a full class needs, by sysctl name. The numbers per sandbox are several times a use
    that was measured: an idle node has 30 tasks and 3 neighbours, a container 27, 3 and 2 pipes.
    """
    sandboxes = settings.max_sandboxes
    tasks = MACHINE_TASKS + sandboxes * (settings.node_pids + TASKS_BESIDE_A_NODE)
    return {
        "kernel.pid_max": min(PID_MAX, tasks),
        "kernel.pty.max": TERMINALS,
        "fs.inotify.max_user_instances": sandboxes * 16,
        # 64 pipes of 16 pages; beyond it, a new pipe holds two pages only.
        "fs.pipe-user-pages-soft": sandboxes * 1024,
        "net.ipv4.neigh.default.gc_thresh1": sandboxes * 8,
        "net.ipv4.neigh.default.gc_thresh2": sandboxes * 16,
        "net.ipv4.neigh.default.gc_thresh3": sandboxes * 32,
    }


def raise_for_class(settings: Settings, reporter: Reporter, sysctls: Path = SYSCTLS) -> None:
    """Raises what is too low, and remembers what it was. What is high enough, or absent, stays."""
    changes = _recall(settings)
    for name, value in wanted(settings).items():
        former = _read(sysctls, name)
        # 0 means "no limit" where pages of pipes are counted.
        if former is None or former >= value or former == 0:
            continue
        if _write(sysctls, name, value):
            first = changes[name].former if name in changes else former
            changes[name] = Change(first, value)
            reporter.say(f"{name} raised from {former} to {value}")
        else:
            reporter.say(
                f"{name} is {former}; a class of {settings.max_sandboxes} may need more. "
                f"As root: sysctl -w {name}={value}"
            )
    _remember(settings, changes)


def put_back(settings: Settings, reporter: Reporter, sysctls: Path = SYSCTLS) -> None:
    """Undoes what was raised, unless somebody has set it to something else since."""
    changes = _recall(settings)
    # Backwards, as they were raised: the first threshold must not pass the second.
    for name in reversed(wanted(settings)):
        change = changes.get(name)
        if change and _read(sysctls, name) == change.now and _write(sysctls, name, change.former):
            reporter.say(f"{name} put back to {change.former}")
    _remember(settings, {})


def _read(sysctls: Path, name: str) -> int | None:
    try:
        return int(_path(sysctls, name).read_text())
    except (OSError, ValueError):
        return None


def _write(sysctls: Path, name: str, value: int) -> bool:
    try:
        _path(sysctls, name).write_text(f"{value}\n")
    except OSError:
        return False
    return True


def _path(sysctls: Path, name: str) -> Path:
    return sysctls.joinpath(*name.split("."))


def _file(settings: Settings) -> Path:
    """Beside the engine's folder and not in it, where the class engine could write it."""
    return settings.state_dir / "kernel-limits.json"


def _recall(settings: Settings) -> dict[str, Change]:
    try:
        found = json.loads(_file(settings).read_text())
        return {name: Change(**change) for name, change in found.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _remember(settings: Settings, changes: dict[str, Change]) -> None:
    if not changes:
        _file(settings).unlink(missing_ok=True)
        return
    rows = {name: {"former": c.former, "now": c.now} for name, c in changes.items()}
    _file(settings).write_text(json.dumps(rows, indent=2) + "\n")
