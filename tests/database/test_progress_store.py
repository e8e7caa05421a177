"""The progress store: what is written stays, twice is fine."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from app.database.connection import Database
from app.progress.store import ProgressStore

if TYPE_CHECKING:
    from collections.abc import Iterator

ANN, BOB = "a" * 16, "b" * 16


@pytest.fixture
def store(url: str) -> Iterator[ProgressStore]:
    with Database(url) as database:
        yield ProgressStore(database)


def test_a_new_student_has_done_nothing(store: ProgressStore) -> None:
    assert store.read(ANN).done == frozenset()
    assert store.read(ANN).chosen("ports", "which") is None


def test_finishing_a_step_twice_is_fine(store: ProgressStore) -> None:
    for _ in range(2):
        store.finish_step(ANN, "ports", "one")
    assert store.read(ANN).done == {("ports", "one")}


def test_many_tabs_may_finish_one_step_at_once(store: ProgressStore) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: store.finish_step(ANN, "ports", "one"), range(100)))
    assert store.read(ANN).is_done("ports", "one")


def test_many_tabs_may_answer_one_quiz_at_once(store: ProgressStore) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(
            threads.map(
                lambda option: store.answer_quiz(ANN, "ports", "q", option=option, right=False),
                range(100),
            )
        )
    assert store.read(ANN).chosen("ports", "q") is not None


def test_many_students_may_finish_steps_at_once(store: ProgressStore) -> None:
    students = [f"{number:016x}" for number in range(100)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda student: store.finish_step(student, "ports", "one"), students))
    assert all(store.read(student).is_done("ports", "one") for student in students)


def test_one_students_progress_is_not_anothers(store: ProgressStore) -> None:
    store.finish_step(ANN, "ports", "one")
    store.answer_quiz(ANN, "ports", "which", option=1, right=True)
    assert store.read(BOB).done == frozenset()
    assert store.read(BOB).answers == {}


def test_the_last_answer_of_a_quiz_counts(store: ProgressStore) -> None:
    for option in (2, 0, 1):
        store.answer_quiz(ANN, "ports", "which", option=option, right=option == 1)
    assert store.read(ANN).chosen("ports", "which") == 1


def test_progress_is_there_when_the_store_is_opened_again(url: str) -> None:
    for _ in range(2):
        with Database(url) as database:
            ProgressStore(database).finish_step(ANN, "ports", "one")
    with Database(url) as database:
        assert ProgressStore(database).read(ANN).is_done("ports", "one")


def test_it_is_known_when_something_was_done(store: ProgressStore) -> None:
    before = datetime.now(UTC)
    store.finish_step(ANN, "ports", "one")
    first = store.read(ANN).done_at["ports", "one"]
    store.finish_step(ANN, "ports", "one")
    for right in (False, True):
        store.answer_quiz(ANN, "ports", "q", option=int(right), right=right)
    progress = store.read(ANN)
    at, right = progress.answered["ports", "q"]
    assert right
    assert before <= first == progress.done_at["ports", "one"] <= at <= datetime.now(UTC)
    assert store.read(BOB).done_at == {}
