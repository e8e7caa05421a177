"""Removes what nobody owns from the class engine, whether the site runs or not; twice is fine."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread

from app.errors import SetupFailed, SlipwayError
from app.hosting import leftovers
from app.preflight.trial import PREFIX, alone
from app.sandboxes.pace import HALF_MADE_S
from app.sandboxes.stock import is_litter

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.sandboxes.engine import Sandbox, SandboxEngine
    from app.settings import Settings

    # A phase, how much of it is done, and how much there is.
    Tell = Callable[[str, int, int], None]

DISCARD_TIMEOUT_S = 60
SANDBOXES = "removing sandboxes"


@dataclass(frozen=True, slots=True)
class Sweep:
    """``warm`` also takes the sandboxes that wait for a student: for when no site runs.

    A network without nodes is left over once it is ``half_made_s`` old.
    """

    warm: bool = False
    dry_run: bool = False
    half_made_s: float = HALF_MADE_S


@dataclass(frozen=True, slots=True)
class Swept:
    """What was removed (after a dry run: what would be), and the sandboxes that could not be."""

    sandboxes: tuple[str, ...]
    volumes: tuple[str, ...]
    images: tuple[str, ...]
    failed: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        return asdict(self)


async def sweep(engine: SandboxEngine, settings: Settings, wanted: Sweep, tell: Tell) -> Swept:
    """Raises ``EngineUnavailable`` where there is no class engine to sweep."""
    found = await _litter(engine, settings, wanted)
    failed = () if wanted.dry_run else await _discard(engine, found, tell)
    gone = tuple(sandbox for sandbox in found if sandbox not in failed)
    # After the sandboxes, so that whatever these let go of goes too.
    volumes = await anyio.to_thread.run_sync(leftovers.volumes, settings)
    images = await anyio.to_thread.run_sync(leftovers.old_images, settings)
    if not wanted.dry_run:
        volumes = await anyio.to_thread.run_sync(leftovers.remove_volumes, settings, volumes)
        images = await anyio.to_thread.run_sync(leftovers.remove_images, settings, images)
    return Swept(gone, tuple(volumes), tuple(images), failed)


async def _litter(engine: SandboxEngine, settings: Settings, wanted: Sweep) -> list[str]:
    try:
        with alone(settings):  # no preflight is at work, so what carries its name was left behind
            found = await engine.sandboxes()
            killed = {sandbox.id for sandbox in found if sandbox.student.startswith(PREFIX)}
    except SetupFailed:
        found, killed = await engine.sandboxes(), set()
    return sorted(row.id for row in found if row.id in killed or _is_nobodys(row, wanted))


def _is_nobodys(sandbox: Sandbox, wanted: Sweep) -> bool:
    return is_litter(sandbox, wanted.half_made_s) or (wanted.warm and sandbox.free)


async def _discard(engine: SandboxEngine, sandboxes: list[str], tell: Tell) -> tuple[str, ...]:
    """Those that could not be removed."""
    failed = []
    for done, sandbox in enumerate(sandboxes):
        tell(SANDBOXES, done, len(sandboxes))
        try:
            with anyio.fail_after(DISCARD_TIMEOUT_S):
                await engine.discard(sandbox)
        except (SlipwayError, TimeoutError):
            failed.append(sandbox)
    if sandboxes:
        tell(SANDBOXES, len(sandboxes), len(sandboxes))
    return tuple(failed)
