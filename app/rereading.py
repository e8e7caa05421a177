"""Reads the lessons again whenever one of their files changes: for authors, who want to see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
import structlog

from app.errors import LessonsInvalid
from app.lessons.load import load_check_library, load_course

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from app.lessons.model import Course

    # The new course and check library; or what is wrong with the lessons, which stay as they were.
    Renew = Callable[[Course, str], None]
    Tell = Callable[[list[str]], None]
    Stamp = frozenset[tuple[str, int, int]]

LOOK_S = 0.3
MAX_TOLD = 20

log = structlog.get_logger()


async def reread(content_dir: Path, renew: Renew, tell: Tell) -> None:
    """Until it is cancelled. While something is wrong, the lessons stay as they were."""
    seen = await anyio.to_thread.run_sync(_stamp, content_dir)
    while True:
        await anyio.sleep(LOOK_S)
        now = await anyio.to_thread.run_sync(_stamp, content_dir)
        if now == seen:
            continue
        seen = now
        try:
            course = await anyio.to_thread.run_sync(load_course, content_dir)
            library = await anyio.to_thread.run_sync(load_check_library, content_dir)
        except LessonsInvalid as error:
            findings = [str(finding) for finding in error.findings]
            log.warning("the lessons stay as they were", findings=findings)
            tell(findings[:MAX_TOLD])
            continue
        renew(course, library)
        tell([])


def _stamp(content_dir: Path) -> Stamp:
    """Another one whenever a file is written, added or removed."""
    found = set()
    for path in content_dir.rglob("*"):
        try:
            state = path.stat()
        except OSError:  # it has just gone
            continue
        found.add((str(path), state.st_mtime_ns, state.st_size))
    return frozenset(found)
