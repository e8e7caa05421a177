"""Any bytes from a browser become a value or a BadRequest, and sizes become sensible."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import BadRequest
from app.terminals import protocol
from app.terminals.protocol import Hello, Input, Resize, decode

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
FIELDS = st.dictionaries(st.sampled_from(["last_seq", "rows", "cols", "more"]), JSON)


def check_total(frame: bytes) -> None:
    value: object = None
    with contextlib.suppress(BadRequest):
        value = decode(frame)
    if isinstance(value, Hello | Resize):
        assert protocol.MIN_ROWS <= value.rows <= protocol.MAX_ROWS
        assert protocol.MIN_COLS <= value.cols <= protocol.MAX_COLS
    if isinstance(value, Hello):
        assert 0 <= value.last_seq <= protocol.MAX_SEQ


@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_or_a_bad_request(frame: bytes) -> None:
    check_total(frame)


@given(st.sampled_from([b"H", b"Z"]), FIELDS | JSON)
def test_any_json_is_a_value_or_a_bad_request(kind: bytes, table: object) -> None:
    check_total(kind + json.dumps(table).encode())


@pytest.mark.parametrize("body", [b"[" * 60_000, b"1" * 60_000, b'{"rows":' + b"9" * 5000 + b"}"])
def test_json_made_to_exhaust_the_reader_is_a_bad_request(body: bytes) -> None:
    with pytest.raises(BadRequest):
        decode(b"H" + body)


@given(st.binary(max_size=1000))
def test_input_is_passed_on_byte_for_byte(data: bytes) -> None:
    assert decode(b"I" + data) == Input(data)


@given(st.integers(), st.integers())
def test_sizes_are_clamped(rows: int, cols: int) -> None:
    frame = b"Z" + json.dumps({"rows": rows, "cols": cols}).encode()
    assert decode(frame) == Resize(min(max(rows, 2), 300), min(max(cols, 2), 500))


def test_a_hello_carries_the_next_byte_wanted() -> None:
    assert decode(b'H{"last_seq": 5, "rows": 24, "cols": 80}') == Hello(5, 24, 80)


def test_a_full_frame_is_input_and_one_byte_more_is_refused() -> None:
    assert decode(b"I" * protocol.MAX_FRAME_BYTES) == Input(b"I" * protocol.MAX_INPUT_BYTES)
    with pytest.raises(BadRequest):
        decode(b"I" * (protocol.MAX_FRAME_BYTES + 1))


@given(st.integers(0, 2**64 - 1), st.binary(max_size=100))
def test_output_is_its_number_and_then_its_bytes(seq: int, data: bytes) -> None:
    frame = protocol.output(seq, data)
    assert (frame[:1], int.from_bytes(frame[1:9], "big"), frame[9:]) == (b"O", seq, data)


@pytest.mark.parametrize("code", [0, 137, None])
def test_an_exit_frame_carries_the_code(code: int | None) -> None:
    frame = protocol.ended(code)
    assert (frame[:1], json.loads(frame[1:])) == (b"X", {"code": code})


@given(st.text(), st.text(), st.text())
def test_an_error_frame_carries_code_message_and_hint(code: str, message: str, hint: str) -> None:
    frame = protocol.error(code, message, hint)
    assert frame[:1] == b"E"
    assert json.loads(frame[1:]) == {"code": code, "message": message, "hint": hint}
