"""From a terminal's bytes to the lines that somebody at it could read."""

import re

MAX_HEARD_BYTES = 16_384
# Control sequences (ECMA-48, with their parameters), strings that end in BEL or ST, lone escapes.
_SEQUENCE = re.compile(
    rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]"
)
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def lines_of(raw: bytes) -> str:
    """Text as it came, without colours; what overwrote a line stands on a line of its own."""
    text = _CONTROL.sub(b"", _SEQUENCE.sub(b"", raw))
    lines = re.split(rb"[\r\n]+", text)
    return b"\n".join(lines).decode(errors="replace")
