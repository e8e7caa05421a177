"""What an author writes becomes what the page needs."""

import html
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from app.errors import LessonsInvalid
from app.lessons.load import find_problems, load_check_library, load_course
from app.lessons.model import Lesson, Line, Prose, Quiz, Script, Step

Read = Callable[[str], Lesson]

RUN = """\
:::: step start-it "Start it"
Some *prose*.

```sh run
docker run -d --name web nginx
```
```text
<id>
```
```sh check
running web
```
::: hint
Look **twice**.
:::
::: mistake untried="for a reason"
```sh when
! running web
```
It is not running.
:::
::: hint
Think.
:::
::::
"""
INPUT = """\
:::: step which-port "Which port?" kind=input answer-label="Host port"
Look it up.

```sh run
docker port web 80
```
```sh answer
hport web 80
```
```sh check
[ "$ANSWER" = "$(hport web 80)" ]
```
::::
"""
CHALLENGE = """\
:::: step both "Both nodes" kind=challenge
Do it on both.

```sh solution
docker swarm init
```
```sh solution node=node2
docker swarm join
docker ps
```
```sh check
docker info
```
::::
"""
QUIZ = """\
:::: quiz outside "Which is *outside*?"
Look at `-p 1:2`.

- [ ] the `2`
  > Right is inside.
- [x] the 1

  > Left is outside.
  >
  > Always.
::::
"""


def test_prose_steps_and_quizzes_keep_their_reading_order(read: Read) -> None:
    lesson = read("Hello.\n\n" + RUN + "\nBetween.\n\n" + QUIZ + INPUT + "## End\n")
    assert [type(block) for block in lesson.blocks] == [Prose, Step, Prose, Quiz, Step, Prose]
    assert lesson.blocks[0] == Prose("<p>Hello.</p>\n")


def test_front_matter_and_folder_name_a_lesson(read: Read) -> None:
    lesson = read("Hello.")
    assert (lesson.slug, lesson.number, lesson.title) == ("first", 1, "First")
    assert (lesson.summary, lesson.minutes, lesson.nodes) == ("A first lesson.", 10, 2)


def test_a_run_step_is_solved_by_the_commands_it_shows(read: Read) -> None:
    step = read(RUN).steps[0]
    assert (step.id, step.kind, step.title) == ("start-it", "run", "Start it")
    assert step.solution == (Line("docker run -d --name web nginx", "node1"),)
    assert step.check == "running web"
    assert (step.answer, step.answer_label) == (None, "")


def test_a_step_knows_its_line_in_the_file(read: Read) -> None:
    assert read("\n\n" + RUN).steps[0].line == 9


def test_hints_are_html_in_order_and_mistakes_carry_their_test(read: Read) -> None:
    step = read(RUN).steps[0]
    assert step.hints == ("<p>Look <strong>twice</strong>.</p>\n", "<p>Think.</p>\n")
    assert [(m.when, m.html) for m in step.mistakes] == [
        ("! running web", "<p>It is not running.</p>\n")
    ]


def test_commands_and_output_have_elements_of_their_own(read: Read) -> None:
    html = read(RUN).steps[0].html
    assert '<lab-command data-node="node1"><pre class="highlight"><code>' in html
    assert '<pre class="output">&lt;id&gt;\n</pre>' in html
    assert "style=" not in html


def test_an_input_step_has_a_label_and_a_way_to_find_the_answer(read: Read) -> None:
    step = read(INPUT).steps[0]
    assert (step.kind, step.answer_label) == ("input", "Host port")
    assert step.answer == Script("hport web 80")


def test_a_hidden_solution_says_where_each_line_is_typed(read: Read) -> None:
    step = read(CHALLENGE).steps[0]
    assert [(line.node, line.text) for line in step.solution] == [
        ("node1", "docker swarm init"),
        ("node2", "docker swarm join"),
        ("node2", "docker ps"),
    ]


def test_a_hidden_solution_replaces_the_commands_shown(read: Read) -> None:
    hidden = "```sh solution\ndocker start web\n```\n```sh check"
    step = read(RUN.replace("```sh check", hidden)).steps[0]
    assert step.solution == (Line("docker start web"),)


def test_a_run_fence_may_name_another_node(read: Read) -> None:
    step = read(RUN.replace("sh run", "sh run node=node2")).steps[0]
    assert 'data-node="node2"' in step.html
    assert step.solution[0].node == "node2"


