"""The commands that a student has entered, told from what a shell has said: it marks its prompts.

Between the end of a prompt (OSC 133;B) and the start of a command (C) stands what was typed, with
all its corrections; D tells how it ended. Source: decision 15.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from app.terminals.plain import Plain
from app.terminals.recording import seconds_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from app.terminals.recording import Recording

# What is longer was not typed by anybody.
MAX_PROMPT_BYTES = 65_536
MAX_COMMAND_CHARACTERS = 2000
MAX_LINES = 500
MORE = "> "

_MARK = re.compile(rb"\x1b\]133;(?P<kind>[ABCD])(?:;(?P<more>[^\x07\x1b]{0,64}))?(?:\x07|\x1b\\)")


@dataclass(frozen=True, slots=True)
class Entered:
    """One command: the second (since 1970) at which it began, and its status once it has ended."""

    at: float
    text: str
    status: int | None = None


def entered(recording: Recording) -> Iterator[Entered]:
    """In the order in which they were entered, as far back as the recording reaches."""
    data = recording.data
    marks = recording.known_marks()
    prompt: list[int] = []  # where it begins, and wherever it ended: it is drawn again at times
    continued = False
    running: Entered | None = None
    for mark in _MARK.finditer(data):
        kind, more = mark["kind"], mark["more"]
        if kind == b"A" and more == b"k=s":
            continued = True
        elif kind == b"A" and not prompt:
            prompt, continued = [mark.start()], False
        elif kind == b"B" and prompt and not continued:
            prompt.append(mark.end())
        elif kind == b"C" and len(prompt) > 1:
            if running:
                yield running
            seq = recording.start + mark.start()
            when = marks[max(bisect_right(marks, seq, key=lambda it: it.seq) - 1, 0)]
            text = _typed(data, [*prompt, mark.start()], when.cols, continued=continued)
            running = Entered(seconds_of(when), text) if text else None
            prompt = []
        elif kind == b"D":
            if running:
                yield Entered(running.at, running.text, _status(more))
            running, prompt = None, []
    if running:
        yield running


def _typed(data: bytes, cuts: Sequence[int], cols: int, *, continued: bool) -> str:
    """What stands behind the prompt in the end, without the prompts for more of it."""
    if cuts[-1] - cuts[0] > MAX_PROMPT_BYTES:
        return ""
    screen = Plain(MAX_LINES, cols)
    place = screen.place
    for start, end in pairwise(cuts):
        place = screen.place
        screen.feed(data[start:end].decode(errors="replace"))
    first, *others = screen.since(place).split("\n")
    if continued:
        others = [line.removeprefix(MORE) for line in others]
    return "\n".join([first, *others]).strip()[:MAX_COMMAND_CHARACTERS]


def _status(more: bytes | None) -> int | None:
    return int(more) if more and more.isdigit() and len(more) <= 3 else None  # noqa: PLR2004 - up to 255
