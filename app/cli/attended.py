"""Runs async work for somebody who waits: with progress shown, and stopped properly by Ctrl-C."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import anyio
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.cli.console import err
from app.errors import SlipwayError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from rich.progress import TaskID

T = TypeVar("T")
INTERRUPTED = 130  # the exit status that shells know for Ctrl-C


def run(work: Callable[[], Awaitable[T]]) -> T | None:
    """What ``work`` returns; nothing where Ctrl-C or SIGTERM ended it.

    Only the first of them lets the work clean up; the next one ends it at once.
    """
    return anyio.run(_attended, work)


async def _attended(work: Callable[[], Awaitable[T]]) -> T | None:
    result: T | None = None
    refused: SlipwayError | None = None
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_cancel_when_told, tasks.cancel_scope)
        try:
            result = await work()
        except SlipwayError as error:  # a task group would wrap it up
            refused = error
        tasks.cancel_scope.cancel()
    if refused:
        raise refused
    return result


async def _cancel_when_told(scope: anyio.CancelScope) -> None:
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _ in signals:
            err.print("Stopping; what was made is being removed. Ctrl-C once more leaves it.")
            scope.cancel()
            return


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """On standard error: one line for each phase, with how many of how many are done."""
    rows: dict[str, TaskID] = {}
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err) as bars:

        def tell(phase: str, done: int, total: int) -> None:
            if phase not in rows:
                rows[phase] = bars.add_task(phase, total=total)
            bars.update(rows[phase], completed=done)

        yield tell
