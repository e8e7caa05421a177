"""Words are found in every lesson, in whatever form, and nothing breaks on odd ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.lessons.load import load_course
from app.lessons.search import MAX_RESULTS, Search
from app.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

COURSE = load_course(Settings().content_dir)


@pytest.fixture(scope="module")
def search() -> Iterator[Search]:
    search = Search(COURSE)
    yield search
    search.close()


def test_every_step_is_found_by_its_title(search: Search) -> None:
    for lesson in COURSE.lessons:
        for step in lesson.steps:
            found = search.find(f"{lesson.title} {step.title}")
            assert (lesson.slug, f"step-{step.id}") in {(row.slug, row.anchor) for row in found}


def test_a_match_is_marked_and_the_rest_is_plain_text(search: Search) -> None:
    for row in search.find("container"):
        assert "</" not in "".join(text for text, _ in row.excerpt)
        marked = [text.lower() for text, matches in row.excerpt if matches]
        assert all(text.startswith("contain") for text in marked)


def test_other_forms_and_beginnings_of_a_word_match(search: Search) -> None:
    whole = {(row.slug, row.anchor) for row in search.find("published ports")}
    assert whole & {(row.slug, row.anchor) for row in search.find("publishing port")}
    assert search.find("contai")


def test_nothing_is_found_where_there_is_nothing(search: Search) -> None:
    assert search.find("") == []
    assert search.find("  \u2028 ?! ") == []
    assert search.find("zyzzyva") == []


@given(st.text(max_size=300))
def test_no_query_breaks_it(search: Search, query: str) -> None:
    assert len(search.find(query)) <= MAX_RESULTS
