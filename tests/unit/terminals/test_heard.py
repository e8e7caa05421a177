"""A terminal's bytes become the lines that could be read."""

import pytest

from app.terminals.heard import lines_of


@pytest.mark.parametrize(
    ("raw", "lines"),
    [
        (b"one\r\ntwo\r\n", "one\ntwo\n"),
        (b"\x1b[?2004hstudent$ \x1b[1;32mls\x1b[0m", "student$ ls"),
        (b"\x1b]0;a title\x07text", "text"),
        (b"\x1b]0;a title\x1b\\text", "text"),
        (b"10 %\r20 %\r\n", "10 %\n20 %\n"),
        (b"bell\x07 and back\x08", "bell and back"),
        (b"\x1b(Bplain", "plain"),
        ("é\r\n".encode() + b"\xff", "é\n\ufffd"),
        (b"cut off \x1b[3", "cut off 3"),
    ],
)
def test_lines_of(raw: bytes, lines: str) -> None:
    assert lines_of(raw) == lines
