"""How many sandboxes still fit, by memory and by disk."""

from __future__ import annotations

import pytest

from app.sandboxes.capacity import MIB, sandboxes_that_fit, shortage
from app.sandboxes.engine import EngineHealth
from app.settings import Settings

SETTINGS = Settings(
    sandbox_memory_mb=100, memory_reserve_mb=1000, sandbox_disk_mb=200, disk_reserve_mb=1000
)


def machine(memory_mb: int, disk_mb: int) -> EngineHealth:
    return EngineHealth(memory_mb * MIB, disk_mb * MIB, registry_serves=True)


@pytest.mark.parametrize(
    ("memory_mb", "disk_mb", "fit"),
    [(2000, 9000, 10), (9000, 2000, 5), (1099, 9000, 0), (500, 9000, 0), (9000, 900, 0)],
)
def test_what_is_scarcer_counts(memory_mb: int, disk_mb: int, fit: int) -> None:
    assert sandboxes_that_fit(machine(memory_mb, disk_mb), SETTINGS) == fit


def test_the_reason_names_what_is_missing() -> None:
    assert shortage(machine(2000, 9000), SETTINGS) == ""
    assert "memory" in shortage(machine(1050, 9000), SETTINGS)
    assert "disk" in shortage(machine(9000, 1050), SETTINGS)
