"""Pages are rendered once for all who get the same one, and go out compressed."""

from __future__ import annotations

import gzip
import re
from typing import TYPE_CHECKING

import pytest
from starlette.datastructures import Headers

from app.progress.store import Progress
from app.web.compression import Seam, gzipped, takes_gzip
from app.web.copies import Copies
from tests.support.site import LESSON, QUIZ

if TYPE_CHECKING:
    from tests.support.site import Student

NONCE = re.compile(r'name="csp-nonce" content="([^"]+)"')


class Renderer:
    """Says its nonce, and counts how often it is asked."""

    def __init__(self, copies: Copies) -> None:
        self.copies = copies
        self.asked = 0

    def __call__(self) -> str:
        self.asked += 1
        return f"<p>{self.copies.nonce}</p><b>{self.copies.nonce}</b>"


@pytest.mark.parametrize("parts", [[b""], [b"a" * 100_000], [b"a", b""], [b"", b"b", b"c" * 999]])
def test_parts_and_what_is_between_them_are_one_gzip_file(parts: list[bytes]) -> None:
    seam = Seam(parts)
    for between in (b"", b"nonce", "\N{SNOWMAN}".encode() * 100):
        assert gzip.decompress(seam.gzip(between)) == between.join(parts) == seam.plain(between)


def test_what_repeats_itself_gets_small() -> None:
    assert len(gzipped(b"docker run\n" * 1000)) < 200


@pytest.mark.parametrize(
    ("said", "takes"),
    [
        ("gzip, deflate, br", True),
        ("br;q=1.0, GZIP; q=0.5", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("br", False),
        ("x-gzip", False),
        ("", False),
    ],
)
def test_only_who_takes_it_gets_it_compressed(said: str, *, takes: bool) -> None:
    assert takes_gzip(Headers({"accept-encoding": said})) == takes


def test_the_same_page_is_rendered_once_and_has_each_answers_nonce() -> None:
    copies = Copies()
    render, lesson = Renderer(copies), object()
    pages = [
        copies.take("lesson", {"lesson": lesson, "progress": Progress()}, render) for _ in range(3)
    ]
    assert render.asked == 1
    assert [page.plain(b"%d" % n) for n, page in enumerate(pages)] == [
        b"<p>%d</p><b>%d</b>" % (n, n) for n in range(3)
    ]


@pytest.mark.parametrize(
    "other",
    [
        {"progress": Progress(frozenset({("a", "b")}))},
        {"progress": Progress(answers={("a", "b"): 1})},
        {"lesson": object()},
        {"terminals": {"available": False}},
        {"more": "than before"},
        {"number": True},
    ],
)
def test_any_other_value_is_another_page(other: dict[str, object]) -> None:
    copies = Copies()
    values: dict[str, object] = {
        "progress": Progress(), "lesson": object(), "terminals": {"available": True}, "number": 1
    }  # fmt: skip
    render = Renderer(copies)
    copies.take("lesson", values, render)
    copies.take("lesson", {**values, **other}, render)
    copies.take("other", values, render)
    assert render.asked == 3


def test_only_so_many_are_kept_and_the_longest_unused_goes() -> None:
    copies = Copies(most=2)
    render = Renderer(copies)
    for number in (1, 2, 1, 3, 1):
        copies.take("page", {"number": number}, render)
    assert render.asked == 3
    copies.take("page", {"number": 2}, render)
    assert render.asked == 4


def test_a_page_is_compressed_and_the_same_to_who_takes_no_compression(student: Student) -> None:
    path = f"/lessons/{LESSON}"
    squeezed = student.http.get(path)
    plain = student.http.get(path, headers={"Accept-Encoding": "identity"})
    assert squeezed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert {"Accept-Encoding", "Accept-Language", "Cookie"} <= set(
        squeezed.headers["vary"].split(", ")
    )
    nonces = []
    for answer in (squeezed, plain):
        (nonce,) = NONCE.findall(answer.text)
        assert f"'nonce-{nonce}'" in answer.headers["content-security-policy"]
        nonces.append(nonce)
    assert nonces[0] != nonces[1]
    assert squeezed.text.replace(nonces[0], nonces[1]) == plain.text


def test_a_student_s_copy_is_nobody_else_s(student: Student) -> None:
    other = student.site.student()
    student.answer(1, QUIZ)
    mine, theirs = (who.http.get(f"/lessons/{LESSON}").text for who in (student, other))
    assert " checked" in mine
    assert " checked" not in theirs


def test_scripts_and_styles_are_compressed_and_their_parts_are_not(student: Student) -> None:
    page = student.http.get(f"/lessons/{LESSON}").text
    (version, *_) = re.findall(r"/static/(v-[0-9a-f]+)/", page)
    for path in ("vendor/xterm/xterm.mjs", "css/all.css", "js/main.js"):
        squeezed = student.http.get(f"/static/{version}/{path}")
        plain = student.http.get(
            f"/static/{version}/{path}", headers={"Accept-Encoding": "identity"}
        )
        assert squeezed.headers["content-encoding"] == "gzip"
        assert squeezed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
        assert squeezed.headers["content-type"] == plain.headers["content-type"]
        assert squeezed.text == plain.text
    part = student.http.get(
        f"/static/{version}/vendor/xterm/xterm.mjs", headers={"Range": "bytes=0-9"}
    )
    assert (part.status_code, len(part.content)) == (206, 10)
