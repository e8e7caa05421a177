"""A lesson in another language: its sentences, with the commands and checks of the original."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from app.lessons.front_matter import read_translated_top
from app.lessons.mistakes import refuse
from app.lessons.model import Closing, Mistake, Prose, Quiz, Step
from app.lessons.own_values import own_places, retold
from app.lessons.parts import SLOT, Context, Kept, Opened, Shown, parts
from app.lessons.quizzes import read_quiz
from app.lessons.render import Page
from app.lessons.rewriting import rewritten

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from app.lessons.directives import Call, Note
    from app.lessons.model import Block, Lesson, Option
    from app.lessons.own_words import Words
    from app.lessons.render import Directive

_END = ""


@dataclass(slots=True)
class _Sentences:
    """What a translation says in one step."""

    call: Call
    body: list[Prose | Quiz] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)
    mistakes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Sheet:
    """What a translation says: prose by the id of what follows it, the rest by its own id."""

    prose: dict[str, str] = field(default_factory=lambda: defaultdict(str))
    steps: dict[str, _Sentences] = field(default_factory=dict)
    quizzes: dict[str, Quiz] = field(default_factory=dict)


def translate(
    source: str,
    lesson: Lesson,
    language: str,
    images: AbstractSet[str],
    *,
    words: Words | None,
    note: Note,
    missing: Note,
) -> tuple[Lesson, list[tuple[int, str]]]:
    """The lesson with the sentences of ``source``, those it lacks as they are; and its links.

    ``words`` are what own values are called in that language, if the course says so.
    ``note`` hears of what is wrong with the translation, ``missing`` of what it lacks.
    """
    top, body, first_line = read_translated_top(source, note)
    page = Page(lesson.slug, images, note, lesson.nodes)
    sheet = _read(Context(page, lesson.nodes, note, translated=True), body, first_line)
    _check_ids(sheet, lesson, note)
    translated = replace(
        lesson,
        language=language,
        title=top.get("title", lesson.title),
        summary=top.get("summary", lesson.summary),
        blocks=tuple(_translated(sheet, lesson, missing)),
        closing=Closing(*said) if all(said := page.closing(body, first_line)) else lesson.closing,
        words=words,
    )
    return _worded(translated, missing), page.links


def _worded(lesson: Lesson, missing: Note) -> Lesson:
    """Own values stand in commands too, which are the original's."""
    words = lesson.words
    if words:
        return rewritten(lesson, lambda html: retold(html, words))
    places = 0

    def count(html: str) -> str:
        nonlocal places
        places += own_places(html)
        return html

    rewritten(lesson, count)
    if places:
        file = f"course.{lesson.language}.toml"
        missing(1, f"it names own values, in English; say what they are in {file}")
    return lesson


def _read(context: Context, body: str, first_line: int) -> _Sheet:
    sheet = _Sheet()
    waiting = ""
    for part in parts(context, body, first_line, "lesson"):
        if isinstance(part, Shown):
            waiting += part.html
        elif isinstance(part, Opened):
            call = part.call
            sheet.prose[call.id], waiting = waiting, ""
            if call.name == "step":
                sheet.steps[call.id] = _read_step(context, call, part.directive)
            elif call.name == "quiz":
                sheet.quizzes[call.id] = read_quiz(context, call, part.directive)
            else:
                context.note(call.line, f"a {call.name} stands inside a step; move it into one")
    sheet.prose[_END] = waiting
    return sheet


def _read_step(context: Context, call: Call, directive: Directive) -> _Sentences:
    step = _Sentences(call)
    for part in parts(context, directive.body, directive.line + 1, "step"):
        match part:
            case Shown(html):
                step.body.append(Prose(html))
            case Opened(inside, piece) if inside.name == "predict":
                step.body.append(read_quiz(context, inside, piece))
            case Opened(inside, piece) if inside.name in ("hint", "mistake"):
                texts = step.hints if inside.name == "hint" else step.mistakes
                texts.append(_text(context, piece))
            case Opened():
                refuse(context, part, "step")
            case Kept():
                pass
    return step