def test_code_that_may_be_broken_over_lines_is_marked(read: Read) -> None:
    lesson = read("`--network-alias`, and `docker network connect`, and `<a very long tag>`.")
    [prose] = lesson.blocks
    assert isinstance(prose, Prose)
    assert prose.html == (
        '<p><code>--network-alias</code>, and <code class="long">docker network connect</code>, '
        'and <code class="long">&lt;a very long tag&gt;</code>.</p>\n'
    )


def test_an_option_or_a_name_stays_on_one_line(read: Read) -> None:
    line = "docker run -d --net-alias es a-b <x-y -{} 1-2 - 'a -q'".format("z" * 40)
    lesson = read(f"`{line}`\n\n```sh\n{line}\n```\n\n```text\n{line}\n```\n")
    [prose] = lesson.blocks
    assert isinstance(prose, Prose)
    whole = re.findall(r'<span class="whole">(.*?)</span>', prose.html)
    assert whole == ["-d", "--net-alias", "a-b", "-q"] * 3
    words = re.sub(r"<[^>]*>", "", prose.html).splitlines()
    assert [html.unescape(it) for it in words if it] == [line] * 3


def test_each_line_of_a_command_is_a_piece_of_its_own(read: Read) -> None:
    text = "cat > a <<'END'\nfirst\n\n  last\nEND\necho {{ node1.ip }}"
    check = "```sh check\ntrue\n```"
    lesson = read(f':::: step a "A"\n```sh run\n{text}\n```\n{check}\n::::\n')
    code = lesson.steps[0].commands[0].partition("<code>")[2].partition("</code>")[0]
    lines = code.split('<span class="line">')
    assert len(lines) == 7
    assert all(line.count("<span") == line.count("</span>") - 1 for line in lines[1:])
    shown = html.unescape(re.sub(r"<[^>]*>", "", code))
    assert shown == text.replace("{{ node1.ip }}", "\u2039node1's address\u203a")


def test_a_quiz_has_one_right_option_and_a_reason_for_each(read: Read) -> None:
    quiz = read(QUIZ).quizzes[0]
    assert (quiz.id, quiz.title, quiz.line) == ("outside", "Which is *outside*?", 7)
    assert quiz.html == "<p>Look at <code>-p 1:2</code>.</p>\n"
    assert [(option.html, option.right) for option in quiz.options] == [
        ("the <code>2</code>", False),
        ("the 1", True),
    ]
    assert quiz.options[1].explanation == "<p>Left is outside.</p>\n<p>Always.</p>"


FIX = """\
```sh setup
docker rm -f web
```
```sh setup node=node2
docker rm -f db
```

:::: step mend-it "Mend it" kind=fix node=node2 notes=8-10,15
It is broken.

::: predict how-many "How many?"
Guess.

- [x] one
  > Yes.
- [ ] two
  > No.
:::

```sh setup
docker stop web
```
```sh run
docker ps
```
```sh solution
docker start web
```
```sh also
docker restart web
docker ps
```
```sh undo
docker stop web
```
```sh check
running web
```
::: mistake
```text said
unknown (flag|command)
```
```sh try
docker docker start web
```
```sh undo node=node1
docker rm -f web
```
Once is enough.
:::
::::
"""


def test_a_fix_step_is_broken_and_mended_on_its_node(read: Read) -> None:
    lesson = read(FIX)
    step = lesson.steps[0]
    assert lesson.setup == (Script("docker rm -f web"), Script("docker rm -f db", "node2"))
    assert (step.kind, step.node, step.notes) == ("fix", "node2", (8, 9, 10, 15))
    assert step.setup == step.undo == (Script("docker stop web", "node2"),)
    assert step.solution == (Line("docker start web", "node2"),)
    assert step.also == ((Line("docker restart web", "node2"), Line("docker ps", "node2")),)
    assert 'data-node="node2"' in step.html


def test_a_mistake_is_recognised_by_what_the_terminal_said(read: Read) -> None:
    mistake = read(FIX).steps[0].mistakes[0]
    assert (mistake.when, mistake.said) == ("", "unknown (flag|command)")
    assert mistake.attempt == (Line("docker docker start web", "node2"),)
    assert mistake.undo == (Script("docker rm -f web", "node1"),)


