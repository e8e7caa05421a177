"""The progress store: what is written stays, twice is fine, migrations match the tables."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from app.errors import SetupFailed
from app.progress.store import ProgressStore
from app.progress.tables import Base

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ANN, BOB = "a" * 16, "b" * 16


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'slipway.db'}"


@pytest.fixture
def store(url: str) -> Iterator[ProgressStore]:
    store = ProgressStore(url)
    yield store
    store.close()


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
        store = ProgressStore(url)
        store.finish_step(ANN, "ports", "one")
        store.close()
    store = ProgressStore(url)
    assert store.read(ANN).is_done("ports", "one")
    store.close()


def test_the_migrations_lead_to_the_tables_that_the_code_uses(
    store: ProgressStore, url: str
) -> None:
    assert store.read(ANN).answers == {}
    engine = create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////dev/null/slipway.db",
        "nonsense",
        "nodatabase://here",
        "sqlite:///file:/dev/null?mode=ro&uri=true",
    ],
)
def test_a_database_that_cant_be_opened_is_told_with_what_to_do(url: str) -> None:
    with pytest.raises(SetupFailed) as raised:
        ProgressStore(url)
    assert "database" in raised.value.message
    assert "SLIPWAY_DATABASE_URL" in raised.value.hint


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "slipway.db"
    path.write_bytes(b"these are not the tables you are looking for" * 100)
    with pytest.raises(SetupFailed):
        ProgressStore(f"sqlite:///{path}")
    assert path.read_bytes().startswith(b"these are not")
