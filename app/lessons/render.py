"""Markdown to safe HTML, fences and directives; the only module that knows markdown-it."""

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token
from mdit_py_plugins.colon_fence import colon_fence_plugin

from app.lessons.directives import NODES, Note
from app.lessons.highlight import LANGUAGES, OUTPUT, OWN, code_html, unbroken
from app.lessons.links import is_lesson_link, lesson_path
from app.lessons.own_values import own_in, own_problems, put_back, taken_out

_IMAGE = re.compile(r"[A-Za-z0-9_-]+\.(?:svg|png|webp)")
_MARK = re.compile(r"\[([ xX])\](?: +|$)")
_NOWHERE = "#"
SHORT_CODE = 16
"""Code of so many characters stays on one line: half an option is none."""


@dataclass(frozen=True, slots=True)
class Text:
    """Rendered Markdown between fences and directives."""

    html: str
    line: int


@dataclass(frozen=True, slots=True)
class Fence:
    """A code fence at the left margin; ``line`` is the one with the backticks."""

    info: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Directive:
    """A block between colons, its body still Markdown; ``line`` is the opening one."""

    info: str
    body: str
    line: int
    closed: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """One item of a task list: ``[x]`` or ``[ ]`` (None: neither), text, and its block quote."""

    right: bool | None
    html: str
    explanation: str
    line: int


Piece = Text | Fence | Directive


