"""What a terminal's output may do in the page, who can read it, and keys for copy and paste."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.support.browser import Visitor
from tests.support.lesson_page import LessonPage

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Page, WebSocket

# Where it would run if it were ever HTML.
HARM = "<img src=x onerror=document.title=1><script>document.title=2</script>"
# What follows an output, so that it is no part of the command.
PROMPT = "\nstudent@node1"
INLINE = """() => {
  const script = document.createElement("script");
  script.textContent = "document.title = 3";
  document.body.append(script);
  document.body.insertAdjacentHTML("beforeend", '<b id=harm onclick="document.title = 4">x</b>');
  document.getElementById("harm").click();
}"""


def place_of(lesson: LessonPage, text: str) -> tuple[float, float]:
    """Of the first letters of an output's line on the screen."""
    row = lesson.terminal.locator(".xterm-rows > div", has_text=text).last
    box = row.bounding_box()
    assert box
    return box["x"] + 12, box["y"] + box["height"] / 2


def click_on(lesson: LessonPage, text: str) -> None:
    """The screen shows a line a moment after it is known, and a link when the pointer has come."""

    def is_known() -> bool:
        x, y = place_of(lesson, text)
        lesson.page.mouse.move(x + 1, y)
        lesson.page.mouse.move(x, y)
        return lesson.terminal.locator(".xterm-cursor-pointer").count() == 1

    lesson.wait_until(is_known, "a link below the pointer")
    lesson.page.mouse.click(*place_of(lesson, text))


def hidden_link(address: str, text: str) -> str:
    return rf"clear; printf '\033]8;;{address}\033\\{text}\033]8;;\033\\\n'"


def test_a_link_that_hides_its_address_asks_and_one_in_sight_does_not(
    lesson: LessonPage, site: str
) -> None:
    asked: list[str] = []
    answers = [False, True]

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.message)
        if answers.pop(0):
            dialog.accept()
        else:
            dialog.dismiss()

    lesson.page.on("dialog", answer)
    opened: list[Page] = []

    def keep(page: Page) -> None:
        opened.append(page)

    lesson.page.context.on("page", keep)
    lesson.type(hidden_link(f"{site}/?hidden", "well-known.example"))
    lesson.wait_for_text(f"well-known.example{PROMPT}")
    click_on(lesson, "well-known.example")
    lesson.wait_until(lambda: len(asked) == 1, "the question")
    assert f"{site}/?hidden" in asked[0]
    assert opened == []
    click_on(lesson, "well-known.example")
    lesson.wait_until(lambda: len(opened) == 1, "the page behind it")
    opened[0].wait_for_url(f"{site}/?hidden")
    assert opened[0].evaluate("window.opener") is None
    opened[0].close()
    lesson.type(f"clear; echo {site}/?seen")
    lesson.wait_for_text(f"{site}/?seen{PROMPT}")
    click_on(lesson, f"{site}/?seen")
    lesson.wait_until(lambda: len(opened) == 2, "the page in sight")
    assert len(asked) == 2
    opened[1].close()


def test_output_titles_and_links_are_text_and_run_nothing(lesson: LessonPage) -> None:
    title = lesson.page.title()
    lesson.type(rf"clear; printf '\033]0;%s\007\033]2;%s\007' '{HARM}' '{HARM}'; echo '{HARM}'")
    lesson.wait_for_text(f"{HARM}{PROMPT}")
    lesson.type(hidden_link("javascript:document.title=5", "press-me"))
    lesson.wait_for_text(f"press-me{PROMPT}")
    lesson.page.mouse.click(*place_of(lesson, "press-me"))
    lesson.type("echo af''ter")
    lesson.wait_for_text("\nafter")
    assert lesson.terminal.locator("img, script").count() == 0
    assert lesson.page.title() == title


