"""What a student has entered is found in what the shell has said, as it stood there in the end."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.terminals.commands import MAX_COMMAND_CHARACTERS, MAX_PROMPT_BYTES, entered
from app.terminals.marks import Mark
from app.terminals.recording import SECOND_US, Recording

A, B, C, MORE = (f"\x1b]133;{kind}\x07" for kind in ("A", "B", "C", "A;k=s"))
PROMPT = f"\x1b[?2004h{A}\x1b[1;32mstudent@node1\x1b[0m:\x1b[1;34m~\x1b[0m$ {B}"
GO = f"\r\n\x1b[?2004l\r{C}"
NEXT = f"\r\n\x1b[?2004l\r\x1b[?2004h{MORE}> {B}"
COLS = 40
# As bash has said them, on forty columns.
SAID = {
    "corrected": (f"{PROMPT}dokcer\b\b\b\b\x1b[2Pcker\b\b\b\bcker ps", "docker ps"),
    "longer than a line": (
        f"{PROMPT}echo {'x' * 18} \r{'y' * 30} z",
        f"echo {'x' * 18}{'y' * 30} z",
    ),
    "drawn again over what stood there": (
        f"{PROMPT}echo cleared\r{PROMPT}" + "\x1b[C" * 5 + "other\x1b[K",
        "echo other",
    ),
    "on a cleared screen": (f"{PROMPT}echo cle\x1b[H\x1b[2J{PROMPT}echo cleared", "echo cleared"),
    "several lines": (
        f"{PROMPT}for n in 1 2; do{NEXT}echo $n{NEXT}done",
        "for n in 1 2; do\necho $n\ndone",
    ),
    "a prompt that fills the line": (
        f"{A}{'p' * (COLS - 2)}$ {B}ls",
        "ls",
    ),
    "letters of any kind": (f"{PROMPT}echo 大家 ñ <b>&amp;", "echo 大家 ñ <b>&amp;"),
}


def recorded(text: str, *marks: Mark) -> Recording:
    data = text.encode()
    return Recording(data, 1000, list(marks) or [Mark(0, 0, 24, COLS)], (24, COLS))


@pytest.mark.parametrize(("said", "command"), SAID.values(), ids=SAID)
def test_a_command_is_what_stood_at_the_prompt(said: str, command: str) -> None:
    [found] = entered(recorded(f"hello\r\n{said}{GO}output\r\n\x1b]133;D;0\x07{PROMPT}"))
    assert (found.text, found.status) == (command, 0)


def test_each_has_its_time_and_its_status() -> None:
    first, second = f"{PROMPT}true{GO}", f"\x1b]133;D;3\x07{PROMPT}sleep 9{GO}half a line"
    now_us = time.monotonic_ns() // 1000
    ten, one = (now_us - seconds * SECOND_US for seconds in (10, 1))
    marks = Mark(1000, ten, 24, COLS), Mark(1000 + len(first), one, 24, COLS)
    true, sleep = entered(recorded(first + second, *marks))
    assert (true.text, true.status) == ("true", 3)
    assert (sleep.text, sleep.status) == ("sleep 9", None)
    assert round(sleep.at - true.at) == 9
    assert round(time.time() - sleep.at) == 1


@pytest.mark.parametrize(
    "said",
    [
        f"{PROMPT}half a line^C\r\n\x1b]133;D;130\x07{PROMPT}",
        f"{PROMPT}\r\n\x1b]133;D;0\x07{PROMPT}",
        f"rest of a prompt {B}ls{GO}",
        f"{PROMPT}{'x' * MAX_PROMPT_BYTES}{GO}",
        f"{C}{B}{A}{C}",
    ],
)
def test_what_was_not_entered_is_no_command(said: str) -> None:
    assert list(entered(recorded(said))) == []


def test_a_command_is_of_a_sane_length() -> None:
    [found] = entered(recorded(f"{PROMPT}echo {'x' * 5000}{GO}"))
    assert len(found.text) == MAX_COMMAND_CHARACTERS


def test_a_status_that_is_none_is_not_told() -> None:
    for status in ("", "x", "-1", "9999", "\u0661"):
        [found] = entered(recorded(f"{PROMPT}ls{GO}\x1b]133;D;{status}\x07"))
        assert found.status is None


@given(
    st.lists(
        st.sampled_from([A, B, C, MORE, "\x1b]133;D;1\x07", "ls", "\r\n", "\x1b[A", "\x1b[99D"])
    )
)
def test_any_order_of_marks_is_borne(pieces: list[str]) -> None:
    for found in entered(recorded("".join(pieces))):
        assert found.text.strip()