class _Markdown(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: ARG002, N802 - the library's own name
        # Every address is looked at in Page._guard, which also tells the author; a refusal here
        # would leave the brackets in the page and say nothing.
        return True


class Page:
    """Renders the parts of one lesson, notes bad links, images and own values of the student's,
    collects links to lessons.
    """

    def __init__(
        self, slug: str, images: AbstractSet[str], note: Note, nodes: int = len(NODES)
    ) -> None:
        self._slug = slug
        self._images = images
        self._note = note
        self._nodes = nodes
        self.links: list[tuple[int, str]] = []
        self._markdown = _Markdown("commonmark", {"html": False})
        self._markdown.enable(["table", "strikethrough"])
        self._markdown.use(colon_fence_plugin)
        self._markdown.add_render_rule("fence", _render_fence)
        self._markdown.add_render_rule("colon_fence", _render_fence)
        self._markdown.add_render_rule("text", _render_text)
        self._markdown.add_render_rule("code_inline", _render_code)

    def pieces(self, source: str, first_line: int) -> Iterator[Piece]:
        """Cut ``source`` at its fences and directives, in reading order."""
        lines = source.split("\n")
        waiting: list[Token] = []
        for token in self._tokens(source, first_line):
            if token.level or token.type not in ("fence", "colon_fence"):
                waiting.append(token)
                continue
            yield from self._text(waiting, first_line)
            waiting = []
            start, end = token.map or [0, 1]
            if token.type == "fence":
                yield Fence(token.info.strip(), token.content, first_line + start)
            else:
                closing = re.fullmatch(rf" {{0,3}}:{{{len(token.markup)},}}\s*", lines[end - 1])
                closed = closing is not None and end - 1 > start
                yield Directive(token.info.strip(), token.content, first_line + start, closed)
        yield from self._text(waiting, first_line)

    def choices(self, source: str, first_line: int) -> tuple[str, list[Choice]]:
        """The question, and the options in the bullet list that ends ``source``."""
        tokens = self._tokens(source, first_line, shown_only=True)
        if not tokens or tokens[-1].type != "bullet_list_close":
            return self._html(tokens), []
        start = max(
            at for at, t in enumerate(tokens) if t.type == "bullet_list_open" and not t.level
        )
        items = _blocks(tokens[start + 1 : -1], level=1)
        return self._html(tokens[:start]), [self._choice(item[1:-1], first_line) for item in items]

    def closing(self, source: str, first_line: int) -> tuple[str, str]:
        """The last section as Markdown and as HTML, for pages elsewhere on the site.

        It has a second-level heading, which is left out; nothing where a directive comes after it.
        """
        tokens = self._tokens(source, first_line)
        starts = [at for at, it in enumerate(tokens) if it.tag == "h2" and it.nesting > 0]
        if not starts or any(it.type == "colon_fence" for it in tokens[starts[-1] :]):
            return "", ""
        heading, _, _, *rest = tokens[starts[-1] :]
        for token in rest:
            for child in token.children or []:
                self._from_elsewhere(child)
        _, end = heading.map or [0, 0]
        return "\n".join(source.split("\n")[end:]).strip(), self._html(rest)

    def _from_elsewhere(self, token: Token) -> None:
        """A link or an image of the lesson's page, with its whole path."""
        href, src = str(token.attrs.get("href", "")), str(token.attrs.get("src", ""))
        if href and not _is_web_address(href):
            token.attrs["href"] = lesson_path(href, self._slug)
        if src:
            token.attrs["src"] = f"/lessons/{src}"

    def _choice(self, tokens: Sequence[Token], first_line: int) -> Choice:
        blocks = _blocks(tokens, level=2)
        quotes = [block for block in blocks if block[0].type == "blockquote_open"]
        rest = [block for block in blocks if block[0].type != "blockquote_open"]
        line = first_line + (tokens[0].map or [0])[0] if tokens else first_line
        right = None
        if rest and rest[0][0].type == "paragraph_open":
            right = _take_mark(rest[0][1])
            if len(rest) == 1:
                rest[0][0].hidden = rest[0][-1].hidden = True
        option = "".join(self._html(block) for block in rest).strip()
        explanation = "".join(self._html(block[1:-1]) for block in quotes).strip()
        return Choice(right, option, explanation, line)

    def _tokens(self, source: str, first_line: int, *, shown_only: bool = False) -> list[Token]:
        # The final newline keeps the colon fence's scan from running off the end of the text.
        tokens = self._markdown.parse(source if source.endswith("\n") else source + "\n")
        for token in tokens:
            line = first_line + (token.map or [0])[0]
            if token.type in ("fence", "colon_fence") and (token.level or shown_only):
                self._check_shown(token, line)
            if token.type == "heading_open" and token.tag == "h1":
                self._note(line, "the title is the page's only first-level heading; write ## here")
            for child in token.children or []:
                if child.type in ("softbreak", "hardbreak"):
                    line += 1
                self._guard(child, line)
        return tokens

    def _check_shown(self, token: Token, line: int) -> None:
        if token.type == "colon_fence":
            self._note(line, "directives start at the left margin, outside lists, quotes, quizzes")
        elif token.info.strip() not in (*LANGUAGES, OUTPUT):
            self._note(
                line,
                f"a list, quote or quiz only shows code, and {token.info.strip()!r} is none of "
                f"{', '.join((OUTPUT, *LANGUAGES))}; put commands and checks in a step",
            )
        elif token.info.strip() in OWN:
            self.check_own(token.content, line + 1)

    def check_own(self, text: str, line: int) -> None:
        """Note the own values in ``text``, which begins on that line, that nobody has."""
        for offset, message in own_problems(text, self._nodes):
            self._note(line + offset, message)

    def _guard(self, token: Token, line: int) -> None:
        """Let only harmless addresses through; the others are noted and pointed nowhere."""
        if token.type in ("text", "code_inline"):
            self.check_own(token.content, line)
        elif token.type == "link_open":
            href = str(token.attrs.get("href", ""))
            if is_lesson_link(href):
                self.links.append((line, href))
            elif not _is_web_address(href):
                self._note(
                    line, f"bad link {href!r}; use https://…, another lesson's slug or #a-step"
                )
                token.attrs["href"] = _NOWHERE
        elif token.type == "image":
            self._guard_image(token, line)

    def _guard_image(self, token: Token, line: int) -> None:
        name = str(token.attrs.get("src", ""))
        if not token.content.strip():
            self._note(line, f"the image {name!r} has no text for those who can't see it; add it")
        for _, written, _ in own_in(token.content):
            self._note(line, f"an image's text can't hold the own value {written!r}; take it out")
        if _IMAGE.fullmatch(name) and name in self._images:
            # The page is /lessons/SLUG, so this names /lessons/SLUG/FILE.
            token.attrs["src"] = f"{self._slug}/{name}"
            return
        self._note(
            line, f"no image {name!r}; put the .svg, .png or .webp beside lesson.md and name it"
        )
        token.attrs["src"] = _NOWHERE

    def _text(self, tokens: Sequence[Token], first_line: int) -> Iterator[Text]:
        if tokens:
            yield Text(self._html(tokens), first_line + (tokens[0].map or [0])[0])

    def _html(self, tokens: Sequence[Token]) -> str:
        return str(self._markdown.renderer.render(tokens, self._markdown.options, {}))


def _is_web_address(href: str) -> bool:
    try:
        parts = urlsplit(href)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def _take_mark(token: Token) -> bool | None:
    """Read ``[x]`` at the start of a paragraph and take it out of the text."""
    first = token.children[0] if token.children else None
    mark = _MARK.match(first.content) if first is not None and first.type == "text" else None
    if first is None or mark is None:
        return None
    first.content = first.content[mark.end() :]
    return mark[1] != " "


def _blocks(tokens: Sequence[Token], level: int) -> list[list[Token]]:
    """Group a flat run of tokens into the blocks that start and end at ``level``."""
    blocks: list[list[Token]] = []
    for token in tokens:
        if token.level == level and token.nesting >= 0:
            blocks.append([token])
        else:
            blocks[-1].append(token)
    return blocks


def _render_fence(_self: Any, tokens: Sequence[Token], at: int, *_rest: Any) -> str:  # noqa: ANN401
    return code_html(tokens[at].content, tokens[at].info.strip())


def _render_text(_self: Any, tokens: Sequence[Token], at: int, *_rest: Any) -> str:  # noqa: ANN401
    marked, values = taken_out(tokens[at].content)
    return put_back(escapeHtml(marked), values)


def _render_code(_self: Any, tokens: Sequence[Token], at: int, *_rest: Any) -> str:  # noqa: ANN401
    text = tokens[at].content
    marked, values = taken_out(text)
    code = escapeHtml(marked)
    if len(text) <= SHORT_CODE:
        return f"<code>{put_back(code, values)}</code>"
    return f'<code class="long">{put_back(unbroken(code), values)}</code>'
