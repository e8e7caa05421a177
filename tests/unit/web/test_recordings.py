"""Students download what their own terminals have said, and nobody else's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from app.sandboxes.echo_shell import PROMPT
from app.terminals.hub import RECORDINGS_PER_MINUTE

if TYPE_CHECKING:
    import httpx

    from tests.support.site import Site, Student

SHOWN = PROMPT.decode()


def asked(student: Student, query: str = "", name: str = "main") -> httpx.Response:
    return student.http.get(f"/api/terminals/node1/{name}/recording{query}")


def use(student: Student, *lines: str) -> None:
    with student.terminal() as tty:
        tty.hello(rows=30, cols=100)
        for line in lines:
            tty.type(f"{line}\r")
            tty.wait_for(f"\r\n{line.partition(' ')[2]}\r\n")


def test_it_comes_as_an_asciicast(ready: Student) -> None:
    use(ready, "echo hello")
    answer = asked(ready)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/x-asciicast"
    assert answer.headers["content-disposition"] == 'attachment; filename="slipway-node1-main.cast"'
    assert answer.headers["cache-control"] == "no-store"
    header, *events = [json.loads(line) for line in answer.text.splitlines()]
    # The shell may have been opened ahead, at the size that terminals have.
    sizes = [
        f"{header['width']}x{header['height']}",
        *(to for _, kind, to in events if kind == "r"),
    ]
    assert sizes[-1] == "100x30"
    assert set(sizes[:-1]) <= {"80x24"}
    said = "".join(text for _, kind, text in events if kind == "o")
    assert said.startswith(f"{SHOWN}echo hello\r\nhello\r\n")


def test_it_comes_as_text(ready: Student) -> None:
    use(ready, "echo one", "echo two")
    answer = asked(ready, "?format=text")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="slipway-node1-main.txt"'
    assert answer.text.startswith(f"{SHOWN}echo one\none\n{SHOWN}echo two\ntwo\n")


def test_another_student_gets_nothing_of_it(site: Site) -> None:
    mine, yours = site.student().start(), site.student().start()
    use(mine, "echo secret")
    assert asked(yours).status_code == 404
    assert asked(mine).status_code == 200


def test_a_stranger_is_refused(site: Site) -> None:
    assert site.client().get("/api/terminals/node1/main/recording").status_code == 403


@pytest.mark.parametrize("name", ["MAIN", "a" * 33, "a%0d%0aX-Evil:1", "%22", "a.b"])
def test_a_bad_name_is_malformed(ready: Student, name: str) -> None:
    assert asked(ready, name=name).status_code == 400


def test_a_terminal_that_was_never_opened_has_none(ready: Student) -> None:
    assert asked(ready, name="other").json()["error"]["code"] == "not_found"


def test_another_format_is_refused(ready: Student) -> None:
    use(ready, "echo hello")
    assert asked(ready, "?format=gif").status_code == 422


def test_nobody_downloads_all_the_time(ready: Student) -> None:
    use(ready, "echo hello")
    codes = [asked(ready).status_code for _ in range(RECORDINGS_PER_MINUTE + 1)]
    assert codes == [200] * RECORDINGS_PER_MINUTE + [429]


def test_a_sandbox_that_is_reset_takes_its_recordings_along(ready: Student) -> None:
    use(ready, "echo hello")
    ready.http.delete("/api/sandbox")
    ready.wait_for("ready")
    assert asked(ready).status_code == 404
