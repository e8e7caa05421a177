"""A cheat sheet keeps what lessons call worth keeping, and the commands they have shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.lessons.load import load_course
from app.progress.store import Progress
from app.settings import ROOT
from app.takeaway.cheat_sheet import as_markdown, sheet
from app.takeaway.markdown import at_home, fenced

if TYPE_CHECKING:
    from pathlib import Path

    from app.lessons.model import Course

SITE = "https://class.example"
TOP = "---\ntitle: {}\nsummary: S\nminutes: 10\nnodes: 1\n---\n"
CHECK = "```sh check\ntrue\n```\n"
STEPS = f"""
:::: step one "First step"
```sh run
docker ps
```
```sh run
curl {{{{ container.web.ip }}}}
```
{CHECK}
::::

:::: step two "Second step"
```sh run
docker ps
```
{CHECK}
::::

:::: step three "A challenge" kind=challenge
```sh solution
docker secret
```
{CHECK}
::::
"""
END = """
## Something else

Not kept.

## What to keep

```sh
## no heading
```

See [there](#one), [the other](other) and [docs](https://docs.docker.com/). ![Doors](doors.svg)
At {{ container.web.ip }}, with `{{ .Name }}`.
"""
DOORS = (
    '<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 9 9"><title>D</title></svg>'
)


@pytest.fixture
def course(tmp_path: Path) -> Course:
    for name, text in {"01-here": STEPS + END, "02-other": "Text.\n"}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "lesson.md").write_text(TOP.format(name) + text)
    (tmp_path / "01-here" / "doors.svg").write_text(DOORS)
    return load_course(tmp_path)


def test_the_closing_section_is_kept_with_links_that_work_elsewhere(course: Course) -> None:
    closing = course.lessons[0].closing
    assert "Not kept" not in closing.html
    assert "heading</code>" in closing.html
    for href in ("/lessons/here#step-one", "/lessons/other", "https://docs.docker.com/"):
        assert f'href="{href}"' in closing.html
    assert 'src="/lessons/here/doors.svg"' in closing.html
    assert '<lab-value data-of="node1.container.web.ip"' in closing.html
    assert "/lessons" not in "".join(block.html for block in course.lessons[0].blocks)
    assert course.lessons[1].closing.html == ""


def test_a_command_is_met_once_and_a_challenge_gives_nothing_away(course: Course) -> None:
    found = sheet(course.lessons[0], Progress(frozenset({("here", "one"), ("here", "three")})))
    assert [(met.step.id, met.done, len(met.commands)) for met in found.met] == [("one", True, 2)]
    assert found.done == 2


def test_as_markdown_it_reads_anywhere(course: Course) -> None:
    progress = Progress(frozenset({("here", "one")}))
    text = as_markdown([sheet(lesson, progress) for lesson in course.lessons], SITE)
    assert f"## 1. [01-here]({SITE}/lessons/here)" in text
    assert "1 of 3 steps done." in text
    assert f"[there]({SITE}/lessons/here#step-one), [the other]({SITE}/lessons/other)" in text
    assert f"![Doors]({SITE}/lessons/here/doors.svg)" in text
    assert "[docs](https://docs.docker.com/)" in text
    assert "At \u2039web's address\u203a, with `{{ .Name }}`." in text
    assert "- [x] First step\n\n```sh\ndocker ps\ncurl \u2039web's address\u203a\n```" in text
    assert "docker secret" not in text


def test_where_there_are_several_nodes_each_command_says_on_which_it_runs(tmp_path: Path) -> None:
    run = "```sh run node={}\n{}\n```\n"
    step = f'::: step a "A"\n{run.format("node1", "ls")}{run.format("node2", "ls")}'
    (tmp_path / "01-two").mkdir()
    (tmp_path / "01-two" / "lesson.md").write_text(
        TOP.format("two").replace("nodes: 1", "nodes: 2") + f"{step}{CHECK}:::\n"
    )
    [lesson] = load_course(tmp_path).lessons
    text = as_markdown([sheet(lesson, Progress())], SITE)
    assert "```sh\n# node1\nls\n# node2\nls\n```" in text


def test_every_lesson_of_the_course_has_something_to_keep() -> None:
    for lesson in load_course(ROOT / "content").lessons:
        found = sheet(lesson, Progress())
        assert found.lesson.closing.markdown
        assert found.lesson.closing.html
        assert found.met


def test_code_can_not_end_its_fence() -> None:
    assert fenced("a") == "```sh\na\n```"
    assert fenced("```\n# Title\n````") == "`````sh\n```\n# Title\n````\n`````"


def test_what_is_no_link_stays() -> None:
    assert at_home("a [b] (c) `x[1](2 3)`", "here", SITE) == "a [b] (c) `x[1](2 3)`"
