"""Every answer, errors included, carries the security headers; no nonce is used twice."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from app.sandboxes.echo_engine import EchoEngine
from tests.support.site import LESSON, serving

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from app.sandboxes.engine import NodeStatus
    from tests.support.site import Site, Student

PATHS = (
    "/",
    f"/lessons/{LESSON}",
    "/nowhere",
    "/lessons/nowhere",
    "/api/sandbox",
    "/api/nowhere",
    "/healthz",
    "/static/js/main.js",
    "/static/none.js",
)


class BrokenEngine(EchoEngine):
    """Has a bug of our own in one place."""

    async def restart(self, student: str, node: str) -> NodeStatus:
        raise RuntimeError(f"a bug met {student} on {node}")


def nonce_of(answer: httpx.Response) -> str:
    found = re.search(r"'nonce-([^']+)'", answer.headers["content-security-policy"])
    assert found
    return found[1]


def check_headers(answer: httpx.Response) -> None:
    policy = dict(
        rule.split(" ", 1) for rule in answer.headers["content-security-policy"].split("; ")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["style-src"].startswith("'self' 'nonce-")
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert "server" not in answer.headers


@pytest.mark.parametrize("path", PATHS)
def test_the_headers_are_on(student: Student, path: str) -> None:
    check_headers(student.http.get(path))


@pytest.mark.parametrize("path", PATHS)
def test_the_headers_are_on_for_strangers(site: Site, path: str) -> None:
    check_headers(site.client().get(path))


def test_each_answer_has_a_nonce_of_its_own(student: Student) -> None:
    nonces = {nonce_of(student.http.get("/")) for _ in range(20)}
    assert len(nonces) == 20
    assert all(len(nonce) >= 22 for nonce in nonces)


def test_a_page_carries_the_nonce_of_its_own_policy(student: Student) -> None:
    answer = student.http.get("/")
    assert f'name="csp-nonce" content="{nonce_of(answer)}"' in answer.text


def test_a_page_has_no_inline_script_or_style(student: Student) -> None:
    page = student.http.get(f"/lessons/{LESSON}").text
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert "<style" not in page
    assert not re.search(r"\s(style|on\w+)=\"", page)


def test_a_bug_of_ours_is_an_error_with_headers_and_without_a_traceback(tmp_path: Path) -> None:
    with serving(tmp_path, BrokenEngine()) as site:
        answer = site.student().start().http.post("/api/sandbox/nodes/node1/restart")
    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "internal"
    assert "bug" not in answer.text
    check_headers(answer)
