"""The top of a lesson, between two ``---``: four plain values, read without building objects."""

import re
from dataclasses import dataclass

import yaml

from app.lessons.directives import Note

_FENCE = "---"
_MAX_CHARS = 4000
_TEXT_CHARS = {"title": 80, "summary": 300}
_RANGES = {"minutes": (1, 120), "nodes": (1, 3)}
_KEYS = (*_TEXT_CHARS, *_RANGES)


@dataclass(frozen=True, slots=True)
class FrontMatter:
    title: str
    summary: str
    minutes: int
    nodes: int


def read_front_matter(source: str, note: Note) -> tuple[FrontMatter | None, str, int]:
    """The values (None when any is wrong), the Markdown below them, and its first line's number."""
    lines = source.split("\n")
    if lines[0].rstrip() != _FENCE:
        note(1, f"start with --- and the keys {', '.join(_KEYS)}, then --- again")
        return None, source, 1
    end = next((at for at, line in enumerate(lines) if at and line.rstrip() == _FENCE), None)
    if end is None:
        note(1, "the front matter never ends; write --- on a line of its own below its keys")
        return None, "", len(lines)
    values = _values("\n".join(lines[1:end]), note)
    return values, "\n".join(lines[end + 1 :]), end + 2


def _values(text: str, note: Note) -> FrontMatter | None:
    nodes = _scalars(text, note)
    if nodes is None:
        return None
    for key, (_, line) in nodes.items():
        if key not in _KEYS:
            note(line, f"unknown key {key!r}; the keys are {', '.join(_KEYS)}")
    for key in _KEYS:
        if key not in nodes:
            note(1, f"the front matter has no {key!r}; add it")
    plain = {key: (value, line) for key, (value, line) in nodes.items() if value is not None}
    texts = {key: _text(key, *plain[key], note) for key in _TEXT_CHARS if key in plain}
    numbers = {key: _number(key, *plain[key], note) for key in _RANGES if key in plain}
    if not all(texts.get(key) for key in _TEXT_CHARS) or not all(map(numbers.get, _RANGES)):
        return None
    return FrontMatter(texts["title"], texts["summary"], numbers["minutes"], numbers["nodes"])


def _scalars(text: str, note: Note) -> dict[str, tuple[str | None, int]] | None:
    """Keys with their text (None: it is no plain text, and that is noted) and line.

    The YAML is only composed, never constructed: no tag can build an object and no alias can grow.
    """
    if len(text) > _MAX_CHARS:
        note(1, f"the front matter is longer than {_MAX_CHARS} characters; shorten it")
        return None
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        at = error.problem_mark.line if error.problem_mark else 0
        note(at + 2, f"not YAML: {error.problem}; quote a value that holds : or #")
        return None
    except (yaml.YAMLError, RecursionError):
        note(1, "not YAML; write one key: value a line")
        return None
    if not isinstance(root, yaml.MappingNode):
        note(1, "the front matter is no list of key: value lines; write one a line")
        return None
    found: dict[str, tuple[str | None, int]] = {}
    for key, value in root.value:
        line = key.start_mark.line + 2
        if not isinstance(key, yaml.ScalarNode):
            note(line, "a key is one word; write key: value")
        elif key.value in found:
            note(line, f"{key.value!r} is given twice; keep one")
        elif isinstance(value, yaml.ScalarNode):
            found[key.value] = (value.value, line)
        else:
            note(line, "a value is one piece of text or one number; write key: value")
            found[key.value] = (None, line)
    return found


def _text(key: str, value: str, line: int, note: Note) -> str:
    text = " ".join(value.split())
    if not text or len(text) > _TEXT_CHARS[key]:
        note(line, f"{key} must be 1 to {_TEXT_CHARS[key]} characters of text")
        return ""
    return text


def _number(key: str, value: str, line: int, note: Note) -> int:
    low, high = _RANGES[key]
    if not re.fullmatch(r"[0-9]{1,3}", value) or not low <= int(value) <= high:
        note(line, f"{key} must be a whole number from {low} to {high}")
        return 0
    return int(value)
