"""A student is a signed cookie: anything else in its place is a new student."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import TimestampSigner

from app.web.identity import COOKIE, MAX_AGE_S, SALT, Identity

if TYPE_CHECKING:
    from tests.support.site import Site, Student

SECRET = b"s" * 32
STUDENT = "0123456789abcdef"
DAY_S = 24 * 3600


class SignerOfOld(TimestampSigner):
    """Signs as if it were just too long ago."""

    def get_timestamp(self) -> int:
        return int(time.time()) - MAX_AGE_S - 60


def signed(value: str | bytes, signer: type[TimestampSigner] = TimestampSigner) -> str:
    return signer(SECRET, salt=SALT).sign(value).decode("latin-1")


def flipped(cookie: str) -> str:
    return cookie[:-2] + ("A" if cookie[-2] != "A" else "B") + cookie[-1]


def test_a_signed_cookie_names_its_student() -> None:
    assert Identity(SECRET).read(Identity(SECRET).sign(STUDENT)) == STUDENT


@pytest.mark.parametrize("later_s", [0, DAY_S, MAX_AGE_S - 60, -DAY_S, -20 * MAX_AGE_S])
def test_a_clock_that_is_set_makes_no_student_a_new_one(later_s: float) -> None:
    cookie = Identity(SECRET).sign(STUDENT)
    assert Identity(SECRET, lambda: time.time() + later_s).read(cookie) == STUDENT


def test_a_cookie_counts_for_as_long_as_the_browser_keeps_it_and_no_longer() -> None:
    cookie = Identity(SECRET).sign(STUDENT)
    assert Identity(SECRET, lambda: time.time() + MAX_AGE_S + 60).read(cookie) is None


@pytest.mark.parametrize(
    "cookie",
    [
        None,
        "",
        STUDENT,
        flipped(signed(STUDENT)),
        signed(STUDENT)[:-5],
        signed(STUDENT).rpartition(".")[0],
        "f" + signed(STUDENT)[1:],
        signed(STUDENT, SignerOfOld),
        Identity(b"t" * 32).sign(STUDENT),
        TimestampSigner(SECRET, salt="another").sign(STUDENT).decode(),
        signed("0123456789ABCDEF"),
        signed("../../etc/passwd"),
        signed(STUDENT + "\n"),
        signed(b"\xff\xfe"),
        "\xff.\xfe.\x00",
        "\ud800",
        "." * 5000,
    ],
)
def test_anything_else_names_nobody(cookie: str | None) -> None:
    assert Identity(SECRET).read(cookie) is None


@given(st.text())
def test_no_text_is_a_student_by_chance(cookie: str) -> None:
    assert Identity(SECRET).read(cookie) is None


def test_new_students_are_all_different() -> None:
    assert len({Identity(SECRET).new_student() for _ in range(1000)}) == 1000


def test_the_cookie_is_kept_from_scripts_and_from_other_sites(site: Site) -> None:
    flags = site.client().get("/").headers["set-cookie"].split("; ")
    assert flags[0].startswith(f"{COOKIE}=")
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(flags)


@pytest.mark.parametrize("path", ["/", "/lessons/first-service"])
def test_the_cookie_is_set_on_the_first_page_and_once(site: Site, path: str) -> None:
    client = site.client()
    assert "set-cookie" in client.get(path).headers
    assert "set-cookie" not in client.get("/").headers
    assert "set-cookie" not in client.get("/lessons/first-service").headers


@pytest.mark.parametrize("cookie", [b"junk", b"\xff\x00\xfe".replace(b"\x00", b""), b"a.b.c"])
def test_a_damaged_cookie_makes_a_new_student(site: Site, cookie: bytes) -> None:
    header = COOKIE.encode() + b"=" + cookie
    answer = site.client().get("/", headers={b"Cookie": header})
    assert answer.status_code == 200
    assert "set-cookie" in answer.headers


def test_the_api_does_not_know_a_stranger(site: Site) -> None:
    answer = site.client().get("/api/sandbox")
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "not_allowed"


def test_the_cookie_outlives_a_restart_of_the_site(student: Student) -> None:
    again = Identity((student.site.secret_file).read_bytes())
    assert again.read(student.http.cookies[COOKIE]) == student.id
