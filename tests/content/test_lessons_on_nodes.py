"""Every step of every lesson on a real node: not done before its solution is typed, done after."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import anyio
import pytest

from app.checking import Checker
from app.lessons.load import load_check_library, load_course
from app.settings import Settings
from tests.support.engine import a_student, class_engine, engine_settings, output_of, read_some

if TYPE_CHECKING:
    from app.lessons.model import Lesson, Step
    from app.sandboxes.docker_engine import DockerEngine
    from app.sandboxes.engine import Shell

pytestmark = pytest.mark.anyio
CONTENT = Settings().content_dir
LESSONS = load_course(CONTENT).lessons
PROMPT = re.compile(rb"student@node1[^\r\n]*\$ $")
CONTROL = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")
COMMAND_S = 30


class Typist:
    """Types lines into a shell, each when the prompt is back."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    async def begin(self) -> None:
        """Until the shell answers: at its start it may draw the prompt more than once."""
        await self._shell.write(b"echo beg''un\r")
        await self.read_prompt(after=b"begun")

    async def read_prompt(self, after: bytes = b"") -> bytes:
        seen = b""
        with anyio.move_on_after(COMMAND_S):
            while after not in seen or not PROMPT.search(CONTROL.sub(b"", seen)):
                data = await read_some(self._shell)
                assert data, f"the shell ended after {seen!r}"
                seen += data
            return seen
        raise AssertionError(f"no prompt after {seen!r}")

    async def type(self, line: str) -> bytes:
        await self._shell.write(line.encode() + b"\r")
        return await self.read_prompt()


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
@pytest.mark.timeout(600)
async def test_checks_fail_before_and_pass_after_their_solutions(lesson: Lesson) -> None:
    settings = engine_settings()
    library = load_check_library(CONTENT)
    async with class_engine() as engine, a_student(engine, lesson.nodes) as student:
        checker = Checker(engine, settings, library)
        shell = await engine.open_shell(student, "node1", 50, 200)
        typist = Typist(shell)
        await typist.begin()
        for step in lesson.steps:
            before = await checker.check(student, step, "wrong" if step.answer_label else "")
            assert not before.passed, f"{step.id} is done before it was begun"
            said = b"".join([await typist.type(line.text) for line in step.solution])
            answer = await right_answer(engine, student, library, step)
            after = await checker.check(student, step, answer)
            assert after.passed, f"{step.id}: {after}\n{said.decode(errors='replace')}"
        await shell.close()


async def right_answer(engine: DockerEngine, student: str, library: str, step: Step) -> str:
    if not step.answer:
        return ""
    return await output_of(engine, student, f"{library}\n{step.answer.text}")