def _text(context: Context, piece: Directive) -> str:
    html = ""
    for part in parts(context, piece.body, piece.line + 1, "mistake"):
        if isinstance(part, Shown):
            html += part.html
        elif isinstance(part, Opened):
            refuse(context, part, "mistake")
    return html


def _check_ids(sheet: _Sheet, lesson: Lesson, note: Note) -> None:
    for step_id, step in sheet.steps.items():
        if lesson.step(step_id) is None:
            note(step.call.line, f"lesson.md has no step {step_id!r}; mend the id")
    for quiz_id, quiz in sheet.quizzes.items():
        if lesson.quiz(quiz_id) is None:
            note(quiz.line, f"lesson.md has no quiz {quiz_id!r}; mend the id")


def _translated(sheet: _Sheet, lesson: Lesson, missing: Note) -> Iterator[Block]:
    following = [*lesson.blocks[1:], None]
    for block, after in zip(lesson.blocks, following, strict=True):
        if isinstance(block, Step):
            yield _step(block, sheet.steps.get(block.id), missing)
        elif isinstance(block, Quiz):
            yield _quiz(block, sheet.quizzes.get(block.id), 1, missing)
        else:
            before = after.id if isinstance(after, Step | Quiz) else _END
            if not sheet.prose[before]:
                where = f"before {before!r}" if before else "at the end"
                missing(1, f"the text {where} is not translated; add it")
            yield Prose(sheet.prose[before] or block.html)


def _step(step: Step, said: _Sentences | None, missing: Note) -> Step:
    if said is None:
        missing(1, f"step {step.id!r} is not translated; add it")
        return step
    line = said.call.line
    label = said.call.attributes.get("answer-label", "")
    if step.answer_label and not label:
        missing(line, "the answer-label is not translated; add it")
    hints = _texts(step.hints, said.hints, "hint", line, missing)
    mistakes = _texts([it.html for it in step.mistakes], said.mistakes, "mistake", line, missing)
    return replace(
        step,
        title=said.call.title,
        answer_label=label or step.answer_label,
        body=_body(step, said, missing),
        hints=hints,
        mistakes=tuple(map(_retold, step.mistakes, mistakes)),
    )


def _retold(mistake: Mistake, html: str) -> Mistake:
    return replace(mistake, html=html)


def _texts(
    original: Sequence[str], said: Sequence[str], what: str, line: int, missing: Note
) -> tuple[str, ...]:
    if len(original) != len(said):
        missing(line, f"lesson.md has {len(original)} of {what} here, this has {len(said)}")
    return (*said[: len(original)], *original[len(said) :])


def _body(step: Step, said: _Sentences, missing: Note) -> tuple[Prose | Quiz, ...]:
    """The translation's text, with the original's commands in its slots."""
    line = said.call.line
    commands = list(step.commands)
    predictions = {quiz.id: quiz for quiz in step.predictions}
    body: list[Prose | Quiz] = []
    for part in said.body:
        if isinstance(part, Quiz):
            if original := predictions.pop(part.id, None):
                body.append(_quiz(original, part, line, missing))
            continue
        pieces = part.html.split(SLOT)
        html = pieces[0]
        for piece in pieces[1:]:
            html += (commands.pop(0) if commands else "") + piece
        body.append(Prose(html))
    for quiz in predictions.values():
        missing(line, f"the prediction {quiz.id!r} is not translated; add it")
    if commands:
        missing(
            line, f"{len(commands)} of the step's commands have no ```sh run fence here; add it"
        )
    return (*predictions.values(), *body, *map(Prose, commands))


def _quiz(quiz: Quiz, said: Quiz | None, line: int, missing: Note) -> Quiz:
    if said is None:
        missing(line, f"quiz {quiz.id!r} is not translated; add it")
        return quiz
    if [it.right for it in quiz.options] != [it.right for it in said.options]:
        missing(said.line, "the options are others than in lesson.md, or another one is right")
        return quiz
    options: list[Option] = [
        replace(option, html=other.html, explanation=other.explanation)
        for option, other in zip(quiz.options, said.options, strict=True)
    ]
    return replace(quiz, title=said.title, html=said.html, options=tuple(options))
