"""Output becomes the text that a reader saw, corrections applied and decoration dropped."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.terminals.plain import FULL_SCREEN, Plain

ROWS, COLS = 6, 24


def text(*pieces: str) -> str:
    screen = Plain(ROWS, COLS)
    said = ""
    for piece in pieces:
        screen.feed(piece)
        said += screen.settled()
    return said + screen.rest()


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        ("one\r\ntwo\r\n", "one\ntwo\n"),
        ("\x1b[31mred\x1b[0m \x1b]0;title\x07and\x1b(B plain", "red and plain\n"),
        ("50%\r100%\r\n", "100%\n"),
        ("lx\b\bls\r\n", "ls\n"),
        ("docker\b\b\b\x1b[K\r\n", "doc\n"),
        ("abcdef\r\x1b[2P\r\n", "cdef\n"),
        ("bc\r\x1b[@a\r\n", "abc\n"),
        ("a\tb\r\n", "a       b\n"),
        ("x\x1b[5Gy\r\n", "x   y\n"),
        ("layer 1\r\nlayer 2\r\n\x1b[2A\x1b[2Kdone 1\r\x1b[2B", "done 1\nlayer 2\n"),
        ("\x07bell\x1b[?25l\x1b[?2004h\r\n", "bell\n"),
        ("before\r\n\x1b[H\x1b[2Jafter\r\n", "before\nafter\n"),
        ("日本\b\b語\r\n", "日語\n"),
        ("e\u0301t\u00e9\r\n", "e\u0301t\u00e9\n"),
        ("\x1b", "\n"),
        ("\x1b]0;never ended", "\n"),
    ],
)
def test_what_a_reader_would_have_seen(said: str, seen: str) -> None:
    assert text(said) == seen


def test_a_line_longer_than_the_window_is_one_line() -> None:
    long = "".join(f"{number:04}" for number in range(100))
    assert text(f"{long}\r\nnext\r\n") == f"{long}\nnext\n"


def test_a_full_screen_program_is_named_and_not_drawn() -> None:
    said = text("$ vim\r\n\x1b[?1049h\x1b[H~\r\n~\x1b[5;5Htext\x1b[?1049l$ exit\r\n")
    assert said == f"$ vim\n{FULL_SCREEN}\n$ exit\n"


def test_what_is_above_the_window_stays_as_it_is() -> None:
    lines = "".join(f"line {number}\r\n" for number in range(20))
    said = text(f"{lines}\x1b[100A\x1b[2Ktop")
    assert said.splitlines()[:15] == [f"line {number}" for number in range(15)]
    assert said.splitlines()[15] == "top"


@given(st.lists(st.text(alphabet="ab \r\n\b\t\x1b[]0123;?hlABCDJKHPm日", max_size=30), max_size=10))
def test_however_it_is_cut_it_is_the_same_text(pieces: list[str]) -> None:
    whole = "".join(pieces)
    assert text(*pieces) == text(*whole)


@given(st.text(max_size=300))
def test_no_output_leaves_controls_in_the_text(said: str) -> None:
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", text(said))


@given(
    st.lists(
        st.text(
            alphabet=st.characters(codec="ascii", min_codepoint=33, max_codepoint=126), max_size=60
        )
    )
)
def test_plain_lines_stay_as_they_are(lines: list[str]) -> None:
    said = "".join(f"{line}\r\n" for line in ["first", *lines, "last"])
    assert text(said) == "".join(f"{line}\n" for line in ["first", *lines, "last"])
