"""Which lesson comes after which: no unknown ones, no circles, and recall looks back."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from app.lessons.lint.source import Source
    from app.lessons.model import Finding


def order_problems(sources: list[Source], *, complete: bool) -> Iterator[Finding]:
    """A lesson that is not there may still come, until the course is complete."""
    known = {source.slug: source for source in sources}
    after = {it.slug: it.lesson.after if it.lesson else () for it in sources}
    for source in sources:
        line = source.reading.after_line
        for slug in after[source.slug]:
            if complete and slug not in known:
                yield source.finding(line, f"no lesson {slug!r} to come after; mend the slug")
        if circle := _circle(source.slug, after):
            yield source.finding(
                line, f"these lessons wait for each other: {' → '.join(circle)}; drop one after"
            )
        yield from _recall_problems(source, known, complete=complete)


def _circle(start: str, after: Mapping[str, tuple[str, ...]]) -> list[str]:
    """A way that leads from the lesson back to it; nothing where there is none."""
    ways = [[start]]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        for slug in after.get(way[-1], ()):
            if slug == start:
                return [*way, start]
            if slug not in seen:
                seen.add(slug)
                ways.append([*way, slug])
    return []


def _recall_problems(
    source: Source, known: Mapping[str, Source], *, complete: bool
) -> Iterator[Finding]:
    lesson = source.lesson
    for quiz in lesson.quizzes if lesson else ():
        if not lesson or not quiz.recall:
            continue
        other = known.get(quiz.recall)
        if other is None:
            if complete:
                yield source.finding(
                    quiz.line, f"no lesson {quiz.recall!r} to recall; mend the slug"
                )
        elif other.lesson and other.lesson.number >= lesson.number:
            yield source.finding(
                quiz.line, f"{quiz.recall!r} does not come before this lesson; recall another one"
            )
