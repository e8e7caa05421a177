"""Files may be kept for good under the address of their content, and under no other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from app.settings import ROOT
from app.web.static_files import StaticFolder
from tests.support.site import LESSON

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.site import Student

FIRST_VISIT_BYTES = 350_000
VERSION = re.compile(r"/static/(v-[0-9a-f]{12})/")


def page_version(student: Student) -> str:
    found = set(VERSION.findall(student.http.get(f"/lessons/{LESSON}").text))
    assert len(found) == 1
    return str(found.pop())


def caching(student: Student, path: str) -> str:
    answer = student.http.get(path)
    assert answer.status_code == 200
    return str(answer.headers["cache-control"])


@pytest.fixture
def folder(tmp_path: Path) -> StaticFolder:
    (tmp_path / "js").mkdir()
    (tmp_path / "js/main.js").write_text('import "./a.js";\nimport {\n  b,\n} from "../b.mjs";\n')
    (tmp_path / "js/a.js").write_text('// "./none.js"\nimport { b } from "../b.mjs";\n')
    (tmp_path / "b.mjs").write_text("export const b = 1;\n")
    return StaticFolder(tmp_path)


def test_what_a_page_names_may_be_kept(student: Student) -> None:
    version = page_version(student)
    assert "immutable" in caching(student, f"/static/{version}/js/main.js")


@pytest.mark.parametrize("before", ["", "v-000000000000/"])
def test_another_version_and_none_are_asked_for_each_time(student: Student, before: str) -> None:
    assert caching(student, f"/static/{before}js/main.js") == "no-cache"


def test_a_missing_file_is_not_kept_as_missing(student: Student) -> None:
    answer = student.http.get(f"/static/{page_version(student)}/js/none.js")
    assert answer.status_code == 404
    assert answer.headers["cache-control"] == "no-cache"


def test_nothing_outside_the_folder_is_served_by_any_version(student: Student) -> None:
    path = f"/static/{page_version(student)}/%2e%2e/%2e%2e/pyproject.toml"
    assert student.http.get(path).status_code == 404


def test_a_lesson_names_every_module_before_it_is_imported(student: Student) -> None:
    page = student.http.get(f"/lessons/{LESSON}").text
    named = set(re.findall(r'modulepreload" href="/static/[^/]+/([^"]+)"', page))
    scripts = {path.relative_to(ROOT / "static") for path in (ROOT / "static").rglob("*.*js")}
    modules = {path.as_posix() for path in scripts} - {"js/theme.js", "js/early.js"}
    assert named == modules


def test_all_style_sheets_come_as_one(student: Student) -> None:
    answer = student.http.get(f"/static/{page_version(student)}/css/all.css")
    assert answer.headers["content-type"].startswith("text/css")
    assert "immutable" in answer.headers["cache-control"]
    for sheet in (ROOT / "static").rglob("*.css"):
        assert sheet.read_text() in answer.text, sheet


def test_imports_are_found_once_and_transitively(folder: StaticFolder) -> None:
    assert folder.look().needed_by("js/main.js") == ("js/main.js", "js/a.js", "b.mjs")


def test_the_version_is_that_of_the_content(folder: StaticFolder) -> None:
    before = folder.look()
    assert folder.look() is before
    path = folder.folder / "b.mjs"
    path.write_text("export const b = 22;\n")
    changed = folder.look()
    assert changed.name != before.name
    path.write_text("export const b = 1;\n")
    assert folder.look().name == before.name


def test_a_first_visit_to_a_lesson_is_light(student: Student) -> None:
    """Everything that the page names, as it goes over the wire."""

    def weight(path: str) -> int:
        with student.http.stream("GET", path) as answer:
            return sum(len(piece) for piece in answer.iter_raw())

    path = f"/lessons/{LESSON}"
    named = set(re.findall(r'"(/static/[^"]+)"', student.http.get(path).text))
    assert weight(path) + sum(weight(file) for file in named) < FIRST_VISIT_BYTES
