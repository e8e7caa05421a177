"""Progress that is written now, or as soon as the database answers again.

What waits is in memory, and is read as if it had been written.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
import structlog

from app.errors import StoreUnavailable
from app.progress.store import Progress

if TYPE_CHECKING:
    from app.progress.store import ProgressStore

# A class of a thousand that works for an hour; some 20 MB.
MAX_WAITING = 100_000
RETRY_S = 5.0

log = structlog.get_logger()
Key = tuple[str, str, str]


class PatientStore:
    """``keep`` has to be running for what waits to be written."""

    def __init__(self, store: ProgressStore, retry_s: float = RETRY_S) -> None:
        self._store = store
        self._retry_s = retry_s
        self._lock = threading.Lock()
        self._steps: dict[Key, None] = {}
        self._answers: dict[Key, tuple[int, bool]] = {}

    @property
    def waiting(self) -> int:
        return len(self._steps) + len(self._answers)

    def read(self, student: str) -> Progress:
        """What is known while the database does not answer is what waits for it."""
        try:
            found = self._store.read(student)
        except StoreUnavailable as error:
            log.warning("progress could not be read", reason=error.message)
            found = Progress()
        with self._lock:
            steps = {key[1:] for key in self._steps if key[0] == student}
            answers = {key[1:]: row[0] for key, row in self._answers.items() if key[0] == student}
        return replace(found, done=found.done | steps, answers=found.answers | answers)

    def finish_step(self, student: str, lesson: str, step: str) -> bool:
        """Whether it is written already."""
        try:
            self._store.finish_step(student, lesson, step)
        except StoreUnavailable as error:
            with self._room(error):
                self._steps[student, lesson, step] = None
            return False
        return True

    def answer_quiz(
        self, student: str, lesson: str, quiz: str, *, option: int, right: bool
    ) -> bool:
        """The same; an answer that waits gives way to a later one."""
        with self._lock:
            self._answers.pop((student, lesson, quiz), None)
        try:
            self._store.answer_quiz(student, lesson, quiz, option=option, right=right)
        except StoreUnavailable as error:
            with self._room(error):
                self._answers[student, lesson, quiz] = (option, right)
            return False
        return True

    async def keep(self) -> None:
        """Tries again, until cancelled."""
        while True:
            await anyio.sleep(self._retry_s)
            if self.waiting:
                await anyio.to_thread.run_sync(self.write_waiting)

    def write_waiting(self) -> None:
        """All of it, or until the database refuses."""
        written = 0
        try:
            for key in list(self._steps):
                self._store.finish_step(*key)
                with self._lock:
                    self._steps.pop(key, None)
                written += 1
            for key, (option, right) in list(self._answers.items()):
                self._store.answer_quiz(*key, option=option, right=right)
                with self._lock:
                    if self._answers.get(key) == (option, right):
                        del self._answers[key]
                written += 1
        except StoreUnavailable:
            pass  # another time
        if written:
            log.info("progress that waited was noted", rows=written, left=self.waiting)

    def _room(self, error: StoreUnavailable) -> threading.Lock:
        """To be held while something is added. Raises ``error`` where too much waits already."""
        if self.waiting >= MAX_WAITING:
            raise error
        log.warning("progress waits for the database", reason=error.message, rows=self.waiting + 1)
        return self._lock