def test_a_prediction_stands_in_its_step_where_it_was_written(read: Read) -> None:
    lesson = read(FIX)
    before, guess, after = lesson.steps[0].body
    assert (before, lesson.quiz("how-many")) == (Prose("<p>It is broken.</p>\n"), guess)
    assert isinstance(after, Prose)
    assert isinstance(guess, Quiz)
    assert [option.html for option in guess.options] == ["one", "two"]
    assert lesson.quizzes == ()


def test_a_wrong_answer_is_tried_too(read: Read) -> None:
    wrong = """::: mistake
```sh when
[ "$ANSWER" = 80 ]
```
```sh answer
echo 80
```
That is inside.
:::
::::
"""
    mistake = read(INPUT.removesuffix("::::\n") + wrong).steps[0].mistakes[0]
    assert mistake.answer == Script("echo 80")


def test_a_step_may_say_why_nobody_can_look(read: Read) -> None:
    step = read(':::: step look "Look" unchecked="it is only read"\nLook.\n::::\n').steps[0]
    assert (step.unchecked, step.check, step.solution) == ("it is only read", "", ())


def test_a_quiz_may_recall_an_earlier_lesson(write: Callable[..., Path]) -> None:
    write("One.", "01-first")
    top = "---\ntitle: T\nsummary: S\nminutes: 1\nnodes: 1\nafter: [first]\n---\n"
    content = write(top + QUIZ.replace('*outside*?"', '*outside*?" recall=first'), "02-second")
    lesson = load_course(content).lessons[1]
    assert (lesson.after, lesson.quizzes[0].recall) == (("first",), "first")


def test_an_image_outside_the_catalog_may_be_meant(read: Read) -> None:
    step = read(RUN.replace("sh run", "sh run unknown=network")).steps[0]
    assert step.solution[0].text == "docker run -d --name web nginx"


def test_windows_line_ends_and_a_byte_order_mark_change_nothing(read: Read) -> None:
    expected = read(RUN)
    text = "---\ntitle: First\nsummary: A first lesson.\nminutes: 10\nnodes: 2\n---\n" + RUN
    assert read("---\r\n" + text.removeprefix("---\n").replace("\n", "\r\n")) == expected


def test_colons_in_a_code_fence_close_nothing(read: Read) -> None:
    step = read(RUN.replace("<id>", ":::8080")).steps[0]
    assert ":::8080" in step.html


def test_lessons_come_in_the_order_of_their_numbers(write: Callable[..., Path]) -> None:
    write("Two.", "02-second")
    content = write("One. See [two](second).", "01-first")
    course = load_course(content)
    assert [lesson.slug for lesson in course.lessons] == ["first", "second"]
    assert course.neighbours(course.lessons[0]) == (None, course.lessons[1])


def test_an_image_beside_the_lesson_is_named_from_the_lessons_page(
    content: Path, read: Read
) -> None:
    (content / "01-first").mkdir()
    (content / "01-first" / "doors.svg").write_text("<svg/>")
    prose = read("![Two doors](doors.svg)").blocks[0]
    assert isinstance(prose, Prose)
    assert '<img src="first/doors.svg" alt="Two doors"' in prose.html


def test_every_finding_of_every_lesson_is_in_the_one_error(write: Callable[..., Path]) -> None:
    write(RUN.replace("sh check", "sh chekc"), "01-first")
    write("---\ntitle: x\n---\n:::: stepp a\n::::\n", "02-second")
    content = write("[away](nowhere)", "03-third")
    with pytest.raises(LessonsInvalid) as caught:
        load_course(content)
    found = [str(finding) for finding in caught.value.findings]
    assert found == [str(finding) for finding in find_problems(content)]
    assert caught.value.hint.splitlines() == found
    assert [line.split(": ")[0] for line in found] == [
        "content/01-first/lesson.md:7",
        "content/01-first/lesson.md:16",
        "content/02-second/lesson.md:1",
        "content/02-second/lesson.md:1",
        "content/02-second/lesson.md:1",
        "content/02-second/lesson.md:4",
        "content/03-third/lesson.md:7",
    ]


def test_the_check_library_is_read_from_beside_the_lessons(content: Path) -> None:
    with pytest.raises(LessonsInvalid, match="check library"):
        load_check_library(content)
    (content / "checks.sh").write_text("running() { :; }\n")
    assert load_check_library(content) == "running() { :; }\n"
