"""What of a student's own lessons can name, and what of it a page shows before anybody knows it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.lessons.load import find_problems, load_course
from app.lessons.own_values import PATTERNS, in_words, own_in, put_back, read_own, taken_out
from app.lessons.own_words import FORMS
from app.lessons.search import Search
from app.settings import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from app.lessons.model import Lesson

TOP = "---\ntitle: T\nsummary: S\nminutes: 10\nnodes: 2\n---\n"
PING = "docker exec peer ping -c 1 {{ container.web.ip.dev }} # `{{ node2.ip }}`"
WORDS = {
    "node1.ip": "node1's address",
    "node2.ip": "node2's address",
    "container.web.id": "web's id",
    "container.web.ip": "web's address",
    "container.web.ip.my-net_1": "web's address on my-net_1",
    "container.web.port.80": "host port of web:80",
    "container.dns.port.53/udp": "host port of dns:53/udp",
    "network.dev.id": "dev's id",
    "network.dev.subnet": "dev's subnet",
    "network.dev.gateway": "dev's gateway",
    "node3.container.c1.ip.mynet": "c1's address on mynet (node3)",
    "node2.network.dev.subnet": "dev's subnet (node2)",
}
NOT_OURS = [
    "{{ .NetworkSettings.IPAddress }}",
    "{{.ID}}",
    "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}",
    "{{json .Config.ExposedPorts}}",
    '{{index .Config.Labels "slipway.stand-in"}}',
    "{{ println .Name }}",
    "{{- .Name -}}",
    "{{with index .IPAM.Config 0}}{{.Subnet}}{{end}}",
    "{{ $x.y }}",
    "{{ end }}",
    "{{}}",
    "${container.web.ip}",
    "{ container.web.ip }",
]


@pytest.mark.parametrize(("written", "words"), WORDS.items())
def test_an_own_value_says_what_it_will_be(written: str, words: str) -> None:
    own = read_own(written)
    assert own
    assert own.said() == words
    assert read_own(own.of) == own


def test_every_form_that_authors_are_told_of_is_one() -> None:
    assert all(map(read_own, FORMS))


@pytest.mark.parametrize("text", NOT_OURS)
def test_go_templates_stay_what_they_are(text: str, read: Callable[[str], Lesson]) -> None:
    assert list(own_in(text)) == []
    lesson = read(f"Text `{text}`.\n\n```sh\n{text}\n```\n")
    assert "lab-value" not in lesson.blocks[0].html


def test_a_page_carries_values_in_text_code_and_commands(read: Callable[[str], Lesson]) -> None:
    text = "At {{ node1.ip }}, `{{ node2.ip }}`.\n\n```text\n{{network.dev.subnet}}\n```\n"
    step = f'::: step a "A"\n```sh run\n{PING}\n```\n```sh check\ntrue\n```\n:::\n'
    lesson = read(TOP + text + step)
    prose = lesson.blocks[0].html
    node1 = '<lab-value data-of="node1.ip" lang="en">\u2039node1&#x27;s address\u203a</lab-value>'
    assert f"At {node1}, <code><lab-value" in prose
    assert re.search(r'<pre class="output"><lab-value data-of="node1.network.dev.subnet"', prose)
    assert 'data-of="node1.container.web.ip.dev"' in lesson.steps[0].html
    assert lesson.steps[0].html.count("<lab-value") == 2
    assert lesson.steps[0].solution[0].text == PING


def test_other_languages_keep_their_braces(read: Callable[[str], Lesson]) -> None:
    lesson = read("```html\n<p>{{ page.title }} {{ node1.ip }}</p>\n```\n")
    assert "lab-value" not in lesson.blocks[0].html


def test_hints_options_and_explanations_hold_values_too(read: Callable[[str], Lesson]) -> None:
    value = "{{ container.web.ip }}"
    lesson = read(
        f'::: quiz q "Q"\nWhich?\n\n- [x] {value}\n  > {value}\n- [ ] b\n  > c\n:::\n'
        f'::: step a "A"\n```sh run\nls\n```\n```sh check\ntrue\n```\n'.replace(":::", "::::")
        + f"::: hint\nSee {value}.\n:::\n::::\n"
    )
    [right, _] = lesson.quizzes[0].options
    for html in (right.html, right.explanation, lesson.steps[0].hints[0]):
        assert "<lab-value" in html


def test_a_pictures_text_is_the_same_for_everybody(write: Callable[..., Path]) -> None:
    content = write("![At {{ node1.ip }}](a.svg)")
    drawing = '<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 1 1">'
    (content / "01-first" / "a.svg").write_text(f"{drawing}<title>A</title></svg>")
    [found] = [row for row in find_problems(content) if "image" in row.message]
    assert "an image's text can't hold the own value 'node1.ip'" in found.message


def test_a_block_may_use_what_an_earlier_block_has_made(write: Callable[..., Path]) -> None:
    use = "docker exec web true\ncurl {{ container.web.ip }}\ncurl {{ container.web.ip }}/b"
    text = f'::: step a "A"\n```sh run\n{{}}\n```\n```sh run\n{use}\n```\n'
    text += "```sh check\ntrue\n```\n:::\n"
    assert find_problems(write(text.format("docker run -d --name web nginx"))) == []


def test_images_are_still_found_behind_a_value(write: Callable[..., Path]) -> None:
    line = "docker run --rm --add-host a:{{ container.web.ip }} alpine true"
    step = '::: step a "A"\n```sh run\n{}\n```\n```sh check\ntrue\n```\n:::\n'
    assert find_problems(write(step.format(line))) == []
    [found] = find_problems(write(step.format(line.replace("alpine", "nothere"))))
    assert "'nothere'" in found.message


def test_a_translation_carries_the_originals_values(write: Callable[..., Path]) -> None:
    step = '::: step a "{}"\n{}\n```sh run\n{}\n```\n{}:::\n'
    content = write(TOP + step.format("A", "At {{ node1.ip }}.", PING, "```sh check\ntrue\n```\n"))
    french = "---\ntitle: T\nsummary: S\n---\n"
    french += step.format("B", "Ici {{ node2.ip }}.", "", "")
    (content / "01-first" / "lesson.fr.md").write_text(french)
    [found] = find_problems(content)
    assert "say what they are in course.fr.toml" in found.message
    course = load_course(content)
    html = course.translated(course.lessons[0], ["fr"]).steps[0].html
    assert 'Ici <lab-value data-of="node2.ip" lang="en">' in html
    assert 'data-of="node1.container.web.ip.dev"' in html
    (content / "01-first" / "lesson.fr.md").write_text(french.replace("node2.ip", "node3.ip"))
    assert [row.line for row in find_problems(content)] == [1, 6]


def test_search_finds_what_a_value_will_be(read: Callable[[str], Lesson], content: Path) -> None:
    read("At {{ network.dev.gateway }}.")
    search = Search(load_course(content))
    assert "\u2039" in "".join(text for text, _ in search.find("gateway")[0].excerpt)
    search.close()


@given(st.text(alphabet="{}. \n`<>\"'&abcnode1containrwebip/\ue010", max_size=60))
def test_nothing_is_lost_between_braces(text: str) -> None:
    clean = text.replace("\ue010", "")
    marked, values = taken_out(clean)
    shown = put_back(marked, values)
    assert re.sub(r"<lab-value [^>]*>[^<]*</lab-value>", "", shown) == marked.replace("\ue010", "")
    assert len(in_words(clean)) > 0 or not clean


def test_both_halves_want_the_same_of_a_value() -> None:
    """The page's twin of the patterns."""
    script = (ROOT / "static" / "js" / "own-values.js").read_text()
    twins = dict(re.findall(r"^  (\w+): /\^(.*)\$/,$", script, re.MULTILINE))
    assert twins == {
        kind: pattern.pattern.replace("/", r"\/") for kind, pattern in PATTERNS.items()
    }
