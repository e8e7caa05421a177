"""What is another student's is out of reach: with one's own cookie, and with guessed ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from app.terminals.protocol import CLOSE_CODES
from app.web.identity import COOKIE, Pass
from tests.support.site import LESSON, STEP

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.site import Site, Student

CHECK = f"/api/lessons/{LESSON}/steps/{STEP}/check"
ASKED = [
    ("GET", "/api/sandbox"),
    ("DELETE", "/api/sandbox"),
    ("DELETE", "/api/sandbox/nodes/node1"),
    ("POST", CHECK),
    ("GET", "/api/topology"),
    ("GET", "/api/events"),
    ("GET", "/api/terminals/node1/main/recording"),
    ("DELETE", "/api/terminals/node1/main"),
    ("GET", "/preview/node1/8080/"),
]
# What somebody could make of Ann's id, which is no secret, and of a cookie of one's own.
GUESSES: dict[str, Callable[[Student, Student, bytes], str]] = {
    "the id alone": lambda ann, _eve, _key: ann.id,
    "the id with one's own signature": lambda ann, eve, _key: (
        f"{ann.id}.{cookie_of(eve).partition('.')[2]}"
    ),
    "the id with no signature": lambda ann, _eve, _key: f"{ann.id}..",
    "a pass for previews": lambda ann, _eve, key: Pass(key).sign(ann.id),
}


def cookie_of(student: Student) -> str:
    return str(student.http.cookies[COOKIE])


@pytest.fixture
def ann(site: Site) -> Student:
    """With a sandbox, and a terminal in which something secret was said."""
    ann = site.student().start()
    with ann.terminal() as tty:
        tty.hello().type("secret of hers\r")
        tty.wait_for("secret of hers")
    return ann


@pytest.mark.parametrize("guess", GUESSES)
def test_an_id_that_is_known_or_guessed_opens_nothing(site: Site, ann: Student, guess: str) -> None:
    forged = GUESSES[guess](ann, site.student(), site.secret_file.read_bytes())
    headers = {"Cookie": f"{COOKIE}={forged}", "Origin": site.url}
    with httpx.Client(base_url=site.url, headers=headers, timeout=60) as eve:
        for method, path in ASKED:
            body = {"answer": None} if path == CHECK else None
            answer = eve.request(method, path, json=body)
            assert answer.status_code == 403, path
            assert "secret" not in answer.text
    with site.socket(headers={"Cookie": f"{COOKIE}={forged}"}) as tty:
        assert tty.close_code() == CLOSE_CODES["NO_STUDENT"]
    assert_untouched(ann)


def test_ones_own_cookie_leads_to_ones_own_things_only(site: Site, ann: Student) -> None:
    eve = site.student()
    assert eve.sandbox()["state"] == "none"
    assert eve.http.get("/api/topology").json()["nodes"] == []
    assert eve.http.get("/api/terminals/node1/main/recording").status_code == 404
    assert eve.check().status_code == 409
    assert eve.http.delete("/api/sandbox/nodes/node1").status_code == 404
    eve.start()
    with eve.terminal() as tty:
        tty.hello().wait_for("$ ")
        assert b"secret" not in tty.output
    assert eve.http.delete("/api/terminals/node1/main").status_code == 204
    eve.http.delete("/api/sandbox")
    assert_untouched(ann)


def test_a_cookie_is_no_pass_for_previews(site: Site, ann: Student) -> None:
    address = f"/preview/{cookie_of(ann)}/node1/8080/"
    assert site.client().get(address).status_code in (403, 404)


def assert_untouched(ann: Student) -> None:
    """The control too: she gets all of it with her own cookie."""
    assert ann.sandbox()["state"] == "ready"
    assert "secret of hers" in ann.http.get("/api/terminals/node1/main/recording").text
    assert ann.http.get("/api/topology").json()["nodes"]
