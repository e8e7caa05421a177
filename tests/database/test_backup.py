"""A backup that is taken while students work restores to what was there at that moment."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from app.classroom.expected import ExpectedClasses
from app.database.connection import Database
from app.database.copying import copy_all
from app.progress.store import ProgressStore
from tests.support.command import slipway

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

STUDENTS = [f"{number:016x}" for number in range(50)]
TOMORROW = datetime.now(UTC) + timedelta(days=1)


def run(*words: str, url: str, state: Path) -> subprocess.CompletedProcess[str]:
    return slipway(*words, SLIPWAY_DATABASE_URL=url, SLIPWAY_STATE_DIR=str(state))


def test_what_was_saved_under_load_comes_back_whole(url: str, tmp_path: Path) -> None:
    """Steps are finished one after the other: none may be there without those before it."""
    file, state = tmp_path / "backup.tar.gz", tmp_path / "state"
    enough = threading.Event()
    with Database(url) as database:
        store, classes = ProgressStore(database), ExpectedClasses(database)
        announced = classes.announce(30, TOMORROW, 20)

        def work() -> None:
            for step in range(10_000):
                store.finish_step(STUDENTS[0], "ports", f"s{step}")
                store.answer_quiz(STUDENTS[1], "ports", "q", option=step, right=False)
                if enough.is_set():
                    return

        worker = threading.Thread(target=work)
        worker.start()
        done = run("backup", str(file), url=url, state=state)
        enough.set()
        worker.join()
        assert done.returncode == 0, done.stderr
        key = (state / "secret").read_bytes()
        store.finish_step(STUDENTS[2], "ports", "after-the-backup")
        (state / "secret").write_bytes(b"x" * 32)
    done = run("restore", str(file), url=url, state=state)
    assert done.returncode == 0, done.stderr
    assert (state / "secret").read_bytes() == key
    with Database(url) as database:
        store, classes = ProgressStore(database), ExpectedClasses(database)
        steps = {step for _, step in store.read(STUDENTS[0]).done}
        assert steps == {f"s{number}" for number in range(len(steps))}
        answered = store.read(STUDENTS[1]).chosen("ports", "q")
        assert answered in (None, len(steps) - 2, len(steps) - 1)
        assert store.read(STUDENTS[2]).done == frozenset()
        assert classes.upcoming(datetime.now(UTC)) == [announced]
        assert classes.announce(20, TOMORROW, 20).id > announced.id


def test_a_copy_is_equal_row_by_row(url: str, tmp_path: Path) -> None:
    with Database(url) as first, Database(f"sqlite:///{tmp_path / 'copy.db'}") as second:
        for student in STUDENTS:
            ProgressStore(first).finish_step(student, "ports", "one")
        ProgressStore(second).finish_step("b" * 16, "ports", "gone")
        assert copy_all(first, second) == len(STUDENTS)
        for student in (*STUDENTS, "b" * 16):
            assert ProgressStore(second).read(student) == ProgressStore(first).read(student)


@pytest.mark.parametrize("content", [b"", b"not a backup"])
def test_what_is_no_backup_changes_nothing(url: str, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    with Database(url) as database:
        ProgressStore(database).finish_step(STUDENTS[0], "ports", "one")
        done = run("restore", str(file), url=url, state=tmp_path / "state")
        assert done.returncode == 1
        assert "no backup" in done.stderr
        assert ProgressStore(database).read(STUDENTS[0]).is_done("ports", "one")
