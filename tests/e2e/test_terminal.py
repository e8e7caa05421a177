"""The terminal in Chromium: reloads, cuts, kills, two tabs, zoom, pastes, and real programs."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.support.browser import Visitor
from tests.support.lesson_page import READY_MS, LessonPage
from tests.support.ports import free_port
from tests.support.serving import started
from tests.support.wire import wire_to

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.support.wire import Wire

SLUG = "first-service"
ZOOMS = (0.8, 1.0, 1.25, 1.5, 2.0)
# Until Enter is pressed, however long the test takes for what it does meanwhile.
FLOOD = (
    "stty -echo; n=0; until read -rt 0; do for i in {1..2000}; do echo line-$((++n))-; done; done; "
    "read -r; stty echo; echo al''l=$n"
)
DESKTOP = (1440, 900)
# The lowest row's lower edge below the visible box, in CSS pixels.
CUT_OFF = """terminal => {
  const rows = terminal.querySelector(".xterm-rows");
  const box = terminal.querySelector(".terminal-box").getBoundingClientRect();
  const last = rows.lastElementChild.getBoundingClientRect();
  return Math.max(last.bottom - box.bottom, last.bottom - window.innerHeight * 20, 0);
}"""
PASTE = """(host, text) => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  const how = { clipboardData: data, bubbles: true, cancelable: true };
  const event = new ClipboardEvent("paste", how);
  host.querySelector("textarea").dispatchEvent(event);
}"""


def numbered(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"^line-(\d+)-$", text, re.MULTILINE)]


def test_a_reload_in_the_middle_of_top_shows_top_again(lesson: LessonPage) -> None:
    lesson.type("top")
    lesson.wait_for_text("Load average")
    lesson.page.reload()
    lesson.wait_for_text("Load average")
    lesson.terminal.locator("textarea").focus()
    lesson.page.keyboard.press("q")
    lesson.type("echo left-to''p")
    lesson.wait_for_text("left-top")


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "restarted"])
def test_an_app_that_comes_back_goes_on_in_the_middle_of_a_command(
    browser: Browser, site: str, port: int, how: signal.Signals
) -> None:
    """The site of the other tests is left alone; both find the same sandboxes."""
    assert site
    with started(port=str(port), warm_sandboxes="0", log_level="warning") as (address, process):
        visitor = Visitor(browser, address)
        lesson = LessonPage(visitor.page)
        lesson.open(SLUG)
        lesson.type("kept=yes; for n in $(seq 150); do echo line-$n-; sleep 0.04; done; echo al''l")
        lesson.wait_for_text("line-20-")
        process.send_signal(how)
        process.wait()
        expect(lesson.terminal).to_have_attribute("data-phase", "waiting", timeout=READY_MS)
        expect(lesson.terminal.locator(".terminal-status")).to_contain_text("Connection lost")
    with started(port=str(port), warm_sandboxes="0", log_level="warning"):
        lesson.wait_for_text("\nall")
        assert numbered(lesson.text()) == list(range(1, 151))
        lesson.type("echo still=$kept")
        lesson.wait_for_text("still=yes")
        visitor.close()


@pytest.fixture
def wired(browser: Browser, site: str) -> Iterator[tuple[LessonPage, Wire]]:
    with wire_to(site) as wire:
        visitor = Visitor(browser, wire.address)
        lesson = LessonPage(visitor.page)
        lesson.open(SLUG)
        yield lesson, wire
        visitor.close()


def test_a_network_that_is_cut_in_a_flood_loses_and_doubles_nothing(
    wired: tuple[LessonPage, Wire],
) -> None:
    lesson, wire = wired
    lesson.type(FLOOD)
    for _ in range(3):
        wait_for_more(lesson)
        wire.cut()
        expect(lesson.terminal).to_have_attribute("data-phase", "waiting", timeout=READY_MS)
        wire.mend()
        expect(lesson.terminal).to_have_attribute("data-phase", "open", timeout=READY_MS)
    wait_for_more(lesson)
    lesson.page.keyboard.press("Enter")
    lesson.wait_for_text("\nall=")
    found = re.search(r"^all=(\d+)$", lesson.text(), re.MULTILINE)
    assert found
    shown = numbered(lesson.text())
    assert shown == list(range(int(found[1]) + 1 - len(shown), int(found[1]) + 1))
    assert len(shown) > 1000


def wait_for_more(lesson: LessonPage) -> None:
    before = lesson.text()[-200:]
    lesson.wait_until(lambda: lesson.text()[-200:] != before, "more of the flood")


def test_keys_typed_while_the_network_is_gone_are_not_typed_later(
    wired: tuple[LessonPage, Wire],
) -> None:
    lesson, wire = wired
    wire.cut()
    expect(lesson.terminal).to_have_attribute("data-phase", "waiting", timeout=READY_MS)
    lesson.type("echo typed-into-the-vo''id")
    expect(lesson.terminal.locator(".terminal-status")).to_contain_text("not typed")
    wire.mend()
    expect(lesson.terminal).to_have_attribute("data-phase", "open", timeout=READY_MS)
    lesson.type("echo he''re")
    lesson.wait_for_text("\nhere")
    assert "void" not in lesson.text()


def test_two_tabs_share_a_shell_and_one_of_them_sets_its_size(lesson: LessonPage) -> None:
    second = LessonPage(lesson.page.context.new_page())
    second.page.set_viewport_size({"width": 1100, "height": 640})
    second.open(SLUG)
    lesson.type("echo from-the-fir''st")
    second.wait_for_text("from-the-first")
    use_mine = second.terminal.get_by_role("button", name="Use my size")
    expect(use_mine).to_be_visible()
    expect(lesson.terminal.get_by_role("button", name="Use my size")).to_be_hidden()
    lesson.wait_until(lambda: size_of(second) == size_of(lesson), "one size")
    use_mine.click()
    expect(use_mine).to_be_hidden()
    expect(lesson.terminal.get_by_role("button", name="Use my size")).to_be_visible()
    lesson.wait_until(lambda: size_of(lesson) == size_of(second), "the second tab's size")
    rows, cols = size_of(second)
    second.type("echo size=$(stty size)=")
    second.wait_for_text(f"size={rows} {cols}=")
    second.page.close()
    expect(lesson.terminal.get_by_role("button", name="Use my size")).to_be_hidden()


def size_of(lesson: LessonPage) -> tuple[int, int]:
    rows, cols = lesson.terminal.evaluate("terminal => [terminal.size.rows, terminal.size.cols]")
    return int(rows), int(cols)


@pytest.mark.parametrize("zoom", ZOOMS)
def test_the_bottom_line_is_never_cut_at_any_zoom(lesson: LessonPage, zoom: float) -> None:
    """A browser's zoom makes CSS pixels larger, and so the window smaller in them."""
    width, height = (round(length / zoom) for length in DESKTOP)
    devtools = lesson.page.context.new_cdp_session(lesson.page)
    override = {"width": width, "height": height, "deviceScaleFactor": zoom, "mobile": False}
    devtools.send("Emulation.setDeviceMetricsOverride", override)
    lesson.type("seq 200; while :; do stty size; sleep 0.2; done")
    lesson.wait_until(lambda: said_size(lesson) == size_of(lesson), "the shell's size")
    assert lesson.terminal.evaluate(CUT_OFF) == 0
    lesson.page.keyboard.press("Control+C")


