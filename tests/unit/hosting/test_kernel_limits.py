"""Limits that all sandboxes share: only upwards, remembered, and put back. On a folder of files."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from app.hosting import kernel_limits
from app.hosting.report import Reporter
from app.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

INOTIFY = "fs.inotify.max_user_instances"
PTYS = "kernel.pty.max"


class Machine:
    """A /proc/sys of files, and what was said while they were changed."""

    def __init__(self, root: Path) -> None:
        self.root = root / "sys"
        self.said = io.StringIO()
        self.settings = Settings(state_dir=root, max_sandboxes=500)

    def __getitem__(self, name: str) -> int:
        return int(self.path(name).read_text())

    def __setitem__(self, name: str, value: int) -> None:
        self.path(name).parent.mkdir(parents=True, exist_ok=True)
        self.path(name).write_text(f"{value}\n")

    def path(self, name: str) -> Path:
        return self.root.joinpath(*name.split("."))

    def raise_for_class(self) -> None:
        kernel_limits.raise_for_class(self.settings, Reporter(self.said), self.root)

    def put_back(self) -> None:
        kernel_limits.put_back(self.settings, Reporter(self.said), self.root)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path)
    machine[INOTIFY] = 128
    machine[PTYS] = 1_000_000
    return machine


def test_what_is_too_low_is_raised_and_told(machine: Machine) -> None:
    machine.raise_for_class()
    assert machine[INOTIFY] == 8000
    assert "max_user_instances raised from 128 to 8000" in machine.said.getvalue()


def test_what_is_high_enough_or_not_there_is_left_alone(machine: Machine) -> None:
    machine.raise_for_class()
    machine.put_back()
    assert machine[PTYS] == 1_000_000
    assert not machine.path("kernel.pid_max").exists()
    assert "pty" not in machine.said.getvalue()


def test_no_limit_is_not_a_low_limit(machine: Machine) -> None:
    machine["fs.pipe-user-pages-soft"] = 0
    machine.raise_for_class()
    assert machine["fs.pipe-user-pages-soft"] == 0


def test_it_is_put_back_also_after_being_raised_twice(machine: Machine) -> None:
    machine.raise_for_class()
    machine.settings = machine.settings.model_copy(update={"max_sandboxes": 600})
    machine.raise_for_class()
    assert machine[INOTIFY] == 9600
    machine.put_back()
    assert machine[INOTIFY] == 128


def test_putting_back_twice_is_fine(machine: Machine) -> None:
    machine.raise_for_class()
    machine.put_back()
    machine[INOTIFY] = 8000
    machine.put_back()
    assert machine[INOTIFY] == 8000


def test_what_somebody_else_has_set_since_stays(machine: Machine) -> None:
    machine.raise_for_class()
    machine[INOTIFY] = 20_000
    machine.put_back()
    assert machine[INOTIFY] == 20_000


def test_who_may_not_raise_is_told_the_command(machine: Machine) -> None:
    path = machine.path(INOTIFY)
    path.unlink()
    path.symlink_to("/proc/sys/kernel/cap_last_cap")  # a small number that even root can't change
    machine.raise_for_class()
    assert f"sysctl -w {INOTIFY}=8000" in machine.said.getvalue()
    machine.put_back()
    assert "put back" not in machine.said.getvalue()


def test_the_thresholds_of_neighbours_rise_in_order() -> None:
    wanted = kernel_limits.wanted(Settings())
    first, second, third = (wanted[f"net.ipv4.neigh.default.gc_thresh{n}"] for n in (1, 2, 3))
    assert first < second < third
