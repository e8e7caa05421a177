"""Output as text: a screen without end on which lines are written, corrected and left behind.

Colours and titles are dropped. Carriage returns, backspaces, tabs, cursor movement and erasing are
applied, as far back as the window reaches, so progress that is drawn over itself ends up as what
was left of it. What a full-screen program draws (alternate screen) is left out.
Source: ECMA-48, and xterm's "Control Sequences" (ctlseqs).
"""

from __future__ import annotations

import re
import unicodedata

TAB = 8
MAX_NUMBER = 1000
# An unfinished sequence is waited for as long as it is shorter than this.
LONGEST_CHARACTERS = 4096
FULL_SCREEN = "[a full-screen program]"
ALTERNATE = {"47", "1047", "1049"}
# Down and right, for each final character that moves the cursor by steps.
STEPS = {
    **dict.fromkeys("AF", (-1, 0)),
    **dict.fromkeys("BeE", (1, 0)),
    **dict.fromkeys("Ca", (0, 1)),
    "D": (0, -1),
}

_TOKEN = re.compile(
    r"(?P<text>[^\x00-\x1f\x7f-\x9f]+)"
    r"|\x1b\[(?P<private>[<=>?]?)(?P<numbers>[\d;:]*)[ -/]*(?P<final>[@-~])"
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)"
    r"|\x1b[ -/]+[0-~]"
    r"|\x1b(?P<single>[0-Z\\^_`-~])"
    r"|(?P<control>[\x00-\x1a\x1c-\x1f\x7f-\x9f])"
)
_UNFINISHED = re.compile(r"\x1b(?:|\[[0-?]*[ -/]*|[\]PX^_][^\x07\x1b]*\x1b?|[ -/]+)\Z")


