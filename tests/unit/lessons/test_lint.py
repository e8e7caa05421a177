"""What can be taught but is not good yet is found, on its line, with a way to mend it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.errors import LessonsInvalid
from app.lessons.lint.coverage import coverage_table, with_content
from app.lessons.lint.images import images_in
from app.lessons.load import find_problems, load_course
from tests.support.guide import guides_example

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HERE = "  <<<"
TOP = "---\ntitle: T\nsummary: S\nminutes: 10\nnodes: 1\n---\n"
STEP = ':::: step a-step "A" notes={}\n```sh run{}\n{}\n```\n```sh check\ntrue\n```\n::::\n'
QUIZ = ':::: quiz q "Q" recall={}{}\n- [x] a\n  > b\n- [ ] c\n  > d\n::::\n'
COURSE = """
closing = "What to keep"
complete = true
[[word]]
right = "host port"
wrong = ["hostport", "host-port"]
[[word]]
right = "Docker engine"
wrong = ["docker engine"]
"""
DRAWING = """<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 350 300">
<title>Doors</title>
<text font-size="12" fill="currentColor">web</text>
</svg>
"""


def lines_of(content: Path) -> list[tuple[str, str]]:
    """Where each finding is, and what it says."""
    found = find_problems(content)
    return [(f"{row.path.removeprefix('content/')}:{row.line}", row.message) for row in found]


def after(slugs: str) -> str:
    return TOP.replace("nodes: 1\n", f"nodes: 1\nafter: [{slugs}]\n")


def test_lessons_that_wait_for_each_other(write: Callable[..., Path]) -> None:
    write(after("third") + "One.", "01-first")
    write(after("first") + "Two.", "02-second")
    content = write(after("second, first") + "Three.", "03-third")
    write(after("third") + "Four.", "04-fourth")
    found = lines_of(content)
    assert [where for where, _ in found] == [
        f"0{number}-{slug}/lesson.md:6"
        for number, slug in enumerate(["first", "second", "third"], start=1)
    ]
    assert "wait for each other: first → third → first" in found[0][1]


def test_a_lesson_to_do_before_has_to_be_there_once_the_course_is_complete(
    content: Path, write: Callable[..., Path]
) -> None:
    write(after("nowhere") + QUIZ.format("nothing", ""))
    assert lines_of(content) == []
    (content / "course.toml").write_text("complete = true")
    assert [message for _, message in lines_of(content)] == [
        "no lesson 'nowhere' to come after; mend the slug",
        "no lesson 'nothing' to recall; mend the slug",
    ]


def test_recall_looks_back(write: Callable[..., Path]) -> None:
    write(QUIZ.format("second", ""), "01-first")
    content = write(QUIZ.format("first", ""), "02-second")
    assert [where for where, _ in lines_of(content)] == ["01-first/lesson.md:7"]


@pytest.mark.parametrize(
    ("line", "images"),
    [
        ("docker run -d -P --name web nginx", ["nginx"]),
        ("docker run -dit --net dev alpine sh -c 'docker ps'", ["alpine"]),
        ("docker run -dp 80:80 nginx", ["nginx"]),
        ("docker run --rm -p80:80 nginx:1.28 nginx -v", ["nginx:1.28"]),
        ("docker container create --network=dev redis", ["redis"]),
        ("docker pull a && docker run -d b | tail -1; curl -d x y", ["a", "b"]),
        ("docker service create --detach -p 80:80 --replicas 3 nginx", ["nginx"]),
        ('echo "$(docker run --rm centos curl es:9200)"', ["centos"]),
        ("docker create network prod", ["network"]),
        ("docker network create dev", []),
        ("docker run -d $IMAGE", []),
        ("docker run 'unclosed", []),
        ("docker run --help", []),
        ("# docker run nothing", []),
    ],
)
def test_images_are_found_in_commands(line: str, images: list[str]) -> None:
    assert list(images_in(line)) == images


def test_an_image_that_nobody_can_pull(problems: Callable[[str], list[object]]) -> None:
    [found] = map(str, problems(TOP + STEP.format(1, "", "docker run -d nginxx")))
    assert found.startswith("content/01-first/lesson.md:9: no image 'nginxx' in the catalog")
    assert problems(TOP + STEP.format(1, " unknown=nginxx", "docker run -d nginxx")) == []
    assert problems(TOP + STEP.format(1, "", "docker build -t my/own .\ndocker run my/own")) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('role="img" ', "", 'write role="img"'),
        ("<title>Doors</title>", "<title> </title>", "write a <title>"),
        ("currentColor", "black", "draw with currentColor"),
        ('font-size="12"', 'font-size="11.5"', "text of 11.5 is too small"),
        ('font-size="12"', 'font-size="1.2.3"', "text of 1.2 is too small"),
        ("<text", "<style>.a{font:600 9px serif}</style><text", "text of 9 is too small"),
        ("0 0 350 300", "0 0 700 300", "make it 24 or more"),
        (' viewBox="0 0 350 300"', "", "write viewBox="),
        ("</svg>", "<script/></svg>", "no <script>"),
        ("</svg>", "<foreignObject/></svg>", "no <foreignObject>"),
        ("<text", '<text onclick="x()"', "take onclick= out"),
        ("</svg>", '<image href="https://example.org/a.png"/></svg>', "nothing from elsewhere"),
        ("</svg>", "<style>@import 'a.css'</style></svg>", "nothing from elsewhere"),
        ("</svg>", "<style>a{fill:url(a.svg)}</style></svg>", "nothing from elsewhere"),
        ("</svg>", "", "not XML"),
        ("<svg", "<!DOCTYPE svg><svg", "declares nothing"),
    ],
)
def test_a_drawing_that_not_everybody_can_see(
    content: Path, write: Callable[..., Path], old: str, new: str, message: str
) -> None:
    write("![Doors](doors.svg)")
    drawing = content / "01-first" / "doors.svg"
    drawing.write_text(DRAWING)
    assert lines_of(content) == []
    drawing.write_text(DRAWING.replace(old, new, 1))
    [(where, said)] = lines_of(content)
    assert where.startswith("01-first/doors.svg:")
    assert message in said


def test_a_drawing_that_no_lesson_shows(content: Path, write: Callable[..., Path]) -> None:
    write("Text.")
    (content / "01-first" / "doors.svg").write_text(DRAWING)
    assert "no lesson shows this drawing" in lines_of(content)[0][1]


def test_names_of_any_bytes_are_told_in_letters_that_can_be_printed(
    content: Path, write: Callable[..., Path]
) -> None:
    write("Text.")
    (content / os.fsdecode(b"\xff\x1b[2J")).mkdir()
    (content / "01-first" / os.fsdecode(b"\xfe.svg")).write_text(DRAWING)
    assert [where for where, _ in lines_of(content)] == [
        r"01-first/\xfe.svg:1",
        r"\xff\x1b[2J:1",
    ]


def test_words_have_one_spelling_in_prose(content: Path, write: Callable[..., Path]) -> None:
    (content / "course.toml").write_text(COURSE)
    write(
        "A hostport, a host port.\nHost-port `hostport` [here](https://hostport.org/)\n\n"
        "```text\nhostport\n```\n\nThe docker engine. A ghostport."
    )
    assert lines_of(content) == [
        ("01-first/lesson.md:7", "write 'host port' for 'hostport'"),
        ("01-first/lesson.md:8", "write 'host port' for 'Host-port'"),
        ("01-first/lesson.md:14", "write 'Docker engine' for 'docker engine'"),
    ]


def test_a_lesson_ends_with_what_is_worth_keeping(
    content: Path, write: Callable[..., Path]
) -> None:
    (content / "course.toml").write_text(COURSE)
    step = STEP.format(1, "", "true")
    write(step + "## Goodbye\n")
    [(where, said)] = lines_of(content)
    assert (where, "end the lesson with '## What to keep'" in said) == (
        "01-first/lesson.md:15",
        True,
    )
    write(step + "## What to keep\n\n- All.\n")
    assert lines_of(content) == []


@pytest.mark.parametrize(
    "text",
    [
        *("closing = ", "word = [1]", "word = 1", "words = []", "[[word]]\nright = ''"),
        *(f"word = {'[' * 5000}", f"closing = 1{'0' * 5000}"),
    ],
    ids=lambda text: text[:20],
)
def test_a_course_file_that_makes_no_sense(
    content: Path, write: Callable[..., Path], text: str
) -> None:
    write("Text.")
    (content / "course.toml").write_text(text)
    assert [where for where, _ in lines_of(content)] == ["course.toml:1"]


NOTES = "Title\n=====\n\n# One\n* first\n* second | third\n\n* fourth"


def test_lines_of_the_notes_that_say_something() -> None:
    assert list(with_content(NOTES.split("\n"))) == [5, 6, 8]


def test_every_line_of_the_notes_is_covered_once_the_course_is_complete(
    content: Path, write: Callable[..., Path]
) -> None:
    (content / "notes.md").write_text(NOTES)
    write(STEP.format("4-6,9", "", "true"))
    assert lines_of(content) == [
        ("01-first/lesson.md:7", "the notes have 8 lines; mend 9 in notes=")
    ]
    (content / "course.toml").write_text("complete = true")
    write(STEP.format("5-6", "", "true"))
    assert lines_of(content) == [
        ("notes.md:8", "no step covers this line; name it in one's notes=8")
    ]


def test_the_coverage_table_names_the_steps_of_each_line(write: Callable[..., Path]) -> None:
    content = write(STEP.format("5-6", "", "true"))
    table = coverage_table(NOTES.split("\n"), load_course(content).lessons)
    assert "| 5 | first | 01 first: a-step |" in table
    assert "| 6 | second \\| third | 01 first: a-step |" in table
    assert "| 8 | fourth | nowhere yet |" in table
    assert "2 of 3 lines are covered." in table


def test_what_only_the_lint_finds_stops_no_site(content: Path, write: Callable[..., Path]) -> None:
    write(STEP.format(1, "", "docker run nginxx"))
    assert find_problems(content) != []
    assert load_course(content).lessons
    write(STEP.format("x", "", "true"))
    with pytest.raises(LessonsInvalid):
        load_course(content)


@settings(
    max_examples=100,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_whatever_the_bytes_there_are_findings_and_never_a_traceback(
    content: Path, write: Callable[..., Path], data: st.DataObject
) -> None:
    files = {
        "01-first/lesson.md": guides_example().encode(),
        "01-first/doors.svg": DRAWING.encode(),
        "course.toml": COURSE.encode(),
        "notes.md": NOTES.encode(),
    }
    write("Text.")
    for name, whole in files.items():
        at, cut = data.draw(st.integers(0, len(whole))), data.draw(st.integers(0, 40))
        put = data.draw(
            st.binary(max_size=6) | st.sampled_from([b'"', b"docker run '", b"[", b"<"])
        )
        (content / name).write_bytes(whole[:at] + put + whole[at + cut :])
    for finding in find_problems(content):
        assert finding.line >= 1
        assert finding.message
