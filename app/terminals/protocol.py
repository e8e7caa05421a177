"""The wire protocol ``slipway-tty.v1``, both directions. Its twin is static/js/protocol.js.

Every WebSocket message is binary; its first byte says what it is.

    browser → server   H  JSON {"last_seq", "rows", "cols", "shell"}   first of all
                       I  input bytes
                       Z  JSON {"rows", "cols"}               the window changed
    server → browser   R  JSON {"shell", "seq"}               first: which shell, from which byte
                       O  u64 big-endian, then output bytes   the number is the first byte's
                       X  JSON {"code"}                       the shell ended
                       E  JSON {"code", "message", "hint"}    why the socket closes

Output bytes are numbered from 0 for each shell. ``last_seq`` is the number of the next byte the
browser wants of the ``shell`` that it names as R did; of another shell it gets all there is. A
server that no longer has a byte goes on with the oldest one it has. Output is never decoded or
re-encoded.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass

from app.errors import BadRequest

SUBPROTOCOL = "slipway-tty.v1"
FRAMES = {
    "HELLO": "H",
    "INPUT": "I",
    "RESIZE": "Z",
    "OUTPUT": "O",
    "EXIT": "X",
    "ERROR": "E",
    "RESET": "R",
}
CLOSE_CODES = {
    "MALFORMED_FRAME": 4400,
    "NO_STUDENT": 4401,
    "NO_SUCH_NODE": 4404,
    "SANDBOX_NOT_READY": 4409,
    "SHELL_ENDED": 4410,
    "TOO_MANY_TERMINALS": 4429,
    "ENGINE_UNAVAILABLE": 4503,
}
MAX_INPUT_BYTES = 65_536
MAX_FRAME_BYTES = MAX_INPUT_BYTES + 1
MIN_ROWS, MAX_ROWS = 2, 300
MIN_COLS, MAX_COLS = 2, 500
MAX_SEQ = 2**63
MAX_SHELL_CHARACTERS = 32
SEQ = struct.Struct(">Q")


@dataclass(frozen=True, slots=True)
class Hello:
    last_seq: int
    rows: int
    cols: int
    shell: str = ""


@dataclass(frozen=True, slots=True)
class Input:
    data: bytes


@dataclass(frozen=True, slots=True)
class Resize:
    rows: int
    cols: int


def decode(frame: bytes) -> Hello | Input | Resize:
    """What a browser sent. Raises ``BadRequest`` with a sentence on anything malformed."""
    if not 1 <= len(frame) <= MAX_FRAME_BYTES:
        raise BadRequest(f"A frame has 1 to {MAX_FRAME_BYTES} bytes, not {len(frame)}.")
    kind, payload = frame[:1], frame[1:]
    if kind == b"I":
        return Input(payload)
    if kind == b"Z":
        table = _table(payload)
        return Resize(*_size(table))
    if kind == b"H":
        table = _table(payload)
        shell = table.get("shell", "")
        if not isinstance(shell, str) or len(shell) > MAX_SHELL_CHARACTERS:
            raise BadRequest("'shell' is the short text that the last R frame had.")
        return Hello(_number(table, "last_seq", 0, MAX_SEQ), *_size(table), shell)
    raise BadRequest(f"There is no frame of type {kind!r}.")


def reset(shell: str, seq: int) -> bytes:
    return b"R" + json.dumps({"shell": shell, "seq": seq}).encode()


def output(seq: int, data: bytes) -> bytes:
    """``seq`` is the number of the first byte of ``data``."""
    return b"O" + SEQ.pack(seq) + data


def ended(code: int | None) -> bytes:
    return b"X" + json.dumps({"code": code}).encode()


def error(code: str, message: str, hint: str = "") -> bytes:
    return b"E" + json.dumps({"code": code, "message": message, "hint": hint}).encode()


def _table(payload: bytes) -> dict[str, object]:
    try:
        table = json.loads(payload)
    except (ValueError, RecursionError):
        table = None
    if not isinstance(table, dict):
        raise BadRequest("The frame's payload is not a JSON object.")
    return table


def _size(table: dict[str, object]) -> tuple[int, int]:
    rows = _number(table, "rows", None, None)
    cols = _number(table, "cols", None, None)
    return min(max(rows, MIN_ROWS), MAX_ROWS), min(max(cols, MIN_COLS), MAX_COLS)


def _number(table: dict[str, object], name: str, least: int | None, most: int | None) -> int:
    value = table.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadRequest(f"The frame needs a whole number {name!r}.")
    if (least is not None and value < least) or (most is not None and value > most):
        raise BadRequest(f"{name!r} is out of range.")
    return value
