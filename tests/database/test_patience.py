"""A database that goes away and comes back: what students did meanwhile is written then."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import anyio
import pytest

from app.database.connection import Database
from app.errors import StoreUnavailable
from app.progress.patient import PatientStore
from app.progress.store import ProgressStore
from tests.support.eventually import soon

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.postgres import Postgres

ANN = "a" * 16


@pytest.fixture
def database(server: Postgres) -> Iterator[Database]:
    with Database(server.new_url()) as database:
        yield database


@contextmanager
def vanished(server: Postgres) -> Iterator[None]:
    server.stop()
    try:
        yield
    finally:
        server.start()


def test_a_server_that_was_restarted_is_found_again(server: Postgres, database: Database) -> None:
    store = ProgressStore(database)
    store.finish_step(ANN, "ports", "one")
    with vanished(server), pytest.raises(StoreUnavailable):
        store.read(ANN)
    assert store.read(ANN).is_done("ports", "one")


@pytest.mark.anyio
async def test_what_is_done_meanwhile_is_kept_and_written_later(
    server: Postgres, database: Database
) -> None:
    store = PatientStore(ProgressStore(database), retry_s=0.05)
    assert store.finish_step(ANN, "ports", "one")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(store.keep)
        with vanished(server):
            assert not store.finish_step(ANN, "ports", "two")
            assert not store.answer_quiz(ANN, "ports", "which", option=2, right=False)
            assert not store.answer_quiz(ANN, "ports", "which", option=1, right=True)
            assert store.read(ANN).is_done("ports", "two")
            assert store.read(ANN).chosen("ports", "which") == 1
            assert store.waiting == 2
        await soon(lambda: not store.waiting)
        tasks.cancel_scope.cancel()
    written = ProgressStore(database).read(ANN)
    assert written.done == {("ports", "one"), ("ports", "two")}
    assert written.chosen("ports", "which") == 1
