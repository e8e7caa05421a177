"""A closed terminal ends its shell, and only the student's own page may ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.terminals.protocol import CLOSE_CODES

if TYPE_CHECKING:
    from tests.support.site import Student


def test_closing_ends_the_shell_for_all_its_pages(ready: Student) -> None:
    with ready.terminal("2-abc") as tty, ready.terminal("main") as other:
        for each in (tty, other):
            each.hello().wait_for("$ ")
        assert ready.http.delete("/api/terminals/node1/2-abc").status_code == 204
        assert tty.close_code() == CLOSE_CODES["SHELL_ENDED"]
        other.type("echo still-here\r")
        other.wait_for("\r\nstill-here")


def test_closing_what_is_not_there_is_fine(ready: Student) -> None:
    for path in ("node1/none", "node3/main", "nowhere/x"):
        assert ready.http.delete(f"/api/terminals/{path}").status_code == 204


def test_another_sites_page_closes_nothing(ready: Student) -> None:
    with ready.terminal() as tty:
        tty.hello().wait_for("$ ")
        foreign = {"Origin": "http://elsewhere.example"}
        assert ready.http.delete("/api/terminals/node1/main", headers=foreign).status_code == 403
        tty.type("echo still-here\r")
        tty.wait_for("\r\nstill-here")
