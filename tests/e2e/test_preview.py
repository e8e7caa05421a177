"""A published port in Chromium: the real page, which can do nothing in the student's name."""

from __future__ import annotations

import base64
import gzip
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.support import talker
from tests.support.lesson_page import READY_MS

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.support.lesson_page import LessonPage

TALKER = Path(talker.__file__)
# A page of the student's that tries to be the student.
ATTACK = """<h1>Hello</h1><script>
const told = [];
const tell = (word) => { told.push(word); document.title = told.join(" "); };
try { tell(document.cookie ? "cookie" : "no-cookie"); } catch { tell("no-cookie"); }
try { localStorage.length; tell("storage"); } catch { tell("no-storage"); }
const ask = (what, how) => fetch(new URL(what, location.href), how)
  .then((answer) => answer.text()).then(() => tell("read"), () => tell("unread"));
ask("/api/sandbox", { credentials: "include" })
  .then(() => ask("/api/sandbox", { method: "DELETE", credentials: "include" }))
  .then(() => ask("own.txt")).then(() => tell("done"));
</script>"""
WRITE = (
    "mkdir -p /root/web && cd /root/web && echo mine >own.txt && cat >index.html <<'END'\n{}\nEND"
)


def opened(lesson: LessonPage, port: int) -> Page:
    page = lesson.page.context.new_page()
    page.goto(f"/preview/node1/{port}/")
    return page


def test_nginx_shows_its_page(lesson: LessonPage) -> None:
    lesson.type("docker run -d -p 127.0.0.1:8080:80 --name web nginx && echo run''ning")
    lesson.wait_for_text("\nrunning")
    page = opened(lesson, 8080)
    expect(page.get_by_role("heading")).to_have_text("Welcome to nginx!", timeout=READY_MS)
    page.close()


def test_a_page_of_the_student_s_is_not_the_student(lesson: LessonPage) -> None:
    lesson.type(WRITE.replace("{}", ATTACK))
    lesson.type("docker run -d -p 80:80 -v /root/web:/usr/share/nginx/html nginx && echo run''ning")
    lesson.wait_for_text("\nrunning")
    page = opened(lesson, 80)
    expect(page.get_by_role("heading")).to_have_text("Hello", timeout=READY_MS)
    page.wait_for_function("document.title.endsWith('done')")
    assert page.title() == "no-cookie no-storage unread unread read done"
    page.close()
    lesson.expect_state("ready")


def test_any_method_large_bodies_streams_and_websockets_go_through(lesson: LessonPage) -> None:
    lesson.type(f"base64 -d <<END | gunzip >/root/talker.py\n{packed(TALKER)}\nEND")
    lesson.type(
        "docker run -d -p 8000:80 -v /root/talker.py:/talker.py jpetazzo/trainingwheels "
        "python3 /talker.py && echo run''ning"
    )
    lesson.wait_for_text("\nrunning")
    page = opened(lesson, 8000)
    page.wait_for_function("document.title.endsWith('hello')", timeout=READY_MS)
    assert page.title().split(" | ") == [
        *(f"{method} 3000000" for method in ("PUT", "PATCH", "DELETE", "PROPFIND")),
        "big 20000000",
        "first",
        "hello",
    ]
    page.close()


def packed(path: Path) -> str:
    """Short enough lines for a terminal."""
    return base64.encodebytes(gzip.compress(path.read_bytes(), mtime=0)).decode().strip()


def test_a_port_where_nobody_listens_says_what_to_look_at(lesson: LessonPage) -> None:
    page = opened(lesson, 9)
    expect(page.get_by_role("main")).to_contain_text("Nothing speaks HTTP on port 9 of node1")
    page.close()
