"""What an author can write, as a student meets it: preparing, predicting, mistakes, repairs."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from app.settings import ROOT
from tests.support.accessibility import serious_findings
from tests.support.browser import Visitor
from tests.support.guide import guides_example
from tests.support.lesson_page import READY_MS, LessonPage
from tests.support.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

TOP = "---\ntitle: Welcome\nsummary: S\nminutes: 1\nnodes: 1\n---\nHello.\n"
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    content = tmp_path_factory.mktemp("content")
    for folder, text in {"00-welcome": TOP, "01-hello": guides_example()}.items():
        (content / folder).mkdir()
        (content / folder / "lesson.md").write_text(text)
    shutil.copy(ROOT / "content" / "checks.sh", content)
    return content


@pytest.fixture
def hello(browser: Browser, content: Path) -> Iterator[LessonPage]:
    """The guide's example, served as authors see it."""
    with serving("--reload", content_dir=str(content)) as address:
        visitor = Visitor(browser, address)
        page = LessonPage(visitor.page)
        page.open("hello")
        yield page
        visitor.close()
        assert visitor.complaints == []


def test_a_student_meets_everything_that_a_lesson_can_hold(
    hello: LessonPage, content: Path, screenshots: Path
) -> None:
    page = hello.page
    page.get_by_role("button", name="Prepare").click()
    ready = page.locator(".lesson-header .setup-status")
    expect(ready).to_have_text("Ready. Go on below.", timeout=READY_MS)

    start = hello.step("start-it")
    start.get_by_label("Any free one").check()
    start.get_by_role("button", name="Answer").click()
    expect(start.locator(".quiz-explanation")).to_contain_text("lets Docker choose")

    hello.type("docker docker ps -l")
    hello.wait_for_text("flag needs an argument")
    start.get_by_role("button", name="Check").click()
    expect(start.locator(".step-result")).to_contain_text("One docker is enough")

    hello.run("start-it")
    hello.expect_done("start-it")
    repair = hello.step("mend-it")
    repair.get_by_role("button", name="Set the scene").click()
    expect(repair.locator(".setup-status")).to_contain_text("Ready", timeout=READY_MS)
    repair.get_by_role("button", name="Check").click()
    expect(repair.locator(".step-result")).to_have_attribute("data-outcome", "failed")
    hello.type("docker start web && echo star''ted")
    hello.wait_for_text("started")
    repair.get_by_role("button", name="Check").click()
    hello.expect_done("mend-it")
    assert serious_findings(page) == []
    page.screenshot(path=screenshots / "lesson-format.png", full_page=True)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.screenshot(path=screenshots / "lesson-format-phone.png", full_page=True)

    lesson = content / "01-hello" / "lesson.md"
    lesson.write_text(lesson.read_text().replace("Let us start one.", "Let us start two."))
    expect(page.locator("article")).to_contain_text("Let us start two.")
