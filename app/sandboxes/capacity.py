"""How many more sandboxes this machine can take, from what it has left."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.sandboxes.engine import EngineHealth
    from app.settings import Settings

MIB = 1024 * 1024


def sandboxes_that_fit(health: EngineHealth, settings: Settings) -> int:
    """By memory and by disk, less what is kept free for the machine itself; never negative."""
    memory = health.memory_free_bytes / MIB - settings.memory_reserve_mb
    disk = health.disk_free_bytes / MIB - settings.disk_reserve_mb
    by_memory = memory // settings.sandbox_memory_mb
    by_disk = disk // settings.sandbox_disk_mb
    return max(0, int(min(by_memory, by_disk)))


def shortage(health: EngineHealth, settings: Settings) -> str:
    """What stops further sandboxes, as a sentence; empty while there is room."""
    if sandboxes_that_fit(health, settings):
        return ""
    if health.memory_free_bytes / MIB - settings.memory_reserve_mb < settings.sandbox_memory_mb:
        return "The machine has no memory left for more sandboxes."
    return "The machine has no disk space left for more sandboxes."
