"""From the bytes of one lesson.md to a Lesson, noting everything that is wrong with them."""

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from app.lessons.directives import Note
from app.lessons.front_matter import read_front_matter
from app.lessons.model import Block, Closing, Lesson, Prose, Script, Step
from app.lessons.parts import Command, Context, Kept, Opened, Shown, parts
from app.lessons.quizzes import read_quiz
from app.lessons.render import Page
from app.lessons.scripts import scripts
from app.lessons.step_rules import check_step
from app.lessons.steps import read_step

MAX_LESSON_BYTES = 128 * 1024
_MOST_NODES = 3
# With those of private use, which stand for something while pages are made.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ue000-\uf8ff]")


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of one file: a lesson if the top of it was right, and what others may check."""

    lesson: Lesson | None
    anchors: Mapping[str, str] = field(default_factory=dict)
    links: tuple[tuple[int, str], ...] = ()
    after_line: int = 1
    commands: tuple[Command, ...] = ()


def read_lesson(
    raw: bytes, *, slug: str, number: int, images: AbstractSet[str], note: Note
) -> Reading:
    """Read ``raw``; a lesson with findings is for looking at, not for teaching."""
    source = decode(raw, note)
    if source is None:
        return Reading(None)
    front, body, first_line = read_front_matter(source, note)
    # Without front matter the number of nodes is unknown: no fence is to be blamed for that.
    nodes = front.nodes if front else _MOST_NODES
    page = Page(slug, images, note, nodes)
    context = Context(page, nodes, note)
    blocks, setup = _blocks(context, body, first_line)
    anchors = _anchors(blocks, note)
    lesson = (
        Lesson(
            slug=slug,
            number=number,
            title=front.title,
            summary=front.summary,
            minutes=front.minutes,
            nodes=front.nodes,
            blocks=tuple(blocks),
            after=front.after,
            setup=setup,
            closing=Closing(*page.closing(body, first_line)),
        )
        if front
        else None
    )
    after_line = front.after_line if front else 1
    return Reading(lesson, anchors, tuple(page.links), after_line, tuple(context.commands))


def decode(raw: bytes, note: Note) -> str | None:
    if len(raw) > MAX_LESSON_BYTES:
        note(1, f"a lesson holds at most {MAX_LESSON_BYTES} bytes; split it in two")
        return None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        note(raw.count(b"\n", 0, error.start) + 1, "not UTF-8; save the file in that encoding")
        return None
    text = text.replace("\r\n", "\n")
    if found := _CONTROL.search(text):
        line = text.count("\n", 0, found.start()) + 1
        note(line, f"the character U+{ord(found[0]):04X} can't be shown; take it out")
        return None
    return text


def _blocks(context: Context, body: str, first_line: int) -> tuple[list[Block], tuple[Script, ...]]:
    """Prose, steps and quizzes in reading order, and what makes the lesson's first state."""
    blocks: list[Block] = []
    setup: list[Kept] = []
    prose = ""
    for part in parts(context, body, first_line, "lesson"):
        if isinstance(part, Shown):
            prose += part.html
        elif isinstance(part, Kept):
            setup.append(part)
            if any(isinstance(block, Step) for block in blocks):
                context.note(
                    part.fence.line, "a lesson's setup comes before its first step; move it up"
                )
        else:
            if prose:
                blocks.append(Prose(prose))
                prose = ""
            blocks.extend(_block(context, part))
    blocks = [*blocks, Prose(prose)] if prose else blocks
    return blocks, scripts(setup, context.note)


def _block(context: Context, opened: Opened) -> Iterator[Block]:
    call = opened.call
    if call.name == "step":
        step, draft = read_step(context, call, opened.directive)
        check_step(step, draft, context.note)
        yield step
    elif call.name == "quiz":
        yield read_quiz(context, call, opened.directive)
    else:
        context.note(call.line, f"a {call.name} stands inside a step; move it into one")


def _anchors(blocks: list[Block], note: Note) -> Mapping[str, str]:
    """The parts' ids and what pages call them; each is to be given once."""
    seen: dict[str, int] = {}
    anchors: dict[str, str] = {}
    for block in blocks:
        predictions = block.predictions if isinstance(block, Step) else ()
        named = () if isinstance(block, Prose) else (block, *predictions)
        for it in named:
            if it.id in seen:
                note(it.line, f"the id {it.id!r} is taken by line {seen[it.id]}; pick one")
            seen.setdefault(it.id, it.line)
            anchors.setdefault(it.id, it.anchor)
    return anchors
