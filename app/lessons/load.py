"""Reads the whole course from its folder, and lists everything that is wrong with it at once."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from app.errors import LessonsInvalid
from app.lessons.directives import Note
from app.lessons.lesson import MAX_LESSON_BYTES, Reading, decode, read_lesson
from app.lessons.links import Anchors, check_links, led
from app.lessons.lint import lint
from app.lessons.lint.source import Source
from app.lessons.model import ORIGINAL, Course, Finding, Lesson, printable
from app.lessons.own_words import Words, read_words
from app.lessons.translation import translate

_FOLDER = re.compile(r"(?P<number>[0-9]{2})-(?P<slug>[a-z0-9-]{1,40})")
_LESSON_FILE = "lesson.md"
_TRANSLATION = re.compile(r"lesson\.([a-z]{2})\.md")
_CHECK_LIBRARY = "checks.sh"


@dataclass(frozen=True, slots=True)
class _Source:
    """One lesson folder with a proper name."""

    path: Path
    number: int
    slug: str

    @property
    def file(self) -> Path:
        return self.path / _LESSON_FILE


def load_course(content_dir: Path) -> Course:
    """The lessons in order; raises LessonsInvalid with every finding when there is one."""
    lessons, translations, findings = _read(content_dir)
    if findings:
        count = "1 finding" if len(findings) == 1 else f"{len(findings)} findings"
        raise LessonsInvalid(
            f"The lessons in {_shown(content_dir)} can't be taught: {count}.",
            "\n".join(map(str, findings)),
            findings,
        )
    return Course(lessons, translations)


def find_problems(content_dir: Path) -> list[Finding]:
    """Everything wrong with the lessons, by file and line; empty when all is well."""
    return list(read_content(content_dir)[1])


def read_content(content_dir: Path) -> tuple[tuple[Lesson, ...], tuple[Finding, ...]]:
    """The lessons that could be read, fit to be taught or not, and all findings, the lint's too."""
    lessons, _, findings = _read(content_dir, linted=True)
    return lessons, findings


def lesson_path(content_dir: Path, lesson: Lesson) -> str:
    """The lesson's file, as its findings name it."""
    return _shown(content_dir / f"{lesson.number:02}-{lesson.slug}" / _LESSON_FILE)


def load_check_library(content_dir: Path) -> str:
    """The shell functions that are sent along in front of every check."""
    path = content_dir / _CHECK_LIBRARY
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        finding = Finding(_shown(path), 1, f"can't read the check library: {error}; restore it")
        raise LessonsInvalid("The check library can't be read.", str(finding), (finding,)) from None


def _read(
    content_dir: Path, *, linted: bool = False
) -> tuple[tuple[Lesson, ...], tuple[Lesson, ...], tuple[Finding, ...]]:
    """The lessons, their translations, and what is wrong with both."""
    findings: list[Finding] = []
    sources = _sources(content_dir, findings)
    _check_unique(sources, findings)
    readings = {source: _read_one(source, findings) for source in sources}
    anchors = {source.slug: reading.anchors for source, reading in readings.items()}
    for source, reading in readings.items():
        note = partial(_note, findings, _shown(source.file))
        check_links(reading.links, source.slug, anchors, note)
    doubts: list[Finding] = []
    words = read_words(content_dir, _shown(content_dir), doubts)
    translations = tuple(
        led(translated, anchors)
        for source, reading in readings.items()
        if reading.lesson
        for translated in _translations(source, reading.lesson, anchors, words, doubts)
    )
    if linted:
        findings.extend(doubts)
        rows = [_linted(source, reading) for source, reading in readings.items()]
        findings.extend(lint(content_dir, _shown(content_dir), rows))
    lessons = [led(it.lesson, anchors) for it in readings.values() if it.lesson]
    lessons.sort(key=lambda it: it.number)
    return tuple(lessons), translations, tuple(sorted(set(findings)))


