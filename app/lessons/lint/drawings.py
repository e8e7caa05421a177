"""Drawings that some can't see or read: SVG files beside a lesson."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from app.lessons.model import Finding, printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.lessons.lint.source import Source

MAX_BYTES = 262_144
# On a phone, between the edges of the page.
SHOWN_PX = 350
SMALLEST_PX = 12
_SVG = "{http://www.w3.org/2000/svg}"
_HREFS = ("href", "{http://www.w3.org/1999/xlink}href")
_NUMBER = r"(\d{1,9}(?:\.\d{1,9})?|\.\d{1,9})"
_SIZE = re.compile(
    rf"""font-size\s*[:=][\s"']*{_NUMBER}|font\s*:[^;"'}}]*?{_NUMBER}px""", re.IGNORECASE
)
_ELSEWHERE = re.compile(r"@import|url\(\s*['\"]?(?!#)", re.IGNORECASE)


def drawing_problems(source: Source) -> Iterator[Finding]:
    folder = source.shown.rpartition("/")[0]
    for path in sorted(source.folder.glob("*.svg")):
        shown = f"{folder}/{printable(path.name)}"
        for line, message in _problems(path, source.text):
            yield Finding(shown, line, message)


def _problems(path: Path, lesson: str) -> Iterator[tuple[int, str]]:
    if path.name not in lesson:
        yield 1, "no lesson shows this drawing; show it or remove it"
    try:
        if path.stat().st_size > MAX_BYTES:
            yield 1, f"a drawing has at most {MAX_BYTES} bytes; make it simpler"
            return
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        yield 1, f"can't be read: {error}; save it as UTF-8"
        return
    if found := re.search(r"<!(?:DOCTYPE|ENTITY)", text):
        yield _line(text, found.start()), "a drawing declares nothing; take the <! line out"
        return
    try:
        root = ET.fromstring(text)  # noqa: S314 - without declarations there are no entities
    except ET.ParseError as error:
        yield error.position[0], f"not XML: {error}"
        return
    yield from _missing(root, text)
    yield from _forbidden(root, text)
    yield from _too_small(root, text)


def _missing(root: ET.Element, text: str) -> Iterator[tuple[int, str]]:
    if root.tag != f"{_SVG}svg":
        yield 1, 'a drawing\'s root is <svg xmlns="http://www.w3.org/2000/svg">'
    if root.get("role") != "img":
        yield 1, 'write role="img" on <svg>, so that it is read out as one picture'
    title = root.find(f"{_SVG}title")
    if title is None or not (title.text or "").strip():
        yield 1, "write a <title> first in <svg>, for those who can't see it"
    if "currentColor" not in text:
        yield 1, "draw with currentColor, so that it can be seen on light and dark pages"


def _forbidden(root: ET.Element, text: str) -> Iterator[tuple[int, str]]:
    for element in root.iter():
        name = str(element.tag).removeprefix(_SVG)
        at = text.find(f"<{name}")
        line = _line(text, max(at, 0))
        if name in ("script", "foreignObject"):
            yield line, f"a drawing has no <{name}>; take it out"
        for key, value in element.attrib.items():
            if key.lower().startswith("on"):
                yield line, f"a drawing does nothing; take {key}= out"
            if key in _HREFS and not value.startswith("#"):
                yield line, f"a drawing shows nothing from elsewhere; take {value!r} out"
    if found := _ELSEWHERE.search(text):
        yield _line(text, found.start()), "a drawing uses nothing from elsewhere; take it out"


def _too_small(root: ET.Element, text: str) -> Iterator[tuple[int, str]]:
    if root.find(f".//{_SVG}text") is None:
        return
    try:
        width = float((root.get("viewBox") or "").replace(",", " ").split()[2])
    except (IndexError, ValueError):
        width = 0
    if width <= 0:
        yield 1, 'write viewBox="0 0 WIDTH HEIGHT" on <svg>, so that it can be shown at any size'
        return
    for found in _SIZE.finditer(text):
        size = float(found[1] or found[2])
        if size * SHOWN_PX / width < SMALLEST_PX:
            least = SMALLEST_PX * width / SHOWN_PX
            yield (
                _line(text, found.start()),
                f"text of {size:g} is too small to read; make it {least:.3g} or more",
            )


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1