def test_whatever_came_into_the_page_as_html_would_not_run(browser: Browser, site: str) -> None:
    """The policy is the wall behind the wall; Chromium complains of each that it refuses."""
    visitor = Visitor(browser, site)
    visitor.page.goto("/lessons/first-service")
    title = visitor.page.title()
    visitor.page.evaluate(INLINE)
    assert visitor.page.title() == title
    assert len([said for said in visitor.complaints if "Content Security Policy" in said]) >= 2
    visitor.close()


def test_a_screen_reader_hears_what_is_said(lesson: LessonPage) -> None:
    lesson.terminal.get_by_role("button", name="Screen reader").click()
    lesson.type("echo he''ard")
    lesson.wait_for_text("\nheard")
    tree = lesson.terminal.locator(".xterm-accessibility-tree")
    expect(tree.get_by_role("listitem").filter(has_text="heard").last).to_be_attached()
    expect(lesson.terminal.locator("[aria-live]").filter(has_text="heard").last).to_be_attached()
    expect(lesson.terminal.locator("textarea")).to_have_attribute("aria-label", "Terminal input")


def test_nothing_moves_by_itself_on_a_settled_page(browser: Browser, site: str) -> None:
    """For who wants less motion, and because an echo would wait for each frame that is due."""
    context = browser.new_context(base_url=site, reduced_motion="no-preference")
    lesson = LessonPage(context.new_page())
    lesson.open("first-service")
    lesson.terminal.locator("textarea").focus()
    expect(lesson.terminal.locator(".xterm-cursor")).to_have_count(1)
    moving = "document.getAnimations().map(({ animationName }) => animationName).join()"
    lesson.wait_until(lambda: lesson.page.evaluate(moving) == "", "the page to come to rest")
    context.close()


def test_a_settled_terminal_has_nothing_to_say(browser: Browser, site: str) -> None:
    visitor = Visitor(browser, site)
    sent: list[str | bytes] = []

    def note(frame: str | bytes) -> None:
        sent.append(frame)

    sockets: list[WebSocket] = []

    def listen(socket: WebSocket) -> None:
        sockets.append(socket)
        socket.on("framesent", note)

    visitor.page.on("websocket", listen)
    lesson = LessonPage(visitor.page)
    lesson.open("first-service")
    lesson.type("sleep 2; echo qui''et")
    lesson.wait_for_text("\nquiet")
    # It tells its size when it comes, and once more if the layout has changed by then.
    sizes = [frame for frame in sent if frame[:1] == b"Z"]
    assert len(sizes) <= 2
    # The one that was opened while the page was read is the terminal's.
    assert [socket.url.rpartition("/ws/")[2] for socket in sockets] == ["terminals/node1/main"]
    visitor.close()


def test_the_keys_of_other_terminals_copy_and_paste(lesson: LessonPage) -> None:
    page = lesson.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    lesson.type("clear; echo wo''rd")
    lesson.wait_for_text(f"word{PROMPT}")
    page.mouse.dblclick(*place_of(lesson, "word"))
    page.keyboard.press("Control+Shift+C")
    lesson.wait_until(lambda: page.evaluate("navigator.clipboard.readText()") == "word", "the copy")
    page.keyboard.type("echo again-")
    page.keyboard.press("Control+Shift+V")
    lesson.wait_for_text("echo again-word")
    # A selection that was copied with Ctrl+C is gone; then it interrupts.
    page.mouse.dblclick(*place_of(lesson, "word"))
    page.keyboard.press("Control+C")
    page.keyboard.press("Control+C")
    lesson.wait_for_text("echo again-word^C")


def test_a_flood_leaves_the_page_alive_and_an_interrupt_ends_it(lesson: LessonPage) -> None:
    lesson.type("yes fl''ood")
    lesson.wait_for_text("\nflood\nflood\n")
    # The rest of the page answers meanwhile.
    quiz = lesson.page.locator("lab-quiz").first
    quiz.get_by_role("radio").first.check()
    quiz.get_by_role("button").click()
    expect(quiz.locator(".quiz-explanation").first).to_be_visible()
    lesson.terminal.locator("textarea").focus()
    lesson.page.keyboard.press("Control+C")
    lesson.type("echo o''ver")
    lesson.wait_for_text("\nover")
