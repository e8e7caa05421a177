"""The protocol's two files, Python and JavaScript, say the same."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from app.settings import ROOT
from app.terminals import protocol
from app.terminals.protocol import Ack, Control, Hello, Input, Resize, decode

TWIN = (ROOT / "static" / "js" / "protocol.js").as_uri()
TABLES = ("SUBPROTOCOL", "FRAMES", "CLOSE_CODES")
LIMITS = ("MAX_INPUT_BYTES", "MIN_ROWS", "MAX_ROWS", "MIN_COLS", "MAX_COLS")


def in_node(expression: str) -> Any:  # noqa: ANN401 - any JSON
    """What a JavaScript expression over ``twin`` is, by way of JSON."""
    program = f"import * as twin from {TWIN!r}; console.log(JSON.stringify({expression}));"
    command = ["node", "--input-type=module", "-e", program]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def twin() -> dict[str, Any]:
    return dict(in_node("twin"))


@pytest.mark.parametrize("name", [*TABLES, *LIMITS])
def test_both_sides_agree_on(name: str, twin: dict[str, Any]) -> None:
    assert twin[name] == getattr(protocol, name)


def test_the_twin_has_no_constant_of_its_own(twin: dict[str, Any]) -> None:
    assert set(twin) == {*TABLES, *LIMITS}


def test_what_the_twin_encodes_the_server_decodes() -> None:
    frames = in_node(
        "[twin.encodeHello(12, {rows: 24, cols: 80}), twin.encodeResize({rows: 1, cols: 9999}),"
        ' ...twin.encodeInput("ä\\u0003"), twin.encodeAck(2**40), twin.encodeControl()]'
        ".map((frame) => [...frame])"
    )
    assert [decode(bytes(frame)) for frame in frames] == [
        Hello(12, 24, 80),
        Resize(2, 500),
        Input("ä\x03".encode()),
        Ack(2**40),
        Control(),
    ]


def test_what_the_server_encodes_the_twin_decodes() -> None:
    frames = [
        protocol.reset("a1", 5, 9, 3),
        protocol.output(2**40, b"\xff\x00"),
        protocol.gap(7, None, "too slow", "\x1b[0m"),
        protocol.size(24, 80, mine=True),
        protocol.typed(2**40),
        protocol.ended(7),
        protocol.error("not_found", "No.", "Look."),
    ]
    listed = json.dumps([list(frame) for frame in frames])
    decoded = in_node(
        f"{listed}.map((frame) => twin.decode(Uint8Array.from(frame).buffer))"
        ".map((it) => ({ ...it, bytes: it.bytes ? [...it.bytes] : undefined }))"
    )
    assert decoded == [
        {"type": "reset", "shell": "a1", "seq": 5, "until": 9, "typed": 3},
        {"type": "output", "seq": 2**40, "bytes": [255, 0]},
        {"type": "gap", "seq": 7, "skipped": None, "why": "too slow", "modes": "\x1b[0m"},
        {"type": "size", "rows": 24, "cols": 80, "mine": True},
        {"type": "typed", "count": 2**40},
        {"type": "exit", "code": 7},
        {"type": "error", "code": "not_found", "message": "No.", "hint": "Look."},
    ]
