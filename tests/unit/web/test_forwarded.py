"""Headers in which a proxy tells of the browser count from proxies that are trusted only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.site import serving

if TYPE_CHECKING:
    from pathlib import Path

FORWARDED = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"}


@pytest.mark.parametrize(
    ("trusted", "believed"),
    [("127.0.0.1", True), ("127.0.0.0/8", True), ("192.0.2.1", False), ("", False)],
)
def test_who_is_not_trusted_makes_no_connection_an_encrypted_one(
    tmp_path: Path, trusted: str, *, believed: bool
) -> None:
    with serving(tmp_path, trusted_proxies=trusted) as site:
        answer = site.client().get("/", headers=FORWARDED)
        assert ("Secure" in answer.headers["set-cookie"]) is believed


def test_where_browsers_use_https_the_cookie_is_for_nothing_else(tmp_path: Path) -> None:
    with serving(tmp_path, public_url="https://course.example") as site:
        assert "Secure" in site.client().get("/").headers["set-cookie"]
