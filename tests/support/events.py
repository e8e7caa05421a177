"""Server-sent events as a page hears them."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.site import Student

Event = tuple[str, dict[str, Any]]


@contextmanager
def listening(student: Student, *kinds: str) -> Iterator[Iterator[Event]]:
    """The events of one page, oldest first; without a choice, all that is no picture."""
    wanted = kinds or ("sandbox", "step", "content")
    with student.http.stream("GET", "/api/events") as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        found = _events(response.iter_lines())
        yield (event for event in found if event[0] in wanted)


def _events(lines: Iterator[str]) -> Iterator[Event]:
    kind = ""
    for line in lines:
        name, _, value = line.partition(": ")
        if name == "event":
            kind = value
        elif name == "data":
            yield kind, json.loads(value)
