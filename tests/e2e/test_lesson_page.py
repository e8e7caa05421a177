"""A student works through a lesson in the browser, and everything on the page is true."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.support.browser import Visitor
from tests.support.lesson_page import READY_MS, LessonPage
from tests.support.serving import serving

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser


def test_a_click_runs_a_command_and_its_step_turns_done(lesson: LessonPage) -> None:
    lesson.run("start-it")
    lesson.wait_for_text("Status: Downloaded newer image for nginx:latest")
    lesson.expect_done("start-it")
    expect(lesson.page.locator("lab-progress")).to_contain_text("1 of")


def test_a_step_that_is_not_done_says_so_and_recognises_the_mistake(lesson: LessonPage) -> None:
    step = lesson.step("start-it")
    step.get_by_role("button", name="Check").click()
    expect(step.locator(".step-result")).to_have_attribute("data-outcome", "failed")
    lesson.type("docker run -d --name web nginx && echo run''ning")
    lesson.wait_for_text("running")
    step.get_by_role("button", name="Check").click()
    expect(step.locator(".step-result")).to_contain_text("no port of it is published")


def test_an_answer_is_compared_with_the_engine(lesson: LessonPage) -> None:
    lesson.run("start-it")
    lesson.expect_done("start-it")
    lesson.type("echo port=$(docker port web 80 | head -n 1 | sed 's/.*://')=")
    lesson.wait_until(lambda: lesson.text().count("port=") > 1, "the port")
    port = lesson.text().rpartition("port=")[2].partition("=")[0]
    step = lesson.step("find-the-port")
    step.locator("input[name=answer]").fill("80")
    step.get_by_role("button", name="Check").click()
    expect(step.locator(".step-result")).to_contain_text("80 is the port inside the container")
    step.locator("input[name=answer]").fill(port)
    step.get_by_role("button", name="Check").click()
    lesson.expect_done("find-the-port")


def test_reload_keeps_progress_and_the_shell(lesson: LessonPage) -> None:
    lesson.run("start-it")
    lesson.expect_done("start-it")
    lesson.type("kept=yes")
    lesson.page.reload()
    lesson.wait_for_prompt()
    expect(lesson.step("start-it")).to_have_attribute("data-done", "")
    lesson.wait_for_text("kept=yes")
    lesson.type("echo still=$kept")
    lesson.wait_for_text("still=yes")


def test_a_second_browser_is_another_student(
    lesson: LessonPage, browser: Browser, site: str
) -> None:
    lesson.run("start-it")
    lesson.expect_done("start-it")
    other = Visitor(browser, site)
    theirs = LessonPage(other.page)
    theirs.open("first-service")
    expect(theirs.page.locator("lab-step[data-done]")).to_have_count(0)
    theirs.type("docker ps -a")
    theirs.wait_for_text("NAMES")
    assert "nginx" not in theirs.text()
    other.close()
    assert other.complaints == []


def test_a_quiz_explains_every_choice_and_remembers_the_last(lesson: LessonPage) -> None:
    quiz = lesson.page.locator("lab-quiz[data-quiz=exposed-or-published]")
    quiz.get_by_role("radio").nth(2).check()
    quiz.get_by_role("button").click()
    expect(quiz.locator(".quiz-option[data-outcome=wrong] .quiz-explanation")).to_be_visible()
    quiz.get_by_role("radio").nth(1).check()
    quiz.get_by_role("button").click()
    expect(quiz.locator(".quiz-option[data-outcome=right] .quiz-explanation")).to_be_visible()
    lesson.page.reload()
    expect(quiz.get_by_role("radio").nth(1)).to_be_checked()


def test_a_dead_node_is_noticed_and_restarts_with_a_click(lesson: LessonPage) -> None:
    lesson.type("kill -TERM 1")
    lesson.expect_state("stopped")
    # Unlike a shell that ended, one whose node stopped is followed by a new one without a click.
    new_shell = lesson.terminal.locator("button[data-action=connect]")
    expect(lesson.terminal).to_have_attribute("data-phase", "idle")
    expect(lesson.terminal.locator(".terminal-status")).to_contain_text(
        "when node1 is running again"
    )
    expect(new_shell).to_be_hidden()
    lesson.head_of("node1").get_by_role("button", name="Restart node1").click()
    expect(lesson.sandbox).to_have_attribute("data-state", "ready", timeout=READY_MS)
    expect(lesson.terminal).to_have_attribute("data-phase", "open", timeout=READY_MS)
    expect(new_shell).to_be_hidden()
    lesson.wait_until(lambda: "kill -TERM" not in lesson.text(), "the new shell's screen")
    lesson.wait_for_prompt()
    lesson.type("docker version --format up={{.Server.Os}}")
    lesson.wait_for_text("up=linux")


def test_a_shell_that_ends_says_so_and_a_new_one_is_a_click_away(lesson: LessonPage) -> None:
    lesson.type("exit 3")
    expect(lesson.terminal).to_have_attribute("data-phase", "exited", timeout=READY_MS)
    expect(lesson.terminal.locator(".terminal-status")).to_contain_text("3")
    lesson.terminal.locator("button[data-action=connect]").click()
    expect(lesson.terminal).to_have_attribute("data-phase", "open", timeout=READY_MS)
    lesson.type("echo $((40+2))")
    lesson.wait_for_text("42")


def test_a_reset_gives_a_fresh_node(lesson: LessonPage) -> None:
    lesson.type("docker network create mine && echo made")
    lesson.wait_for_text("\nmade")
    lesson.reset()
    lesson.wait_until(lambda: "made" not in lesson.text(), "a clean terminal")
    lesson.wait_for_prompt()
    lesson.type("docker network ls; echo listed")
    lesson.wait_for_text("\nlisted")
    assert "mine" not in lesson.text()


def test_a_screen_is_dimmed_only_without_a_shell(lesson: LessonPage) -> None:
    screen = lesson.terminal.locator(".xterm-screen")
    expect(screen).to_have_css("opacity", "1")
    lesson.type("exit")
    expect(screen).to_have_css("opacity", "0.55")


def test_colours_of_the_terminal_break_no_policy(lesson: LessonPage) -> None:
    lesson.type(r"printf '\033[38;2;255;100;0mtrue\033[48;5;21mcolour\033[0m\n'")
    lesson.wait_for_text("\ntruecolour")


def test_without_an_engine_the_lesson_reads_and_says_why(browser: Browser, tmp_path: Path) -> None:
    with serving(state_dir=str(tmp_path)) as address:
        visitor = Visitor(browser, address)
        visitor.page.goto("/lessons/first-service")
        expect(visitor.page.get_by_role("heading", level=1)).to_have_text(
            "Run a service and find its door"
        )
        expect(visitor.page.locator(".panel-notice")).to_contain_text("does not answer")
        expect(visitor.page.locator("lab-terminal")).to_have_count(0)
        visitor.close()
        assert visitor.complaints == []


def test_an_unknown_lesson_is_a_page_with_a_way_back(browser: Browser, site: str) -> None:
    visitor = Visitor(browser, site)
    response = visitor.page.goto("/lessons/no-such-lesson")
    assert response
    assert response.status == 404
    visitor.page.get_by_role("main").get_by_role("link").first.click()
    expect(visitor.page).to_have_url(f"{site}/")
    visitor.close()
