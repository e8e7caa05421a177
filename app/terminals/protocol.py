"""The wire protocol ``slipway-tty.v1``, both directions. Its twin is static/js/protocol.js.

Every WebSocket message is binary; its first byte says what it is.

    browser → server   H  JSON {"last_seq", "rows", "cols",   first of all; the last two may be
                                "shell", "writer"}            left out
                       I  input bytes
                       Z  JSON {"rows", "cols"}               the window changed
                       A  u64 big-endian                      the number of the next byte to parse
                       C  nothing                             this window's size be the shell's
                       P  8 bytes                             a ping
    server → browser   R  JSON {"shell", "seq", "until",      first: which shell, from which byte;
                                "typed"}                      what is before "until" is a replay
                       O  u64 big-endian, then output bytes   the number is the first byte's
                       G  JSON {"seq", "skipped", "why",      bytes that won't come, up to "seq";
                                "modes"}                      "modes" is what they had set
                       N  JSON {"rows", "cols", "mine"}       the shell's size, and who sets it
                       K  u64 big-endian                      bytes of this writer's it has
                       Q  8 bytes                             the ping's answer
                       X  JSON {"code"}                       the shell ended
                       E  JSON {"code", "message", "hint"}    why the socket closes

Output bytes are numbered from 0 for each shell. ``last_seq`` is the number of the next byte the
browser wants of the ``shell`` that it names as R did; of another shell it gets all there is. A
server that no longer has a byte goes on with the oldest one it has, and says so with G. Output is
never decoded or re-encoded, and left out only on an interrupt (0x03) that a flood has overtaken.

A browser that sends A is sent at most 128 KiB beyond it. One that names itself as ``writer`` learns
with R and K how much of what it typed has arrived (counted from the first byte it ever typed into
this shell), so that it can send the rest again after a cut and nothing twice; into another shell it
must not send it. Its new connection ends the one that it had before to this shell, whose keys might
otherwise still arrive; a count that has shrunk says that the server has forgotten this writer.
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
    "ACK": "A",
    "CONTROL": "C",
    "PING": "P",
    "RESET": "R",
    "OUTPUT": "O",
    "GAP": "G",
    "SIZE": "N",
    "TYPED": "K",
    "PONG": "Q",
    "EXIT": "X",
    "ERROR": "E",
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
MAX_ID_CHARACTERS = 32
PING_BYTES = 8
SEQ = struct.Struct(">Q")


@dataclass(frozen=True, slots=True)
class Hello:
    last_seq: int
    rows: int
    cols: int
    shell: str = ""
    writer: str = ""


@dataclass(frozen=True, slots=True)
class Input:
    data: bytes


@dataclass(frozen=True, slots=True)
class Resize:
    rows: int
    cols: int


@dataclass(frozen=True, slots=True)
class Ack:
    seq: int


@dataclass(frozen=True, slots=True)
class Control:
    """The browser wants its size to be the shell's."""


@dataclass(frozen=True, slots=True)
class Ping:
    payload: bytes


Frame = Hello | Input | Resize | Ack | Control | Ping


def decode(frame: bytes) -> Frame:
    """What a browser sent. Raises ``BadRequest`` with a sentence on anything malformed."""
    if not 1 <= len(frame) <= MAX_FRAME_BYTES:
        raise BadRequest(f"A frame has 1 to {MAX_FRAME_BYTES} bytes, not {len(frame)}.")
    kind, payload = frame[:1], frame[1:]
    match kind:
        case b"I":
            return Input(payload)
        case b"A":
            return Ack(_u64(payload))
        case b"Z":
            return Resize(*_size(_table(payload)))
        case b"C":
            return Control()
        case b"P" if len(payload) == PING_BYTES:
            return Ping(payload)
        case b"P":
            raise BadRequest(f"A ping has {PING_BYTES} bytes.")
        case b"H":
            return _hello(_table(payload))
    raise BadRequest(f"There is no frame of type {kind!r}.")


def reset(shell: str, seq: int, until: int, typed: int) -> bytes:
    return _json(b"R", {"shell": shell, "seq": seq, "until": until, "typed": typed})


def output(seq: int, data: bytes) -> bytes:
    """``seq`` is the number of the first byte of ``data``."""
    return b"O" + SEQ.pack(seq) + data


def gap(seq: int, skipped: int | None, why: str, modes: str) -> bytes:
    return _json(b"G", {"seq": seq, "skipped": skipped, "why": why, "modes": modes})


def size(rows: int, cols: int, *, mine: bool) -> bytes:
    return _json(b"N", {"rows": rows, "cols": cols, "mine": mine})


def typed(count: int) -> bytes:
    return b"K" + SEQ.pack(count)


def pong(payload: bytes) -> bytes:
    return b"Q" + payload


def ended(code: int | None) -> bytes:
    return _json(b"X", {"code": code})


def error(code: str, message: str, hint: str = "") -> bytes:
    return _json(b"E", {"code": code, "message": message, "hint": hint})


def _json(kind: bytes, table: dict[str, object]) -> bytes:
    return kind + json.dumps(table).encode()


def _hello(table: dict[str, object]) -> Hello:
    last_seq = _number(table, "last_seq", 0, MAX_SEQ)
    return Hello(last_seq, *_size(table), _id(table, "shell"), _id(table, "writer"))


def _u64(payload: bytes) -> int:
    if len(payload) != SEQ.size:
        raise BadRequest(f"The frame needs a number of {SEQ.size} bytes.")
    return int(SEQ.unpack(payload)[0])


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


def _id(table: dict[str, object], name: str) -> str:
    value = table.get(name, "")
    if not isinstance(value, str) or not value.isascii() or len(value) > MAX_ID_CHARACTERS:
        raise BadRequest(f"{name!r} is an ASCII text of at most {MAX_ID_CHARACTERS} characters.")
    return value


def _number(table: dict[str, object], name: str, least: int | None, most: int | None) -> int:
    value = table.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadRequest(f"The frame needs a whole number {name!r}.")
    if (least is not None and value < least) or (most is not None and value > most):
        raise BadRequest(f"{name!r} is out of range.")
    return value
