"""A course says in other languages what own values are called; pages and cheat sheets say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.lessons.load import find_problems, load_course
from app.progress.store import Progress
from app.takeaway.cheat_sheet import as_markdown, sheet

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FRENCH = """\
[own-values]
"node1.ip" = "adresse de {node}"
"container.NAME.id" = "identifiant de {name}"
"container.NAME.ip" = "adresse de {name}"
"container.NAME.ip.NETWORK" = "adresse de {name} sur {network}"
"container.NAME.port.80" = "port de l'hôte pour {name}:{port}"
"network.NAME.id" = "identifiant de {name}"
"network.NAME.subnet" = "sous-réseau de {name}"
"network.NAME.gateway" = "passerelle de {name}"
"""
RUN = "curl {{ container.web.ip.dev }}:{{ container.web.port.80 }}"
LESSON = f"""---
title: T
summary: S
minutes: 10
nodes: 2
---
:::: step a "A"
At {{{{ node2.container.web.ip }}}}.

```sh run
{RUN}
```
```sh check
true
```
::::

## Keep

`{{{{ network.dev.subnet }}}}`
"""
TRANSLATED = """---
title: T
summary: S
---
:::: step a "B"
À {{ node2.container.web.ip }}.

```sh run
```
::::

## À retenir

`{{ network.dev.subnet }}`
"""


@pytest.fixture
def course(write: Callable[..., Path]) -> Path:
    content = write(LESSON)
    (content / "01-first" / "lesson.fr.md").write_text(TRANSLATED)
    (content / "course.fr.toml").write_text(FRENCH)
    return content


def test_a_translated_page_says_in_its_language_what_a_value_will_be(course: Path) -> None:
    assert find_problems(course) == []
    loaded = load_course(course)
    lesson = loaded.translated(loaded.lessons[0], ["fr"])
    html = "".join(block.html for block in lesson.blocks)
    for said in (
        'lang="fr">\u2039adresse de web (node2)\u203a</lab-value>',
        'lang="fr">\u2039adresse de web sur dev\u203a</lab-value>',
        'lang="fr">\u2039port de l&#x27;hôte pour web:80\u203a</lab-value>',
        'lang="fr">\u2039sous-réseau de dev\u203a</lab-value>',
    ):
        assert said in html
    assert 'lang="en"' not in html + lesson.closing.html + "".join(lesson.steps[0].commands)
    english = "".join(block.html for block in loaded.lessons[0].blocks)
    assert "web&#x27;s address (node2)" in english
    assert 'lang="fr"' not in english


def test_so_does_what_is_taken_away(course: Path) -> None:
    loaded = load_course(course)
    lesson = loaded.translated(loaded.lessons[0], ["fr"])
    text = as_markdown([sheet(lesson, Progress())], "https://example.org")
    assert "`\u2039sous-réseau de dev\u203a`" in text
    assert "curl \u2039adresse de web sur dev\u203a:" in text
    assert "subnet" not in text


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"node1.ip" = "adresse de {node}"\n', "", "no phrase for 'node1.ip'"),
        ("adresse de {node}", "adresse", "needs {node}, once"),
        ("adresse de {node}", "{node} {node}", "needs {node}, once"),
        ("adresse de {node}", "{node} {name}", "needs {node}, once"),
        ("adresse de {node}", "", "1 to 80 characters"),
        ("adresse de {node}", "{node}\\u0007", "needs {node}, once"),
        ("[own-values]", "[values]", "unknown key 'values'"),
        ('"node1.ip"', '"node2.ip"', "unknown own value 'node2.ip'"),
        ('"adresse de {node}"', "1", "characters of text"),
        ("[own-values]", "[own-values", "not TOML"),
    ],
)
def test_a_file_with_a_fault_is_not_used_and_stops_no_site(
    course: Path, old: str, new: str, message: str
) -> None:
    assert old in FRENCH
    (course / "course.fr.toml").write_text(FRENCH.replace(old, new, 1))
    found = find_problems(course)
    assert any(message in row.message for row in found if row.path == "content/course.fr.toml")
    loaded = load_course(course)
    html = loaded.translated(loaded.lessons[0], ["fr"]).steps[0].html
    assert "web&#x27;s address (node2)" in html


@pytest.mark.parametrize("name", ["course.en.toml", "course.french.toml"])
def test_it_is_named_by_its_language(course: Path, name: str) -> None:
    (course / "course.fr.toml").rename(course / name)
    messages = [row.message for row in find_problems(course) if row.path == f"content/{name}"]
    assert len(messages) == 1
    assert "a language of two letters" in messages[0]


def test_what_is_no_text_is_a_finding(course: Path) -> None:
    words = course / "course.fr.toml"
    words.write_bytes(b"\xff")
    assert any("can't be read" in row.message for row in find_problems(course))
    words.unlink()
    words.symlink_to("nowhere")
    assert any("can't be read" in row.message for row in find_problems(course))
    words.unlink()
    words.mkdir()
    assert any("can't be read" in row.message for row in find_problems(course))


def test_a_phrase_is_text_and_never_html(course: Path) -> None:
    evil = FRENCH.replace('adresse de {name}"', '<b>{name}"')
    (course / "course.fr.toml").write_text(evil)
    loaded = load_course(course)
    html = loaded.translated(loaded.lessons[0], ["fr"]).steps[0].html
    assert "&lt;b&gt;web (node2)" in html
    assert "<b>" not in html
