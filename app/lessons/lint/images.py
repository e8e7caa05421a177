"""Container images that commands name and nobody can pull: the catalog does not have them."""

from __future__ import annotations

import re
import shlex
import tomllib
from functools import cache
from typing import TYPE_CHECKING

from app.settings import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.lessons.lint.source import Source
    from app.lessons.model import Finding

_CATALOG = ROOT / "images" / "catalog.toml"
_BETWEEN_COMMANDS = re.compile(r"[;|&()`]|\$\(")
_VERBS = (
    ("run",),
    ("create",),
    ("pull",),
    ("container", "run"),
    ("container", "create"),
    ("image", "pull"),
    ("image", "inspect"),
    ("service", "create"),
)
_MADE = re.compile(
    r"docker (?:image )?(?:build|import|commit)\b.*?(?:-t|--tag)[ =](\S+)"
    r"|docker (?:image )?(?:tag|import|commit) \S+ (\S+)"
)
# Options without a value; every other one takes the word that follows it.
_FLAGS = {
    *("--detach", "--interactive", "--tty", "--rm", "--publish-all", "--privileged", "--init"),
    *("--read-only", "--no-healthcheck", "--oom-kill-disable", "--sig-proxy", "--quiet", "--help"),
    *("--all-tags", "--disable-content-trust", "--no-resolve-image", "--with-registry-auth"),
}
_SHORT_FLAGS = "ditPq"


@cache
def _catalog() -> frozenset[str]:
    rows = tomllib.loads(_CATALOG.read_text(encoding="utf-8"))["image"]
    return frozenset(f"{row['name']}:{row.get('tag', 'latest')}" for row in rows)


def image_problems(source: Source) -> Iterator[Finding]:
    made = {image for command in source.reading.commands for image in made_in(command.text)}
    for command in source.reading.commands:
        for image in images_in(command.text):
            name = image.partition("@")[0]
            tagged = name if ":" in name.rpartition("/")[2] else f"{name}:latest"
            if tagged not in _catalog() and image not in {*command.unknown, *made}:
                known = ", ".join(sorted(it.removesuffix(":latest") for it in _catalog()))
                yield source.finding(
                    command.line,
                    f"no image {image!r} in the catalog; use one of {known}, add it to "
                    f"images/catalog.toml, or write unknown={image} on the fence if that is meant",
                )


def made_in(line: str) -> Iterator[str]:
    """The images that the line makes: from then on they are there."""
    for found in _MADE.finditer(line):
        yield found[1] or found[2]


def images_in(line: str) -> Iterator[str]:
    """The images that the line's docker commands name, as far as that can be told."""
    for part in _BETWEEN_COMMANDS.split(line):
        try:
            words = shlex.split(part, comments=True)
        except ValueError:  # quotes that began in another part
            continue
        if "docker" in words and (image := _image(words[words.index("docker") + 1 :])):
            yield image


def _image(words: list[str]) -> str:
    verb = next((verb for verb in _VERBS if tuple(words[: len(verb)]) == verb), None)
    if verb is None:
        return ""
    rest = iter(words[len(verb) :])
    for word in rest:
        if not word.startswith("-"):
            return word if re.fullmatch(r"[a-z0-9][\w./:@-]*", word) else ""
        if _takes_a_value(word):
            next(rest, None)
    return ""


def _takes_a_value(option: str) -> bool:
    if option.startswith("--"):
        return "=" not in option and option not in _FLAGS
    # Of short options written together only the last one can be waiting for its value.
    return (
        option.rstrip(_SHORT_FLAGS) != "-"
        and option[-1] not in _SHORT_FLAGS
        and len(option.lstrip("-").lstrip(_SHORT_FLAGS)) == 1
    )
