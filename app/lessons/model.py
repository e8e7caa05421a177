"""What a lesson is once it has been read: plain values, no Markdown, no files, no HTTP."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.lessons.own_words import Words

StepKind = Literal["run", "input", "challenge", "fix"]
NODE = "node1"
ORIGINAL = "en"
"""The language that lessons are written in."""


@dataclass(frozen=True, slots=True)
class Prose:
    """Text between steps, as safe HTML."""

    html: str


@dataclass(frozen=True, slots=True)
class Script:
    """Commands that the app runs as a whole, unseen, and the node it runs them on."""

    text: str
    node: str = NODE


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is typed into a shell, and the node of that shell."""

    text: str
    node: str = NODE


@dataclass(frozen=True, slots=True)
class Mistake:
    """A wrong turn we know, and ``html``, what to say about it.

    It is recognised by ``when``, a shell test of the node's state, or by ``said``, an extended
    regular expression for a line of the terminal. The lines of ``attempt``, and in an input step
    the ``answer`` that a script prints, lead to it; ``undo`` leads back. ``untried`` is the
    reason why no attempt is given.
    """

    when: str
    html: str
    said: str = ""
    attempt: tuple[Line, ...] = ()
    answer: Script | None = None
    undo: tuple[Script, ...] = ()
    untried: str = ""
    line: int = 0


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
    recall: str = ""

    @property
    def anchor(self) -> str:
        """Its id in a page."""
        return f"quiz-{self.id}"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, and the shell test of a node's state that says it is done.

    ``body`` is what the page shows, predictions among it. ``check`` runs on ``node``; where it is
    empty, ``unchecked`` says why nobody can look. ``setup`` is run by the app when the student
    asks for it. ``solution`` holds the lines that make ``check`` pass, and every item of ``also``
    those of another way; ``undo`` leads back to before the step. ``answer_label`` is set for
    ``input`` steps only: the check then sees the student's text in ``$ANSWER``, and ``answer``
    prints the right one. ``notes`` are the lines of the notes that the step covers;
    ``runs`` the blocks of commands that ``body`` shows, ``commands`` their HTML, ``solution_html``
    that of those it keeps back.
    """

    id: str
    kind: StepKind
    title: str
    body: tuple[Prose | Quiz, ...]
    check: str
    solution: tuple[Line, ...]
    hints: tuple[str, ...]
    mistakes: tuple[Mistake, ...]
    line: int
    node: str = NODE
    answer_label: str = ""
    answer: Script | None = None
    setup: tuple[Script, ...] = ()
    also: tuple[tuple[Line, ...], ...] = ()
    undo: tuple[Script, ...] = ()
    unchecked: str = ""
    notes: tuple[int, ...] = ()
    runs: tuple[Script, ...] = ()
    commands: tuple[str, ...] = ()
    solution_html: tuple[str, ...] = ()

    @property
    def anchor(self) -> str:
        """Its id in a page."""
        return f"step-{self.id}"

    @property
    def html(self) -> str:
        return "".join(part.html for part in self.body if isinstance(part, Prose))

    @property
    def predictions(self) -> tuple[Quiz, ...]:
        return tuple(part for part in self.body if isinstance(part, Quiz))


Block = Prose | Step | Quiz


@dataclass(frozen=True, slots=True)
class Closing:
    """A lesson's last section, without its heading: what is worth keeping."""

    markdown: str = ""
    html: str = ""


@dataclass(frozen=True, slots=True)
class Lesson:
    """One page of the course; ``blocks`` are in reading order.

    ``after`` are the slugs of lessons to have done before; ``setup`` makes the state in which the
    lesson begins out of a fresh node, or out of any other; ``closing`` ends the last block;
    ``words`` say what the student's own values are, where that is not in English.
    """

    slug: str
    number: int
    title: str
    summary: str
    minutes: int
    nodes: int
    blocks: tuple[Block, ...]
    after: tuple[str, ...] = ()
    setup: tuple[Script, ...] = ()
    closing: Closing = Closing()
    language: str = ORIGINAL
    words: Words | None = None

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(block for block in self.blocks if isinstance(block, Step))

    @property
    def quizzes(self) -> tuple[Quiz, ...]:
        return tuple(block for block in self.blocks if isinstance(block, Quiz))

    def step(self, step_id: str) -> Step | None:
        return next((step for step in self.steps if step.id == step_id), None)

    def quiz(self, quiz_id: str) -> Quiz | None:
        """A quiz, or a prediction of a step."""
        predictions = (quiz for step in self.steps for quiz in step.predictions)
        questions = (*self.quizzes, *predictions)
        return next((quiz for quiz in questions if quiz.id == quiz_id), None)


@dataclass(frozen=True, slots=True)
class Course:
    """The lessons in teaching order, and those that exist in other languages."""

    lessons: tuple[Lesson, ...]
    translations: tuple[Lesson, ...] = ()

    def lesson(self, slug: str) -> Lesson | None:
        return next((lesson for lesson in self.lessons if lesson.slug == slug), None)

    def translated(self, lesson: Lesson, languages: Sequence[str]) -> Lesson:
        """The lesson in the first of these languages that it exists in, or as it was written."""
        for language in languages:
            if language == lesson.language:
                return lesson
            for other in self.translations:
                if (other.slug, other.language) == (lesson.slug, language):
                    return other
        return lesson

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


def printable(path: str) -> str:
    """A file's name may hold any bytes, and a terminal is to show them, not to obey them."""
    text = os.fsencode(path).decode(errors="backslashreplace")
    return "".join(it if it.isprintable() else repr(it)[1:-1] for it in text)
