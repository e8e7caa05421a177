"""Every error of the API has one shape: a code, a sentence, and a hint."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app import errors
from app.checking import MAX_ANSWER_CHARACTERS
from app.errors import SlipwayError
from app.terminals.protocol import CLOSE_CODES
from app.web.errors import TABLE, close_code, http_status
from tests.support.site import LESSON

if TYPE_CHECKING:
    import httpx

    from tests.support.site import Student

KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, SlipwayError) and kind is not SlipwayError
]
CHECK = f"/api/lessons/{LESSON}/steps/start-it/check"
QUIZ = f"/api/lessons/{LESSON}/quizzes/which-side"


def check_shape(answer: httpx.Response, status: int, code: str) -> None:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "hint"}
    assert body["error"]["code"] == code
    assert body["error"]["message"].endswith(".")


@pytest.mark.parametrize("kind", KINDS)
def test_each_error_has_a_code_of_its_own_and_stands_in_the_tree(kind: type[SlipwayError]) -> None:
    assert [other.code for other in KINDS].count(kind.code) == 1
    assert kind.__name__ in (errors.__doc__ or "")


@pytest.mark.parametrize(
    ("kind", "status", "close"),
    [
        (errors.EngineUnavailable, 503, 4503),
        (errors.SandboxUnavailable, 409, 4409),
        (errors.NodeUnavailable, 409, 4409),
        (errors.TerminalRefused, 429, 4429),
        (errors.TooManyRequests, 429, 4429),
        (errors.NotFound, 404, 4404),
        (errors.BadRequest, 400, 4400),
        (errors.NotAllowed, 403, 4401),
        (errors.LessonsInvalid, 500, 4503),
        (errors.SetupFailed, 500, 4503),
    ],
)
def test_each_error_has_a_status_and_a_close_code(
    kind: type[SlipwayError], status: int, close: int
) -> None:
    assert (http_status(kind("No.")), close_code(kind("No."))) == (status, close)


def test_the_table_only_names_close_codes_there_are() -> None:
    assert {name for _, _, name in TABLE} <= set(CLOSE_CODES)


def test_the_narrower_error_stands_first_in_the_table() -> None:
    for at, (kind, _, _) in enumerate(TABLE):
        assert not [wide for wide, _, _ in TABLE[:at] if issubclass(kind, wide)]


@pytest.mark.parametrize(
    "path",
    [
        "/api/lessons/nowhere/steps/start-it/check",
        f"/api/lessons/{LESSON}/steps/nothing/check",
        "/api/lessons/nowhere/quizzes/which-side",
        f"/api/lessons/{LESSON}/quizzes/nothing",
    ],
)
def test_what_does_not_exist(ready: Student, path: str) -> None:
    check_shape(ready.http.post(path, json={"option": 0}), 404, "not_found")


def test_an_address_that_does_not_exist(student: Student) -> None:
    check_shape(student.http.get("/api/nowhere"), 404, "not_found")


def test_a_method_that_is_not_possible(student: Student) -> None:
    check_shape(student.http.put("/api/sandbox"), 405, "method_not_allowed")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (QUIZ, b"{}"),
        (QUIZ, b'{"option": "first"}'),
        (QUIZ, b'{"option": -1}'),
        (QUIZ, b"no json"),
        (QUIZ, b"\xff"),
        (QUIZ, b""),
        (CHECK, b'{"answer": 5}'),
        (CHECK, b'{"answer": "' + b"x" * (MAX_ANSWER_CHARACTERS + 1) + b'"}'),
    ],
)
def test_a_body_that_is_not_what_is_expected(ready: Student, path: str, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = ready.http.post(path, content=body, headers=headers)
    assert answer.status_code in (400, 422)
    check_shape(answer, answer.status_code, "bad_request")


def test_a_quiz_option_that_is_not_there(student: Student) -> None:
    check_shape(student.answer(50), 400, "bad_request")


def test_a_check_without_a_sandbox(student: Student) -> None:
    check_shape(student.check(), 409, "sandbox_unavailable")


def test_a_check_on_a_stopped_node(ready: Student) -> None:
    ready.site.inside(lambda: ready.site.engine.stop(ready.id, "node1"))
    check_shape(ready.check(), 409, "node_unavailable")
