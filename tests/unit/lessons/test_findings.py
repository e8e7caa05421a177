"""Everything that can be wrong with a lesson is found, on its own line, with a way to mend it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.lessons.load import find_problems
from app.lessons.model import Finding

HERE = "  <<<"
"""Ends the lines that a finding is expected on; taken out before the lesson is written."""

STEP = ':::: step a-step "A step"'
CHECK = "```sh check\nrunning web\n```"
MISTAKE = '::: mistake untried="because"'
SOLUTION = "```sh solution\ndocker start web\n```"
TOP = "---\ntitle: T\nsummary: S\nminutes: 10\nnodes: 2\n---"
SETUP = "```sh setup\ndocker rm -f web\n```"
WHEN = "```sh when\n! running web\n```"
OPTIONS = "- [ ] no\n  > because\n- [x] yes\n  > indeed"


def step(*body: str, opening: str = STEP) -> str:
    return "\n".join([opening, *body, "::::"])


def top(**keys: str) -> str:
    values = {"title": "T", "summary": "S", "minutes": "10", "nodes": "2"} | keys
    return "---\n" + "".join(f"{key}: {value}\n" for key, value in values.items()) + "---\nText."


CASES = {
    "no front matter": (f"Text.{HERE}", "start with ---"),
    "endless front matter": (f"---{HERE}\ntitle: T\n", "never ends"),
    "key missing": (f"---{HERE}\ntitle: T\nsummary: S\nminutes: 9\n---\n", "no 'nodes'; add it"),
    "key unknown": (top(author=f"me{HERE}"), "unknown key 'author'"),
    "key twice": (top(nodes=f"1\nnodes: 2{HERE}"), "given twice"),
    "title empty": (top(title=HERE), "title must be 1 to 80"),
    "minutes too many": (top(minutes=f"121{HERE}"), "a whole number from 1 to 120"),
    "minutes no number": (top(minutes=f"ten{HERE}"), "a whole number from 1 to 120"),
    "nodes too many": (top(nodes=f"4{HERE}"), "a whole number from 1 to 3"),
    "value a list": (top(title=f"[a, b]{HERE}"), "one piece of text or one number"),
    "not YAML": (top(title=f"a: b{HERE}"), "not YAML"),
    "a tag that would build an object": (
        top(title=f"!!python/object/apply:os.system [id]{HERE}"),
        "one piece of text",
    ),
    "an alias bomb": (
        f"---{HERE}\na: &a [x,x]{HERE}\nb: &b [*a,*a]{HERE}\nc: [*b,*b]{HERE}\n---\n",
        "",
    ),
    "nested past all reason": (f"---{HERE}\ntitle: {'[' * 3000}\n---\n", ""),
    "front matter too long": (f"---{HERE}\ntitle: {'x' * 5000}\n---\n", "shorten it"),
    "unknown directive": (f":::: stepp a{HERE}\n::::", "unknown directive 'stepp'"),
    "unknown attribute": (
        step(CHECK, SOLUTION, opening=f"{STEP} knid=run{HERE}"),
        "unknown attribute 'knid'",
    ),
    "unknown kind": (step(CHECK, SOLUTION, opening=f"{STEP} kind=rum{HERE}"), "unknown kind 'rum'"),
    "unknown fence role": (step(CHECK, SOLUTION, f"```sh rnu{HERE}\nx\n```"), "unknown fence role"),
    "role on another language": (
        step(CHECK, SOLUTION, f"```yaml run{HERE}\nx\n```"),
        "unknown fence role",
    ),
    "unknown language": (f"```cobol{HERE}\nx\n```", "unknown language 'cobol'"),
    "no language": (f"```{HERE}\nx\n```", "names no language"),
    "unknown fence attribute": (f"```sh colour=red{HERE}\nx\n```", "unknown attribute 'colour'"),
    "a node the lesson lacks": (
        step(CHECK, f"```sh run node=node3{HERE}\nx\n```"),
        "no node 'node3'",
    ),
    "quote left open": (f':::: step a "b{HERE}\n::::', "can't read this directive"),
    "unclosed step": (f"{STEP}{HERE}\nText.\n", "step is never closed"),
    "unclosed hint": (
        step(CHECK, SOLUTION, f"::: hint{HERE}", "Text."),
        "hint is never closed",
    ),
    "same number of colons inside and outside": (
        f'::: step a "b"{HERE}\n::: hint{HERE}\nText.\n:::\n:::{HERE}\n',
        "",
    ),
    "no check": (step(SOLUTION, opening=STEP + HERE), "has no check"),
    "empty check": (
        step(SOLUTION, f"```sh check{HERE}\n\n```", opening=STEP + HERE),
        "",
    ),
    "two checks": (step(SOLUTION, CHECK, CHECK.replace("check", f"check{HERE}")), "second check"),
    "no solution": (step(CHECK, opening=STEP + HERE), "has no solution"),
    "a run fence outside a step": (f"```sh run{HERE}\nls\n```", "belongs in a step"),
    "a when fence outside a mistake": (
        step(CHECK, SOLUTION, f"```sh when{HERE}\nls\n```"),
        "belongs in a mistake",
    ),
    "the same id twice": (
        step(CHECK, SOLUTION) + "\n" + step(CHECK, SOLUTION, opening=STEP + HERE),
        "'a-step' is taken by line 7",
    ),
    "a quiz with a step's id": (
        step(CHECK, SOLUTION) + f'\n:::: quiz a-step "Q"{HERE}\n{OPTIONS}\n::::',
        "is taken",
    ),
    "a bad id": (step(CHECK, SOLUTION, opening=f':::: step A_b "x"{HERE}'), "bad id 'A_b'"),
    "an id too long": (step(CHECK, SOLUTION, opening=f':::: step {"a" * 41} "x"{HERE}'), "bad id"),
    "no title": (step(CHECK, SOLUTION, opening=f":::: step a{HERE}"), "has no title"),
    "two titles": (step(CHECK, SOLUTION, opening=f':::: step a "b" "c"{HERE}'), "too many words"),
    "a titled hint": (step(CHECK, SOLUTION, f'::: hint "x"{HERE}', "T.", ":::"), "takes no id"),
    "no right option": (
        f':::: quiz q "Q"{HERE}\n{OPTIONS.replace("[x]", "[ ]")}\n::::',
        "exactly one right option",
    ),
    "two right options": (
        f':::: quiz q "Q"{HERE}\n{OPTIONS.replace("[ ]", "[x]")}\n::::',
        "exactly one right option",
    ),
    "one option": (f':::: quiz q "Q"{HERE}\n- [x] a\n  > b\n::::', "at least 2 options"),
    "no options": (f':::: quiz q "Q"{HERE}\nQ?\n::::', "at least 2 options"),
    "an option without a reason": (
        f':::: quiz q "Q"\n{OPTIONS}\n- [ ] maybe{HERE}\n::::',
        "not explained",
    ),
    "an option without a mark": (
        f':::: quiz q "Q"\n{OPTIONS}\n- maybe{HERE}\n  > x\n::::',
        "has no mark",
    ),
    "an empty option": (f':::: quiz q "Q"\n{OPTIONS}\n- [ ]{HERE}\n  > x\n::::', "is empty"),
    "a check in a quiz": (
        f':::: quiz q "Q"\n```sh check{HERE}\nls\n```\n\n{OPTIONS}\n::::',
        "only shows code",
    ),
    "input without label": (
        step(
            SOLUTION,
            "```sh answer\necho 1\n```\n```sh check\n[ $ANSWER = 1 ]\n```",
            opening=f"{STEP} kind=input{HERE}",
        ),
        'needs answer-label="…"',
    ),
    "input without answer": (
        step(
            SOLUTION,
            "```sh check\n[ $ANSWER = 1 ]\n```",
            opening=f'{STEP} kind=input answer-label="x"{HERE}',
        ),
        "needs a ```sh answer fence",
    ),
    "input whose check ignores the answer": (
        step(
            SOLUTION,
            "```sh answer\necho 1\n```",
            CHECK.replace("check", f"check{HERE}"),
            opening=f'{STEP} kind=input answer-label="x"',
        ),
        "never looks at $ANSWER",
    ),
    "answer in a run step": (
        step(CHECK, SOLUTION, f"```sh answer{HERE}\necho 1\n```"),
        "only kind=input has an answer",
    ),
    "label on a run step": (
        step(CHECK, SOLUTION, opening=f'{STEP} answer-label="x"{HERE}'),
        "only kind=input has an answer-label",
    ),
    "a challenge with a command": (
        step(CHECK, SOLUTION, f"```sh run{HERE}\nls\n```", opening=f"{STEP} kind=challenge"),
        "a challenge shows no command",
    ),
    "a hint that is the command": (
        step(CHECK, SOLUTION, "::: hint", "Try this:", f"`docker  start web`{HERE}", ":::"),
        "gives the command away",
    ),
    "a hint that is the command, on two lines": (
        step(CHECK, SOLUTION, "::: hint", f"Try `docker{HERE}", "start", "web`.", ":::"),
        "gives the command away",
    ),
    "a hint that is the command, in another order": (
        step(
            CHECK,
            "```sh solution\ndocker run -d --net dev --name=web nginx\n```",
            *("::: hint", "Or so:", f"`docker run --name web --network=dev -d nginx`{HERE}", ":::"),
        ),
        "gives the command away",
    ),
    "a hint that is the answer": (
        step(
            "```sh run\nls\n```\n```sh answer\necho overlay\n```",
            '```sh check\n[ "$ANSWER" = overlay ]\n```',
            *("::: hint", "Which one has", f"no network? Overlay.{HERE}", ":::"),
            opening=f'{STEP} kind=input answer-label="A driver"',
        ),
        "gives the answer 'Overlay' away",
    ),
    "an empty hint": (step(CHECK, SOLUTION, f"::: hint{HERE}", ":::"), "hint is empty"),
    "a mistake without test": (
        step(CHECK, SOLUTION, f"{MISTAKE}{HERE}", "Text.", ":::"),
        "exactly one ```sh when",
    ),
    "a mistake with two signs": (
        step(CHECK, SOLUTION, MISTAKE + HERE, WHEN, "```text said\nno\n```", "Text.", ":::"),
        "exactly one ```sh when",
    ),
    "a mistake that nobody has tried": (
        step(CHECK, SOLUTION, f"::: mistake{HERE}", WHEN, "Text.", ":::"),
        "nobody has tried this mistake",
    ),
    "a tried mistake with an excuse": (
        step(CHECK, SOLUTION, MISTAKE + HERE, WHEN, "```sh try\nls\n```", "Text.", ":::"),
        "this mistake is tried",
    ),
    "an expression that grep can't read": (
        step(CHECK, SOLUTION, MISTAKE, f"```text said\na(b{HERE}\n```", "Text.", ":::"),
        "no extended regular expression",
    ),
    "an expression of two lines": (
        step(CHECK, SOLUTION, MISTAKE, f"```text said{HERE}\na\nb\n```", "Text.", ":::"),
        "on one line",
    ),
    "what the terminal said, outside a mistake": (
        step(CHECK, SOLUTION, f"```text said{HERE}\na\n```"),
        "belongs in a mistake",
    ),
    "a wrong answer to no question": (
        step(CHECK, SOLUTION, f"::: mistake{HERE}", WHEN, "```sh answer\nls\n```", "T.", ":::"),
        "only kind=input has answers",
    ),
    "no reason for no check": (
        step(SOLUTION, opening=f'{STEP} unchecked=""{HERE}'),
        "unchecked needs a reason",
    ),
    "a check and a reason for none": (
        step(CHECK, SOLUTION, opening=f'{STEP} unchecked="so"{HERE}'),
        "this step has a check",
    ),
    "an unchecked step with mistakes": (
        step(SOLUTION, MISTAKE, WHEN, "T.", ":::", opening=f'{STEP} unchecked="so"{HERE}'),
        "when a check fails",
    ),
    "an unchecked question": (
        step(
            "```sh answer\nls\n```",
            opening=f'{STEP} kind=input answer-label="A" unchecked="so"{HERE}',
        ),
        "needs a check of its answer",
    ),
    "a fix step that breaks nothing": (
        step(CHECK, SOLUTION, opening=f"{STEP} kind=fix{HERE}"),
        "needs a ```sh setup fence",
    ),
    "a fix step whose cure is shown": (
        step(CHECK, SETUP, f"```sh run{HERE}\nls\n```", opening=f"{STEP} kind=fix"),
        "only looks at the fault",
    ),
    "a step on a node the lesson lacks": (
        step(CHECK, SOLUTION, opening=f"{STEP} node=node3{HERE}"),
        "no node 'node3'",
    ),
    "lines of the notes that are none": (
        step(CHECK, SOLUTION, opening=f"{STEP} notes=4-x{HERE}"),
        "can't read '4-x' in notes=",
    ),
    "lines of the notes from back to front": (
        step(CHECK, SOLUTION, opening=f"{STEP} notes=7,9-8{HERE}"),
        "can't read '9-8' in notes=",
    ),
    "two setups for one node": (
        step(CHECK, SOLUTION, SETUP, SETUP.replace("setup", f"setup{HERE}")),
        "a second setup fence for node1",
    ),
    "a lesson's setup after its first step": (
        step(CHECK, SOLUTION) + f"\n```sh setup{HERE}\nls\n```",
        "before its first step",
    ),
    "a setup that does not parse": (f"```sh setup\nif true{HERE}\n```", "sh can't read this"),
    "a prediction after its commands": (
        step(CHECK, "```sh run\nls\n```", f'::: predict p "Q?"{HERE}', OPTIONS, ":::"),
        "a prediction comes first",
    ),
    "a prediction outside a step": (
        f'::: predict p "Q?"{HERE}\n{OPTIONS}\n:::',
        "stands inside a step",
    ),
    "a prediction with a step's id": (
        step(CHECK, f'::: predict a-step "Q?"{HERE}', OPTIONS, ":::", SOLUTION),
        "is taken by line 7",
    ),
    "lessons to do before, in no list": (top(after=f"ports{HERE}"), "after is a list of lessons"),
    "a lesson to do before, without a slug": (top(after=f"[A b]{HERE}"), "no lesson's slug"),
    "a mistake without text": (
        step(CHECK, SOLUTION, f"{MISTAKE}{HERE}", "```sh when\nls\n```", ":::"),
        "says nothing",
    ),
    "a step in a step": (
        step(CHECK, SOLUTION, f'::: step b "c"{HERE}', ":::"),
        "can't stand inside a step",
    ),
    "a hint in a hint": (
        f"::{step(CHECK, SOLUTION, ':::: hint', 'T.', f'::: hint{HERE}', 'x', ':::', '::::')}::",
        "can't stand inside a hint",
    ),
    "a hint outside a step": (f"::: hint{HERE}\nText.\n:::", "stands inside a step"),
    "a directive in a list": (f"- item\n\n  ::: hint{HERE}\n  x\n  :::\n", "left margin"),
    "a command in a list": (f"1. item\n\n   ```sh run{HERE}\n   ls\n   ```\n", "only shows code"),
    "shell that does not parse": (
        step(SOLUTION, f"```sh check\ntrue &&\n  [ -n $(ls ]{HERE}\n```"),
        "sh can't read this",
    ),
    "a mistake's test that does not parse": (
        step(CHECK, SOLUTION, f"{MISTAKE}\n```sh when\nif true{HERE}\n```\nText.\n:::"),
        "sh can't read this",
    ),
    "a dead link": (f"Text\nand [more](nowhere).{HERE}", "no lesson 'nowhere'"),
    "a dead anchor": (f"[more](#nowhere){HERE}", "no step or quiz 'nowhere'"),
    "a part that is nearly there": (
        step(CHECK, SOLUTION) + f"\n\n[more](first#a-stepp){HERE}",
        "did you mean 'a-step'? Mend this link",
    ),
    "a part as pages call it": (
        step(CHECK, SOLUTION) + f"\n\n[more](#step-a-step){HERE}",
        "write 'a-step'",
    ),
    "a link to a file": (f"[more](../secret.txt){HERE}", "bad link"),
    "a link that is a script": (f"[more](javascript:alert(1)){HERE}", "bad link"),
    "a link that is no address": (f"[more](https:nowhere){HERE}", "bad link"),
    "a missing image": (f"![Doors](doors.svg){HERE}", "no image 'doors.svg'"),
    "an image from elsewhere": (f"![Doors](https://example.org/a.png){HERE}", "no image"),
    "a first-level heading": (f"# Title{HERE}", "write ## here"),
    "a control character": (f"Text \x1b[31m{HERE}", "U+001B"),
    "a NUL": (f"Text \x00{HERE}", "U+0000"),
    "a character that stands for something": (f"Text \ue010{HERE}", "U+E010"),
    "an unknown own value": (
        f"Text\nand {{{{ container.web.adress }}}}.{HERE}",
        "use one of node1.ip",
    ),
    "half an own value": (f"It is `{{{{ container.web }}}}`.{HERE}", "use one of node1.ip"),
    "an own value of a node that is not there": (f"{{{{ node3.ip }}}}{HERE}", "raise nodes:"),
    "an unknown own value in a list's code": (
        f"- item\n\n  ```text\n  a\n  {{{{ network.dev.range }}}}{HERE}\n  ```",
        "unknown own value 'network.dev.range'",
    ),
    "an unknown own value in a command": (
        step(CHECK, f"```sh run\nls\nping {{{{ container.web.ip.dev.x }}}}{HERE}\n```"),
        "unknown own value 'container.web.ip.dev.x'",
    ),
    "an own value in a check": (
        step(SOLUTION, f"```sh check\ntrue &&\n[ {{{{ node1.ip }}}} = x ]{HERE}\n```"),
        "ask the node here",
    ),
    "an own value in a step's title": (
        f'::: step a-step "At {{{{ node1.ip }}}}"{HERE}\n{CHECK}\n{SOLUTION}\n:::',
        "belongs in text or a command",
    ),
    "an own value of what the same block makes": (
        step(
            CHECK,
            "```sh run\ndocker ps\ndocker run -d --name web nginx\n"
            f"curl {{{{ container.web.ip }}}}{HERE}\n```",
        ),
        "in a block of its own",
    ),
}


@pytest.mark.parametrize(("text", "message"), CASES.values(), ids=CASES)
def test_each_mistake_is_found_on_its_line(
    text: str, message: str, problems: Callable[[bytes], list[Finding]]
) -> None:
    front = "" if text.startswith("---") or message == "start with ---" else TOP + "\n"
    marked = front + text
    clean = marked.replace(HERE, "")
    expected = [at for at, line in enumerate(marked.split("\n"), 1) if line.endswith(HERE)]
    found = problems(clean.encode())
    assert sorted({finding.line for finding in found}) == expected, found
    assert all(message in finding.message for finding in found), found
    assert {finding.path for finding in found} == {"content/01-first/lesson.md"}


def test_bytes_that_are_not_utf8_are_found_on_their_line(
    problems: Callable[[bytes], list[Finding]],
) -> None:
    found = problems(TOP.encode() + b"\nText\n\xff\n")
    assert [(f.line, f.message) for f in found] == [
        (8, "not UTF-8; save the file in that encoding")
    ]


def test_a_file_that_is_too_large_is_not_parsed(
    problems: Callable[[bytes], list[Finding]],
) -> None:
    found = problems(TOP.encode() + b"\n" + b"[" * 200_000)
    assert [f.line for f in found] == [1]
    assert "split it in two" in found[0].message


def test_a_step_of_another_lesson_can_be_linked_to(write: Callable[..., Path]) -> None:
    write(step(CHECK, SOLUTION), "01-first")
    content = write("[back](first#a-step), [all](first), [away](https://example.org/)", "02-second")
    assert find_problems(content) == []


def test_who_links_to_no_part_of_a_lesson_is_told_which_there_are(
    write: Callable[..., Path],
) -> None:
    parts = "\n\n".join(
        step(CHECK, SOLUTION, opening=f':::: step {name} "S"') for name in ("start", "stop", "tidy")
    )
    write(parts, "01-first")
    content = write("Text.\n\n[back](first#xyz)", "02-second")
    [found] = find_problems(content)
    assert str(found) == (
        "content/02-second/lesson.md:9: no step or quiz 'xyz' in lesson 'first'; "
        "mend this link; its parts are start, stop, tidy"
    )


def test_folders_are_held_to_their_names(write: Callable[..., Path]) -> None:
    content = write("Text.", "01-first")
    write("Text.", "01-second")
    write("Text.", "02-first")
    (content / "03-empty").mkdir()
    (content / "Notes").mkdir()
    (content / ".hidden").mkdir()
    (content / "checks.sh").touch()
    assert [str(finding) for finding in find_problems(content)] == [
        "content/01-second:1: the number 01 is taken by 01-first; rename one folder",
        "content/02-first:1: the slug 'first' is taken by 01-first; rename one folder",
        "content/03-empty:1: no lesson.md in this folder; write one",
        "content/Notes:1: not a lesson's name; write a number and a slug, as in 01-first-steps",
    ]


def test_a_course_needs_a_folder_and_a_lesson(content: Path) -> None:
    assert "no lessons here" in find_problems(content)[0].message
    assert "no folder of lessons" in find_problems(content / "missing")[0].message
