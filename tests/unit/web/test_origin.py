"""Only our own pages may ask for changes in a student's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.web.identity import COOKIE
from tests.support.site import serving

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.site import Site, Student

CHANGES = (
    ("POST", "/api/sandbox"),
    ("DELETE", "/api/sandbox"),
    ("POST", "/api/sandbox/nodes/node1/restart"),
    ("POST", "/api/lessons/first-service/steps/start-it/check"),
    ("POST", "/api/lessons/first-service/quizzes/which-side"),
    ("POST", "/api/lessons/first-service/setup"),
    ("POST", "/api/lessons/first-service/steps/start-it/setup"),
)


def ask(student: Student, origin: str | None, method: str, path: str) -> int:
    student.http.headers.pop("Origin", None)
    headers = {} if origin is None else {"Origin": origin}
    body = {"option": 0} if "quizzes" in path else {}
    content = None if method == "DELETE" else body
    answer = student.http.request(method, path, headers=headers, json=content)
    if answer.status_code == 403:
        assert answer.json()["error"]["code"] == "not_allowed"
        assert answer.json()["error"]["hint"]
    return answer.status_code


@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_a_change_without_an_origin_is_refused(student: Student, method: str, path: str) -> None:
    assert ask(student, None, method, path) == 403


@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_a_change_that_another_site_asks_for_is_refused(
    student: Student, method: str, path: str
) -> None:
    assert ask(student, "https://elsewhere.example", method, path) == 403


@pytest.mark.parametrize(
    "origin",
    ["", "null", "http://", "http://[", "http://127.0.0.1", "http://127.0.0.1:1", "file://"],
)
def test_an_origin_that_is_not_exactly_ours_is_refused(student: Student, origin: str) -> None:
    assert ask(student, origin, "POST", "/api/sandbox") == 403


@pytest.mark.parametrize("change", [("http:", "https:"), ("127.0.0.1", "localhost"), ("", "x")])
def test_another_scheme_or_name_is_another_origin(
    student: Student, change: tuple[str, str]
) -> None:
    origin = student.site.url.replace(*change, 1)
    assert ask(student, origin, "POST", "/api/sandbox") == 403
    assert ask(student, student.site.url + "/", "POST", "/api/sandbox") == 403


@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_our_own_pages_get_through(site: Site, method: str, path: str) -> None:
    student = site.student().start()
    assert ask(student, site.url, method, path) != 403


def test_a_refused_change_changes_nothing(student: Student) -> None:
    ask(student, "null", "POST", "/api/sandbox")
    assert student.sandbox()["state"] == "none"


def test_behind_a_proxy_only_the_public_origin_counts(tmp_path: Path) -> None:
    with serving(tmp_path, public_url="https://class.example/") as site:
        student = site.student()
        # It is for encrypted connections only, which end at the proxy.
        student.http.headers["Cookie"] = f"{COOKIE}={student.http.cookies[COOKIE]}"
        assert ask(student, site.url, "POST", "/api/sandbox") == 403
        assert ask(student, "https://class.example", "POST", "/api/sandbox") == 200


@pytest.mark.parametrize(
    "host", ["evil.example:80", "127.0.0.1.evil.example", "localhost.evil", ""]
)
def test_a_strange_name_that_leads_here_makes_no_page_ours(student: Student, host: str) -> None:
    headers = {"Host": host, "Origin": f"http://{host}"}
    assert student.http.post("/api/sandbox", headers=headers).status_code in (400, 403)


@pytest.mark.parametrize("host", ["localhost:8000", "192.0.2.7", "[::1]:8000", "class.example"])
def test_addresses_and_the_names_that_are_allowed_are_ours(tmp_path: Path, host: str) -> None:
    with serving(tmp_path, allowed_hosts="class.example other.example") as site:
        headers = {"Host": host, "Origin": f"http://{host}"}
        assert site.student().http.post("/api/sandbox", headers=headers).status_code == 200
