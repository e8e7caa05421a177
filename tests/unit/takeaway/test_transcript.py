"""A transcript tells what was done where, in order, and never what it was not told."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from app.lessons.load import load_course
from app.progress.store import Progress
from app.settings import ROOT
from app.takeaway.transcript import Event, Section, as_markdown, transcript
from app.terminals.marks import Mark
from app.terminals.recording import SECOND_US, Recording, seconds_of

if TYPE_CHECKING:
    from collections.abc import Sequence

COURSE = load_course(ROOT / "content")
ONE, TWO = COURSE.lessons[:2]
STEP_ONE, STEP_TWO = ONE.steps[0], TWO.steps[0]
NOW_S = seconds_of(Mark(0, 0, 24, 80))


def at(second: float) -> datetime:
    return datetime.fromtimestamp(NOW_S + second, UTC)


def shell(commands: Sequence[tuple[int, str]]) -> Recording:
    """A shell in which each of them was entered at that second."""
    data, marks = b"", []
    for second, command in commands:
        marks.append(Mark(len(data), second * SECOND_US, 24, 80))
        line = f"\x1b]133;A\x07$ \x1b]133;B\x07{command}\r\n\x1b]133;C\x07\x1b]133;D;1\x07"
        data += line.encode()
    return Recording(data, 0, marks, (24, 80))


def told(sections: Sequence[Section]) -> list[tuple[str, list[str]]]:
    return [
        (it.lesson.slug if it.lesson else "", [event.text for event in it.events])
        for it in sections
    ]


def test_commands_belong_to_the_step_done_next_or_to_the_lesson_at_hand() -> None:
    progress = Progress(
        done_at={(ONE.slug, STEP_ONE.id): at(30), (TWO.slug, STEP_TWO.id): at(60)},
        answered={(TWO.slug, TWO.quizzes[0].id): (at(55), False)},
    )
    commands = [(5, "early"), (20, "for one"), (35, "still one"), (50, "for two"), (70, "late")]
    arrivals = [(NOW_S + 10, ONE.slug), (NOW_S + 40, TWO.slug)]
    sections = transcript(COURSE, progress, arrivals, [("node1", shell(commands))])
    assert told(sections) == [
        ("", ["early"]),
        (ONE.slug, ["for one", STEP_ONE.title, "still one"]),
        (TWO.slug, ["for two", TWO.quizzes[0].title, STEP_TWO.title, "late"]),
    ]
    assert [event.kind for event in sections[2].events] == ["command", "wrong", "step", "command"]


def test_after_a_restart_the_steps_alone_tell() -> None:
    progress = Progress(done_at={(TWO.slug, STEP_TWO.id): at(60)})
    sections = transcript(COURSE, progress, [], [("node1", shell([(50, "ls"), (70, "pwd")]))])
    assert told(sections) == [(TWO.slug, ["ls", STEP_TWO.title, "pwd"])]


def test_terminals_are_woven_together_and_steps_that_are_gone_left_out() -> None:
    progress = Progress(done_at={("gone", "step"): at(1), (ONE.slug, "gone"): at(1)})
    shells = [("node1", shell([(1, "a"), (3, "c")])), ("node2", shell([(2, "b")]))]
    [section] = transcript(COURSE, progress, [(NOW_S, ONE.slug)], shells)
    assert [(it.text, it.node) for it in section.events] == [
        ("a", "node1"),
        ("b", "node2"),
        ("c", "node1"),
    ]
    assert all(it.status == 1 for it in section.events)
    assert all(one.at < other.at for one, other in pairwise(section.events))


def test_as_markdown_nothing_ends_its_fence() -> None:
    evil = "echo ```\n# Title\n<script>alert(1)</script>"
    events = (
        Event(at(0), "command", evil, node="node1", status=2),
        Event(at(1), "command", "ls", node="node1", status=0),
        Event(at(2), "step", "Start", ONE.slug),
    )
    text = as_markdown([Section(ONE, events)])
    first, second = (f"{at(second):%Y-%m-%d %H:%M:%S}" for second in (0, 1))
    assert f"\n\n````sh\n# {first} node1, status 2\n{evil}\n# {second} node1\nls\n````\n\n" in text
    assert f"## {ONE.number}. {ONE.title}" in text
    assert text.endswith("**Done:** Start\n")


@pytest.mark.parametrize("sections", [[], transcript(COURSE, Progress(), [], [])])
def test_who_has_done_nothing_is_told_so(sections: list[Section]) -> None:
    assert "Nothing yet." in as_markdown(sections)