def said_size(lesson: LessonPage) -> tuple[int, ...]:
    """What the shell has last said, which hears of a new size a moment after the page."""
    found = re.search(r"\n(\d+) (\d+)$", lesson.text())
    return (int(found[1]), int(found[2])) if found else ()


def test_a_paste_cannot_end_the_paste_and_run_something(lesson: LessonPage) -> None:
    lesson.terminal.evaluate(PASTE, "echo harm\u001b[201~\recho in-danger\u0003\u0004")
    question = lesson.page.get_by_role("dialog", name="Paste")
    question.get_by_role("button", name="Paste", exact=True).click()
    lesson.wait_for_text("echo in-danger")
    assert not re.search(r"^in-danger", lesson.text(), re.MULTILINE)
    assert "\u001b" not in lesson.text()
    lesson.terminal.locator("textarea").focus()
    lesson.page.keyboard.press("Control+C")
    lesson.type("echo saf''e")
    lesson.wait_for_text("\nsafe")


def test_vim_less_and_a_shell_in_a_container_work(lesson: LessonPage) -> None:
    lesson.type("vim /root/note")
    lesson.wait_for_text('"~/note" [New')
    lesson.page.keyboard.type("ikept by vim")
    lesson.page.keyboard.press("Escape")
    lesson.type(":wq")
    lesson.wait_for_text("vim /root/note\nstudent@node1")
    lesson.type("cat /root/note | tr a-z A-Z")
    lesson.wait_for_text("KEPT BY VIM")
    lesson.type("seq 500 | less")
    lesson.wait_for_text("\n10\n")
    lesson.page.keyboard.press("Shift+G")
    lesson.wait_for_text("\n500")
    lesson.page.keyboard.press("q")
    lesson.type("docker run -it --rm alpine")
    lesson.wait_for_text("\n/ #")
    lesson.type("echo size=$(stty size)= $((6 * 7))")
    rows, cols = size_of(lesson)
    lesson.wait_for_text(f"size={rows} {cols}= 42")
    lesson.page.keyboard.press("Control+P")
    lesson.wait_for_text("/ # echo size=$(stty size)= $((6 * 7))")
    lesson.page.keyboard.press("Control+C")
    lesson.type("exit")
    lesson.wait_for_text("exit\nstudent@node1")
    lesson.type("echo out-aga''in")
    lesson.wait_for_text("out-again")


def test_letters_of_any_language_can_be_typed_and_taken_back(lesson: LessonPage) -> None:
    lesson.type("echo 'Zürich - 東京' | wc -m")
    lesson.wait_for_text("\n12")
    lesson.terminal.locator("textarea").focus()
    lesson.page.keyboard.type("echo né東")
    lesson.page.keyboard.press("Backspace")
    lesson.page.keyboard.press("Backspace")
    lesson.page.keyboard.type("ew | tr a-z A-Z")
    lesson.page.keyboard.press("Enter")
    lesson.wait_for_text("\nNEW")


def test_bytes_that_are_no_text_close_nothing(lesson: LessonPage) -> None:
    lesson.type("printf '\377\376 \200\303(\033[?127z\n'; echo liv''es")
    lesson.wait_for_text("lives")
    expect(lesson.terminal).to_have_attribute("data-phase", "open")
