"""Whatever the bytes, reading a lesson ends in findings or in a lesson, never in a traceback."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from app.lessons.lesson import Reading, read_lesson

ROOT = Path(__file__).parents[3]
REAL = (ROOT / "content" / "01-first-service" / "lesson.md").read_bytes()
TOP = b"---\ntitle: T\nsummary: S\nminutes: 10\nnodes: 2\n---\n"
FRAGMENTS = [
    *("::::", ":::", "::: ", ":::: step ", ":::: quiz ", "::: hint\n", "::: mistake\n", " kind="),
    *(
        "```",
        "```sh run\n",
        "```sh check\n",
        "```sh when\n",
        "```text\n",
        "    ",
        "\t",
        "\n",
        "\n\n",
    ),
    *('"', '"A title"', "an-id", "answer-label=", "node=node2", "- [x] ", "- [ ] ", "  > ", "1. "),
    *("[a](", ")", "![", "](", "<", ">", "&", "javascript:", "http://[", "#", "|", "---\n", "\\"),
    *(
        "\x00",
        "\x0c",
        "\r",
        "\u2028",
        "\ufeff",
        "é",
        "ж",
        "$(",
        "'",
        "<<EOF\n",
        "{",
        "}",
        "*",
        "_",
    ),
]
CALM = settings(max_examples=150)


def read(raw: bytes) -> tuple[Reading, list[tuple[int, str]]]:
    found: list[tuple[int, str]] = []
    reading = read_lesson(
        raw,
        slug="first",
        number=1,
        images=frozenset(),
        note=lambda line, message: found.append((line, message)),
    )
    return reading, found


def assert_sound(raw: bytes) -> None:
    reading, found = read(raw)
    assert reading.lesson is not None or found
    last_line = raw.count(b"\n") + 1
    assert all(1 <= line <= last_line and message for line, message in found), found


@CALM
@given(st.binary(max_size=400))
def test_random_bytes_are_survived(raw: bytes) -> None:
    assert_sound(raw)
    assert_sound(TOP + raw)
    assert_sound(b"---\n" + raw + b"\n---\n")


@CALM
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join))
def test_random_pieces_of_the_syntax_are_survived(text: str) -> None:
    assert_sound(TOP + text.encode())
    assert_sound(TOP + f':::: step a-step "A"\n{text}\n::::\n'.encode())
    assert_sound(TOP + f':::: quiz a-quiz "A"\n{text}\n::::\n'.encode())


@CALM
@given(st.text(alphabet="[]{}&*!|>%@-?:,#'\"\\ \n\tabtitle0~<=", max_size=120))
def test_random_front_matter_is_survived(text: str) -> None:
    assert_sound(b"---\n" + text.encode() + b"\n---\n")


@CALM
@given(
    at=st.integers(0, len(REAL)),
    cut=st.integers(0, 400),
    put=st.one_of(st.binary(max_size=8), st.sampled_from(FRAGMENTS).map(str.encode)),
)
def test_random_damage_to_a_real_lesson_is_survived(at: int, cut: int, put: bytes) -> None:
    assert_sound(REAL[:at] + put + REAL[at + cut :])