def _sources(content_dir: Path, findings: list[Finding]) -> list[_Source]:
    try:
        folders = sorted(path for path in content_dir.iterdir() if path.is_dir())
    except OSError as error:
        findings.append(
            Finding(_shown(content_dir), 1, f"no folder of lessons: {error.strerror}; make it")
        )
        return []
    folders = [folder for folder in folders if not folder.name.startswith(".")]
    if not folders:
        message = f"no lessons here; add a folder such as 01-first-steps with a {_LESSON_FILE}"
        findings.append(Finding(_shown(content_dir), 1, message))
    sources = []
    for folder in folders:
        if name := _FOLDER.fullmatch(folder.name):
            sources.append(_Source(folder, int(name["number"]), name["slug"]))
        else:
            message = "not a lesson's name; write a number and a slug, as in 01-first-steps"
            findings.append(Finding(_shown(folder), 1, message))
    return sources


def _check_unique(sources: list[_Source], findings: list[Finding]) -> None:
    numbers: dict[int, str] = {}
    slugs: dict[str, str] = {}
    for source in sources:
        name, where = source.path.name, _shown(source.path)
        if (other := numbers.setdefault(source.number, name)) != name:
            message = f"the number {source.number:02} is taken by {other}; rename one folder"
            findings.append(Finding(where, 1, message))
        if (other := slugs.setdefault(source.slug, name)) != name:
            message = f"the slug {source.slug!r} is taken by {other}; rename one folder"
            findings.append(Finding(where, 1, message))


def _read_one(source: _Source, findings: list[Finding]) -> Reading:
    note = partial(_note, findings, _shown(source.file))
    try:
        if not source.file.is_file():
            findings.append(
                Finding(_shown(source.path), 1, f"no {_LESSON_FILE} in this folder; write one")
            )
            return Reading(None)
        with source.file.open("rb") as file:
            raw = file.read(MAX_LESSON_BYTES + 1)
        images = frozenset(path.name for path in source.path.iterdir() if path.is_file())
    except OSError as error:
        note(1, f"can't be read: {error.strerror}; mend the file's rights")
        return Reading(None)
    return read_lesson(raw, slug=source.slug, number=source.number, images=images, note=note)


def _translations(
    source: _Source,
    lesson: Lesson,
    anchors: Anchors,
    words: Mapping[str, Words],
    doubts: list[Finding],
) -> Iterator[Lesson]:
    """Those that are sound, if not whole; what others are not is a doubt, and stops no site."""
    for path in sorted(source.path.glob("lesson.*.md")):
        wrong: list[Finding] = []
        note = partial(_note, wrong, _shown(path))
        if not (name := _TRANSLATION.fullmatch(path.name)) or name[1] == ORIGINAL:
            note(1, "a translation's name has a language of two letters, as in lesson.fr.md")
        elif text := _text_of(path, note):
            images = frozenset(it.name for it in source.path.iterdir() if it.is_file())
            missing = partial(_note, doubts, _shown(path))
            translated, links = translate(
                text,
                lesson,
                name[1],
                images,
                words=words.get(name[1]),
                note=note,
                missing=missing,
            )
            check_links(links, source.slug, anchors, note)
            if not wrong:
                yield translated
        doubts.extend(wrong)


def _text_of(path: Path, note: Note) -> str | None:
    try:
        with path.open("rb") as file:
            return decode(file.read(MAX_LESSON_BYTES + 1), note)
    except OSError as error:
        note(1, f"can't be read: {error.strerror}; mend the file's rights")
        return None


def _linted(source: _Source, reading: Reading) -> Source:
    """Bytes that are no text have been found already."""
    try:
        text = source.file.read_bytes()[:MAX_LESSON_BYTES].decode(errors="replace")
    except OSError:
        text = ""
    return Source(source.path, source.slug, _shown(source.file), text, reading)


def _note(findings: list[Finding], path: str, line: int, message: str) -> None:
    findings.append(Finding(path, line, message))


def _shown(path: Path) -> str:
    """The path as a person standing in the current directory would type it."""
    try:
        return printable(str(path.absolute().relative_to(Path.cwd())))
    except ValueError:
        return printable(str(path))
