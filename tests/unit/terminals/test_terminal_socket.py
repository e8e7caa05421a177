"""The terminal's WebSocket: who gets in, what each refusal is called, and that no byte is lost."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from websockets.exceptions import InvalidHandshake, InvalidStatus, NegotiationError

from app.sandboxes.echo_shell import PROMPT
from app.terminals.protocol import CLOSE_CODES, MAX_FRAME_BYTES, SUBPROTOCOL
from tests.support.site import serving

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.site import Site, Student

SHOWN = PROMPT.decode()


@pytest.mark.parametrize(
    "origin",
    ["http://elsewhere.example", "null", "http://127.0.0.1:1", "http://[", None],
)
def test_a_foreign_page_is_refused_at_the_handshake(site: Site, origin: str | None) -> None:
    with pytest.raises(InvalidStatus) as refused, site.socket(origin=origin):
        pass
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("name", [None, "slipway-tty.v0", f"{SUBPROTOCOL}1", f"x{SUBPROTOCOL}"])
def test_another_subprotocol_is_refused_at_the_handshake(site: Site, name: str | None) -> None:
    with pytest.raises(InvalidHandshake) as refused, site.socket(subprotocol=name):
        pass
    assert not isinstance(refused.value, NegotiationError)


def test_the_subprotocol_is_confirmed(ready: Student) -> None:
    with ready.terminal() as tty:
        assert tty.connection.subprotocol == SUBPROTOCOL


def test_a_browser_without_a_cookie_is_told_so(site: Site) -> None:
    with site.socket() as tty:
        assert tty.close_code() == CLOSE_CODES["NO_STUDENT"]
        assert tty.error
        assert tty.error["code"] == "not_allowed"
        assert tty.error["message"]


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"Iecho\r",
        b'Z{"rows": 24, "cols": 80}',
        b"H",
        b"H[]",
        b"H\xff\xfe",
        b'H{"rows": 24, "cols": 80}',
        b'H{"last_seq": -1, "rows": 24, "cols": 80}',
        b'H{"last_seq": 0, "rows": "24", "cols": 80}',
        b"?",
        'H{"last_seq": 0, "rows": 24, "cols": 80}',
    ],
)
def test_a_first_frame_that_is_no_hello_is_malformed(ready: Student, frame: bytes | str) -> None:
    with ready.terminal() as tty:
        tty.send(frame)
        assert tty.close_code() == CLOSE_CODES["MALFORMED_FRAME"]
        assert tty.error
        assert tty.error["code"] == "bad_request"


@pytest.mark.parametrize(
    "frame", ["text", b'H{"last_seq": 0, "rows": 24, "cols": 80}', b"Z{", b"?"]
)
def test_a_later_frame_that_is_malformed_closes_the_socket(
    ready: Student, frame: bytes | str
) -> None:
    with ready.terminal() as tty:
        tty.hello().wait_for(SHOWN)
        tty.send(frame)
        assert tty.close_code() == CLOSE_CODES["MALFORMED_FRAME"]


def test_a_malformed_frame_leaves_the_shell_alone(ready: Student) -> None:
    with ready.terminal() as tty:
        tty.hello().wait_for(SHOWN)
        tty.send(b"?")
        tty.close_code()
    with ready.terminal() as again:
        again.hello(last_seq=len(PROMPT), shell=tty.shell)
        again.type("echo still here\r")
        again.wait_for("\nstill here")
        assert again.first_seq == len(PROMPT)


def test_a_frame_above_the_limit_is_malformed(ready: Student) -> None:
    with ready.terminal() as tty:
        tty.hello().wait_for(SHOWN)
        tty.send(b"I" + b"x" * MAX_FRAME_BYTES)
        assert tty.close_code() == CLOSE_CODES["MALFORMED_FRAME"]


def test_a_frame_above_the_servers_limit_is_not_even_read(ready: Student) -> None:
    with ready.terminal() as tty:
        tty.hello().wait_for(SHOWN)
        tty.send(b"I" + b"x" * 4 * MAX_FRAME_BYTES)
        assert tty.close_code() == 1009


@pytest.mark.parametrize("node", ["node2", "node9", "elsewhere"])
def test_a_node_that_the_sandbox_does_not_have(ready: Student, node: str) -> None:
    with ready.terminal(node=node) as tty:
        tty.hello()
        assert tty.close_code() == CLOSE_CODES["NO_SUCH_NODE"]


@pytest.mark.parametrize("name", ["MAIN", "a" * 33, "a_b", "%20"])
def test_a_terminals_bad_name_is_malformed(ready: Student, name: str) -> None:
    with ready.terminal(name=name) as tty:
        tty.hello()
        assert tty.close_code() == CLOSE_CODES["MALFORMED_FRAME"]


def test_a_student_without_a_sandbox_is_told_to_wait(student: Student) -> None:
    with student.terminal() as tty:
        tty.hello()
        assert tty.close_code() == CLOSE_CODES["SANDBOX_NOT_READY"]
        assert tty.error
        assert tty.error["hint"]


def test_a_stopped_node_has_no_terminal(ready: Student) -> None:
    ready.site.inside(lambda: ready.site.engine.stop(ready.id, "node1"))
    with ready.terminal() as tty:
        tty.hello()
        assert tty.close_code() == CLOSE_CODES["SANDBOX_NOT_READY"]


def test_an_engine_that_goes_away_is_named_as_the_reason(tmp_path: Path) -> None:
    with serving(tmp_path) as site:
        student = site.student().start()
        site.inside(site.engine.go_away)
        with student.terminal() as tty:
            tty.hello()
            assert tty.close_code() == CLOSE_CODES["ENGINE_UNAVAILABLE"]


def test_what_is_typed_comes_back(ready: Student) -> None:
    with ready.terminal() as tty:
        tty.hello()
        tty.type("echo hello there\r")
        tty.wait_for("\r\nhello there\r\n" + SHOWN)
        assert tty.first_seq == 0


def test_the_shell_has_the_browsers_size(ready: Student) -> None:
    with ready.terminal() as tty:
        tty.hello(rows=31, cols=101)
        tty.type("stty size\r")
        tty.wait_for("\r\n31 101\r\n")


def test_a_resize_reaches_the_shell(ready: Student) -> None:
    with ready.terminal() as tty:
        tty.hello()
        tty.resize(40, 120)
        tty.type("stty size\r")
        tty.wait_for("\r\n40 120\r\n")


def test_nonsense_sizes_are_clamped(ready: Student) -> None:
    with ready.terminal() as tty:
        tty.hello()
        tty.resize(-5, 10**9)
        tty.type("stty size\r")
        tty.wait_for("\r\n2 500\r\n")


def test_an_ended_shell_tells_its_code_and_then_closes(ready: Student) -> None:
    with ready.terminal() as tty:
        tty.hello()
        tty.type("exit 7\r")
        assert tty.close_code() == CLOSE_CODES["SHELL_ENDED"]
        assert tty.exit == {"code": 7}


def test_after_an_exit_the_same_name_is_a_new_shell(ready: Student) -> None:
    with ready.terminal() as tty:
        tty.hello()
        tty.type("exit\r")
        tty.close_code()
        seen = tty.next_seq
    with ready.terminal() as tty:
        tty.hello(last_seq=seen).wait_for(SHOWN)
        assert (tty.first_seq, tty.output) == (0, PROMPT)


def test_a_browser_that_comes_back_gets_exactly_what_it_missed(ready: Student) -> None:
    with ready.terminal() as tty:
        tty.hello()
        tty.type("echo one\r")
        tty.wait_for("\none\r\n" + SHOWN)
        left_at, before = tty.next_seq, tty.output
    with ready.terminal() as other:
        other.hello()
        other.type("echo two\r")
        other.wait_for("\ntwo\r\n" + SHOWN)
        everything = other.output
    with ready.terminal() as back:
        back.hello(last_seq=left_at, shell=tty.shell).wait_for("\ntwo\r\n" + SHOWN)
        assert back.first_seq == left_at
        assert before + back.output == everything


def test_two_students_terminals_of_one_name_are_two_shells(site: Site) -> None:
    mine, yours = site.student().start(), site.student().start()
    with mine.terminal() as one, yours.terminal() as two:
        one.hello()
        one.type("echo secret\r")
        one.wait_for("\nsecret")
        two.hello()
        two.type("echo mine\r")
        two.wait_for("\nmine")
        assert b"secret" not in two.output


def test_one_terminal_too_many_is_refused(tmp_path: Path) -> None:
    with serving(tmp_path, terminals_per_student=1) as site:
        student = site.student().start()
        with student.terminal("one") as one, student.terminal("two") as two:
            one.hello().wait_for(SHOWN)
            two.hello()
            assert two.close_code() == CLOSE_CODES["TOO_MANY_TERMINALS"]
            one.type("echo unharmed\r")
            one.wait_for("\nunharmed")


def test_one_tab_too_many_on_a_terminal_is_refused(tmp_path: Path) -> None:
    with serving(tmp_path, sockets_per_terminal=1) as site:
        student = site.student().start()
        with student.terminal() as one, student.terminal() as two:
            one.hello().wait_for(SHOWN)
            two.hello()
            assert two.close_code() == CLOSE_CODES["TOO_MANY_TERMINALS"]


def test_the_error_frame_has_the_shape_of_an_api_error(student: Student) -> None:
    with student.terminal() as tty:
        tty.hello()
        tty.close_code()
        assert tty.error
        assert set(tty.error) == {"code", "message", "hint"}
        assert json.dumps(tty.error)


def test_after_a_reset_nobody_is_led_back_into_the_old_shell(ready: Student) -> None:
    with ready.terminal() as tty:
        tty.hello()
        tty.wait_for("$ ")
        before = tty.shell
    ready.http.delete("/api/sandbox")
    ready.wait_for("ready")
    with ready.terminal() as tty:
        tty.hello(shell=before)
        tty.wait_for("$ ")
        assert tty.shell != before
