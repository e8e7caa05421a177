"""What a lesson is once it has been read: plain values, no Markdown, no files, no HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

StepKind = Literal["run", "input", "challenge"]


@dataclass(frozen=True, slots=True)
class Prose:
    """Text between steps, as safe HTML."""

    html: str


@dataclass(frozen=True, slots=True)
class Mistake:
    """A wrong turn we know: ``when`` is a shell test of the node's state, ``html`` what to say."""

    when: str
    html: str


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, and the shell test of the node's state that says it is done.

    ``solution`` holds the lines that make ``check`` pass, typed into the shell one by one.
    ``solution_nodes`` names the node each of them is typed in, one for one.
    ``answer_label`` is set for ``input`` steps only: the check then sees the student's text in
    ``$ANSWER``, and ``answer`` is a shell expression that prints the right one.
    """

    id: str
    kind: StepKind
    title: str
    html: str
    check: str
    solution: tuple[str, ...]
    hints: tuple[str, ...]
    mistakes: tuple[Mistake, ...]
    line: int
    answer_label: str = ""
    answer: str = ""
    solution_nodes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Option:
    html: str
    right: bool
    explanation: str


@dataclass(frozen=True, slots=True)
class Quiz:
    """A question with exactly one right option; every option says why it is right or wrong."""

    id: str
    title: str
    html: str
    options: tuple[Option, ...]
    line: int


Block = Prose | Step | Quiz


@dataclass(frozen=True, slots=True)
class Lesson:
    """One page of the course; ``blocks`` are in reading order."""

    slug: str
    number: int
    title: str
    summary: str
    minutes: int
    nodes: int
    blocks: tuple[Block, ...]

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(block for block in self.blocks if isinstance(block, Step))

    @property
    def quizzes(self) -> tuple[Quiz, ...]:
        return tuple(block for block in self.blocks if isinstance(block, Quiz))

    def step(self, step_id: str) -> Step | None:
        return next((step for step in self.steps if step.id == step_id), None)

    def quiz(self, quiz_id: str) -> Quiz | None:
        return next((quiz for quiz in self.quizzes if quiz.id == quiz_id), None)


@dataclass(frozen=True, slots=True)
class Course:
    """The lessons in teaching order."""

    lessons: tuple[Lesson, ...]

    def lesson(self, slug: str) -> Lesson | None:
        return next((lesson for lesson in self.lessons if lesson.slug == slug), None)

    def neighbours(self, lesson: Lesson) -> tuple[Lesson | None, Lesson | None]:
        """The lesson before and the one after."""
        at = self.lessons.index(lesson)
        before = self.lessons[at - 1] if at else None
        after = self.lessons[at + 1] if at + 1 < len(self.lessons) else None
        return before, after


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing wrong with the content: where (path, 1-based line), what, and how to mend it."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"