class Plain:
    """``rows`` of the lines can still be changed; those above them are settled."""

    def __init__(self, rows: int, cols: int) -> None:
        self._rows = max(rows, 1)
        self._cols = max(cols, 1)
        self._lines: list[list[str]] = [[]]
        # Which lines go on in the next one.
        self._wraps: list[bool] = [False]
        self._row = self._col = 0
        self._hidden = False
        self._carry = ""

    def feed(self, text: str) -> None:
        text = self._carry + text
        self._carry = ""
        at = 0
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found:
                at = found.end()
                self._apply(found)
            elif len(text) - at < LONGEST_CHARACTERS and _UNFINISHED.match(text, at):
                self._carry = text[at:]
                return
            else:
                at += 1  # an escape that leads to nothing

    @property
    def place(self) -> tuple[int, int]:
        """The cursor's: which of the lines that are not settled, and the column in it."""
        return self._row, self._col

    def since(self, place: tuple[int, int]) -> str:
        """What stands from there on."""
        row, col = place
        said = []
        for cells, wraps in zip(self._lines[row:], self._wraps[row:], strict=True):
            line = "".join(cells[col:])
            said.append(line if wraps else line.rstrip() + "\n")
            col = 0
        return "".join(said)

    def settled(self) -> str:
        """The lines that can't change any more, which are forgotten."""
        return self._taken(len(self._lines) - self._rows)

    def rest(self) -> str:
        return self._taken(len(self._lines)).rstrip("\n ") + "\n"

    def _taken(self, count: int) -> str:
        if count <= 0:
            return ""
        said = []
        for cells, wraps in zip(self._lines[:count], self._wraps[:count], strict=True):
            line = "".join(cells)
            said.append(line if wraps else line.rstrip() + "\n")
        del self._lines[:count], self._wraps[:count]
        self._row -= count
        return "".join(said)

    def _apply(self, found: re.Match[str]) -> None:
        if final := found["final"]:
            self._sequence(found["private"], found["numbers"], final)
        elif self._hidden:
            return
        elif text := found["text"]:
            self._write(text)
        elif control := found["control"]:
            self._control(control)
        elif found["single"] in ("c", "D", "E", "M"):
            self._escape(found["single"])

    def _write(self, text: str) -> None:
        cells = list(text) if text.isascii() else _cells(text)
        done = 0
        while done < len(cells):
            if self._col >= self._cols:
                self._wraps[self._row] = True
                self._down()
                self._col = 0
            line = self._lines[self._row]
            line += " " * (self._col - len(line))
            piece = cells[done : done + self._cols - self._col]
            done += len(piece)
            line[self._col : self._col + len(piece)] = piece
            self._col += len(piece)

    def _control(self, control: str) -> None:
        match control:
            case "\r":
                self._col = 0
            case "\n" | "\v" | "\f":
                self._down()
            case "\b":
                self._col = max(min(self._col, self._cols) - 1, 0)
            case "\t":
                self._col = min((self._col // TAB + 1) * TAB, self._cols - 1)

    def _escape(self, single: str) -> None:
        if single == "c":
            self._page()
        elif single == "M":
            self._move(self._row - 1, self._col)
        else:
            self._down()
            self._col = 0 if single == "E" else self._col

    def _sequence(self, private: str, numbers: str, final: str) -> None:
        if private == "?" and final in "hl" and ALTERNATE & set(numbers.split(";")):
            self._alternate(entered=final == "h")
        if private or self._hidden:
            return
        values = [
            min(int(part), MAX_NUMBER) if part.isdecimal() else 0 for part in numbers.split(";")
        ]
        count = max(values[0], 1)
        if final in "JK":
            self._erase(final, values[0])
        elif final in "P@X":
            self._shift(final, count)
        elif final in "Hf":
            column = values[1] if len(values) > 1 else 1
            self._move(self._top + count - 1, max(column, 1) - 1)
        elif final == "d":
            self._move(self._top + count - 1, self._col)
        elif final in "G`":
            self._move(self._row, count - 1)
        elif final in STEPS:
            down, right = STEPS[final]
            col = 0 if final in "EF" else self._col + right * count
            self._move(self._row + down * count, col)

    @property
    def _top(self) -> int:
        """The first line of the window."""
        return max(0, len(self._lines) - self._rows)

    def _move(self, row: int, col: int) -> None:
        row = min(max(row, self._top), self._top + self._rows - 1)
        while row >= len(self._lines):
            self._add_line()
        self._row = row
        self._col = min(max(col, 0), self._cols - 1)

    def _down(self) -> None:
        self._row += 1
        if self._row == len(self._lines):
            self._add_line()

    def _add_line(self) -> None:
        self._lines.append([])
        self._wraps.append(False)

    def _page(self) -> None:
        """A cleared screen: what was on it stays above."""
        if any(self._lines[-1]):
            self._add_line()
        self._row, self._col = len(self._lines) - 1, 0

    def _alternate(self, *, entered: bool) -> None:
        if entered and not self._hidden:
            col, self._col = self._col, 0
            if self._lines[self._row]:
                self._down()
            self._write(FULL_SCREEN[: self._cols])
            self._down()
            self._col = col if not self._lines[self._row] else 0
        self._hidden = entered

    def _erase(self, final: str, what: int) -> None:
        if final == "J" and what in (2, 3):
            self._page()
        elif final == "K" or what == 0:
            self._erase_in_line(what)
            if final == "J":
                del self._lines[self._row + 1 :], self._wraps[self._row + 1 :]

    def _erase_in_line(self, what: int) -> None:
        line = self._lines[self._row]
        if what == 0:
            del line[self._col :]
            self._wraps[self._row] = False
        elif what == 1:
            width = min(self._col + 1, len(line))
            line[:width] = " " * width
        else:
            line.clear()

    def _shift(self, final: str, count: int) -> None:
        """Characters deleted, inserted, or blanked, from the cursor on."""
        line = self._lines[self._row]
        line += " " * (self._col - len(line))
        if final == "P":
            del line[self._col : self._col + count]
        elif final == "@":
            line[self._col : self._col] = " " * count
            del line[self._cols :]
        else:
            width = min(count, len(line) - self._col)
            line[self._col : self._col + width] = " " * width


def _cells(text: str) -> list[str]:
    """Wide characters take two cells, marks on a character none."""
    cells: list[str] = []
    for character in text:
        if unicodedata.combining(character) and cells:
            at = -1 if cells[-1] else -2
            cells[at] += character
        else:
            cells.append(character)
            if unicodedata.east_asian_width(character) in "WF":
                cells.append("")
    return cells
