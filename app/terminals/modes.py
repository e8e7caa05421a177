"""What skipped output would have left behind in a terminal: its modes, colours aside.

Follows private modes (DECSET and DECRST: alternate screen, mouse, bracketed paste, cursor), the
keypad's and the line-drawing character set. Source: xterm's "Control Sequences" (ctlseqs).
"""

from __future__ import annotations

import re

_MODE = re.compile(rb"\x1b\[\?([\d;]{1,40})([hl])|\x1b([=>])|\x1b\(([0B])")
LONGEST_BYTES = 64


class Modes:
    """Fed with output in pieces, wherever they are cut."""

    def __init__(self) -> None:
        self._private: dict[str, str] = {}
        self._keypad = ""
        self._charset = ""
        self._carry = b""

    def feed(self, data: bytes) -> None:
        text = self._carry + data
        done = 0
        for found in _MODE.finditer(text):
            numbers, switch, keypad, charset = found.groups()
            if numbers:
                for number in numbers.decode().split(";"):
                    self._private.pop(number, None)
                    self._private[number] = switch.decode()
            elif keypad:
                self._keypad = f"\x1b{keypad.decode()}"
            else:
                self._charset = f"\x1b({charset.decode()}"
            done = found.end()
        # A sequence may have been cut; what has been counted must not count again.
        self._carry = text[max(done, len(text) - LONGEST_BYTES) :]

    @property
    def sequence(self) -> str:
        """Sets all of it again, and plain colours."""
        private = "".join(f"\x1b[?{number}{switch}" for number, switch in self._private.items())
        return f"{private}{self._keypad}{self._charset}\x1b[0m"
