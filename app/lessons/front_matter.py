"""The top of a lesson, between two ``---``: plain values, read without building objects."""

import re
from dataclasses import dataclass

import yaml

from app.lessons.directives import Note, check_same_for_all

_FENCE = "---"
_MAX_CHARS = 4000
_TEXT_CHARS = {"title": 80, "summary": 300}
_RANGES = {"minutes": (1, 120), "nodes": (1, 3)}
_NEEDED = (*_TEXT_CHARS, *_RANGES)
_KEYS = (*_NEEDED, "after")
_SLUG = re.compile(r"[a-z0-9-]{1,40}")


@dataclass(frozen=True, slots=True)
class FrontMatter:
    title: str
    summary: str
    minutes: int
    nodes: int
    after: tuple[str, ...] = ()
    after_line: int = 1


@dataclass(frozen=True, slots=True)
class _Value:
    """Text, or the texts of a list; neither where it is something else, which is noted then."""

    line: int
    text: str | None = None
    texts: tuple[str, ...] | None = None


def read_front_matter(source: str, note: Note) -> tuple[FrontMatter | None, str, int]:
    """The values (None when any is wrong), the Markdown below them, and its first line's number."""
    top, body, first_line = _cut(source, _NEEDED, note)
    return (None if top is None else _values(top, note)), body, first_line


def read_translated_top(source: str, note: Note) -> tuple[dict[str, str], str, int]:
    """What a translation says of title and summary; everything else is the original's."""
    top, body, first_line = _cut(source, tuple(_TEXT_CHARS), note)
    nodes = _scalars(top, note) if top is not None else None
    for key, value in (nodes or {}).items():
        if key not in _TEXT_CHARS:
            note(value.line, f"{key!r} comes from lesson.md; take it out")
    for key in _TEXT_CHARS if nodes is not None else ():
        if key not in (nodes or {}):
            note(1, f"the front matter has no {key!r}; add it")
    texts = {key: _text(key, nodes[key], note) for key in _TEXT_CHARS if nodes and key in nodes}
    return {key: text for key, text in texts.items() if text}, body, first_line


def _cut(source: str, keys: tuple[str, ...], note: Note) -> tuple[str | None, str, int]:
    """The top's own text (None: there is none, which is noted), what is below it, and its line."""
    lines = source.split("\n")
    if lines[0].rstrip() != _FENCE:
        note(1, f"start with --- and the keys {', '.join(keys)}, then --- again")
        return None, source, 1
    end = next((at for at, line in enumerate(lines) if at and line.rstrip() == _FENCE), None)
    if end is None:
        note(1, "the front matter never ends; write --- on a line of its own below its keys")
        return None, "", len(lines)
    return "\n".join(lines[1:end]), "\n".join(lines[end + 1 :]), end + 2


def _values(text: str, note: Note) -> FrontMatter | None:
    nodes = _scalars(text, note)
    if nodes is None:
        return None
    for key, value in nodes.items():
        if key not in _KEYS:
            note(value.line, f"unknown key {key!r}; the keys are {', '.join(_KEYS)}")
    for key in _NEEDED:
        if key not in nodes:
            note(1, f"the front matter has no {key!r}; add it")
    texts = {key: _text(key, nodes[key], note) for key in _TEXT_CHARS if key in nodes}
    numbers = {key: _number(key, nodes[key], note) for key in _RANGES if key in nodes}
    after = _after(nodes.get("after"), note)
    if not all(texts.get(key) for key in _TEXT_CHARS) or not all(map(numbers.get, _RANGES)):
        return None
    line = nodes["after"].line if "after" in nodes else 1
    return FrontMatter(
        texts["title"], texts["summary"], numbers["minutes"], numbers["nodes"], after, line
    )


def _scalars(text: str, note: Note) -> dict[str, _Value] | None:
    """Keys with their values.

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
    found: dict[str, _Value] = {}
    for key, value in root.value:
        line = key.start_mark.line + 2
        if not isinstance(key, yaml.ScalarNode):
            note(line, "a key is one word; write key: value")
        elif key.value in found:
            note(line, f"{key.value!r} is given twice; keep one")
        elif isinstance(value, yaml.ScalarNode):
            found[key.value] = _Value(line, text=value.value)
        elif key.value == "after" and isinstance(value, yaml.SequenceNode):
            found[key.value] = _Value(line, texts=_words(value))
        else:
            note(line, "a value is one piece of text or one number; write key: value")
            found[key.value] = _Value(line)
    return found


def _words(sequence: yaml.SequenceNode) -> tuple[str, ...]:
    """The texts of a list; what is no text becomes one that nobody has."""
    return tuple(it.value if isinstance(it, yaml.ScalarNode) else "" for it in sequence.value)


def _after(value: _Value | None, note: Note) -> tuple[str, ...]:
    if value is None:
        return ()
    if value.texts is None:
        note(value.line, "after is a list of lessons; write after: [first-steps, ports]")
        return ()
    for slug in value.texts:
        if not _SLUG.fullmatch(slug):
            note(value.line, f"{slug!r} is no lesson's slug; write after: [first-steps, ports]")
    return value.texts


def _text(key: str, value: _Value, note: Note) -> str:
    if value.text is None:
        return ""
    text = " ".join(value.text.split())
    check_same_for_all(text, value.line, note)
    if not text or len(text) > _TEXT_CHARS[key]:
        note(value.line, f"{key} must be 1 to {_TEXT_CHARS[key]} characters of text")
        return ""
    return text


def _number(key: str, value: _Value, note: Note) -> int:
    low, high = _RANGES[key]
    if value.text is None:
        return 0
    if not re.fullmatch(r"[0-9]{1,3}", value.text) or not low <= int(value.text) <= high:
        note(value.line, f"{key} must be a whole number from {low} to {high}")
        return 0
    return int(value.text)
