"""The page's HTML holds no answers, and nothing an author types can run in a browser."""

from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from app.lessons.lesson import read_lesson
from app.lessons.load import load_course
from app.lessons.model import Lesson, Prose, Quiz, Step

ROOT = Path(__file__).parents[3]
TOP = "---\ntitle: T\nsummary: S\nminutes: 10\nnodes: 1\n---\n"
ELEMENTS = {
    *("p", "em", "strong", "code", "pre", "a", "img", "span", "ul", "ol", "li", "blockquote"),
    *(
        "h2",
        "h3",
        "hr",
        "br",
        "s",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "lab-command",
        "lab-value",
    ),
}
ATTRIBUTES = {"href", "src", "alt", "title", "class", "data-node", "start", "style"}
ATTRIBUTES |= {"data-of", "lang"}
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "a <b onclick=alert(1)>b</b>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java&#115;cript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](vbscript:x)",
    "[x](//evil.example)",
    "[x](https:evil.example)",
    "<javascript:alert(1)>",
    "[x]\n\n[x]: javascript:alert(1)",
    '[x](https://example.org/ "\\" onclick=alert(1)")',
    '[x](https://example.org/"onclick=alert(1))',
    "![x](javascript:alert(1))",
    "![x](../../etc/passwd)",
    '![" onerror="alert(1)](x.png)',
    "[x](https://example.org){onclick=alert(1)}",
    "```text\n</pre><script>alert(1)</script>\n```",
    "```sh\n</code><script>alert(1)</script>\n```",
    '```sh"onclick=alert(1)\nx\n```',
    '- item\n\n  ```"><script>alert(1)</script>\n  x\n  ```',
    '- item\n\n  ::: "><script>alert(1)</script>\n  x\n  :::',
    "`<script>`",
    '{{ container."onclick=alert(1).ip }}',
    "{{ container.<script>.ip }}",
    "`{{ container.web.ip.<script>alert(1)</script> }}`",
    "```sh\necho {{ container.web.ip }}</code><script>{{ node1.ip }}\n```",
    "| <script> |\n|---|\n| [x](javascript:a) |",
]


class Elements(HTMLParser):
    """Collects the elements and attributes a browser would see, and the text of commands."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.commands: list[str] = []
        self._depth = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag == "lab-command":
            self.commands.append("")
            self._depth = 1

    def handle_endtag(self, tag: str) -> None:
        if tag == "lab-command":
            self._depth = 0
            self.commands[-1] = self.commands[-1].removesuffix("\n")

    def handle_data(self, data: str) -> None:
        if self._depth:
            self.commands[-1] += data


def visible_html(lesson: Lesson) -> str:
    """What a page shows before anything is answered."""
    html = ""
    for block in lesson.blocks:
        html += block.html
        if isinstance(block, Quiz):
            html += "".join(option.html for option in block.options)
    return html


def all_html(lesson: Lesson) -> str:
    html = visible_html(lesson)
    for step in lesson.steps:
        html += "".join(step.hints) + "".join(mistake.html for mistake in step.mistakes)
    return html + "".join(o.explanation for quiz in lesson.quizzes for o in quiz.options)


def render(body: str) -> str:
    """Rendered without minding the findings: the HTML must be harmless even then."""
    raw = (TOP + body).encode()
    reading = read_lesson(
        raw, slug="first", number=1, images=frozenset(), note=lambda _line, _message: None
    )
    assert reading.lesson is not None
    return all_html(reading.lesson)


def assert_inert(html: str) -> None:
    page = Elements(html)
    assert page.tags <= ELEMENTS, page.tags - ELEMENTS
    for name, value in page.attributes:
        assert name in ATTRIBUTES, name
        if name == "style":
            assert value.startswith("text-align:")
        if name in ("href", "src"):
            assert value.startswith(("https://example.org", "#")), value


@pytest.mark.parametrize("body", HOSTILE)
def test_hostile_markdown_is_inert_everywhere(body: str) -> None:
    assert_inert(render(body))
    assert_inert(render(f':::: step a "b"\n{body}\n\n::: hint\n{body}\n:::\n::::\n'))
    assert_inert(render(f':::: quiz a "b"\n{body}\n\n- [x] {body}\n  > {body}\n::::\n'))


SECRETS = """\
:::: step a-step "A" kind=input answer-label="L"
```sh run
docker ps
```
```sh check
secret_check "$ANSWER"
```
```sh solution
secret_solution
```
```sh answer
secret_answer
```
::: hint
secret_hint
:::
::: mistake untried="for a reason"
```sh when
secret_when
```
secret_advice
:::
::::

:::: quiz a-quiz "Q"
- [x] yes
  > secret_reason
- [ ] no
  > secret_reason
::::
"""


def test_the_page_shows_no_check_solution_answer_hint_or_reason() -> None:
    reading = read_lesson(
        (TOP + SECRETS).encode(),
        slug="first",
        number=1,
        images=frozenset(),
        note=lambda line, message: pytest.fail(f"{line}: {message}"),
    )
    assert reading.lesson is not None
    assert "secret" not in visible_html(reading.lesson)
    assert all_html(reading.lesson).count("secret") == 4


def test_the_text_of_a_command_is_what_is_typed() -> None:
    lines = ["curl -s \"a&b\" | sed 's/<x>//'", "  # two  spaces", "", "echo $(ls)\\"]
    body = ':::: step a "b"\n```sh run\n' + "\n".join(lines) + "\n```\n::::\n"
    assert Elements(render(body)).commands == ["\n".join(lines)]


def test_the_real_lessons_show_nothing_they_should_keep() -> None:
    for lesson in load_course(ROOT / "content").lessons:
        shown = unescape(visible_html(lesson))
        assert_real(lesson)
        for step in lesson.steps:
            assert step.check not in shown
            if step.kind == "challenge":
                assert not any(line.text in shown for line in step.solution)
            else:
                commands = Elements(step.html).commands
                assert [line for text in commands for line in text.split("\n")]
        for quiz in lesson.quizzes:
            assert not any(unescape(option.explanation) in shown for option in quiz.options)


def assert_real(lesson: Lesson) -> None:
    page = Elements(all_html(lesson))
    assert page.tags <= ELEMENTS
    assert {name for name, _ in page.attributes} <= ATTRIBUTES
    assert any(isinstance(block, Prose) for block in lesson.blocks)
    assert any(isinstance(block, Step) for block in lesson.blocks)
