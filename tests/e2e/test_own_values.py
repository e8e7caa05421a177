"""A lesson speaks of the student's own addresses and ports as soon as there are any."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import pytest
from playwright.sync_api import expect

from tests.support.accessibility import serious_findings
from tests.support.engine import remove_all_sandboxes
from tests.support.lesson_page import COMMAND_MS, LessonPage
from tests.support.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.support.browser import Visitor

COURSE = str(Path(__file__).parent / "course")
PORT = "host port of web:80"


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with serving(content_dir=COURSE) as address:
        yield address
    anyio.run(remove_all_sandboxes)


def test_values_come_with_what_they_are_of_and_go_with_it(visitor: Visitor) -> None:
    page = visitor.page
    lesson = LessonPage(page)
    lesson.open("own-values")
    prose = page.locator("article > .prose").first
    address = prose.locator("lab-value[data-of='node1.container.web.ip.dev']")
    expect(address).to_have_text("\u2039web's address on dev\u203a")
    node = prose.locator("lab-value[data-of='node1.ip']")
    expect(node).to_have_text(re.compile(r"198\.1[89]\.[0-9.]+"), timeout=COMMAND_MS)

    use = lesson.step("use-it")
    lesson.run("use-it")
    notice = use.locator(".command-notice")
    expect(notice).to_have_text(f"Not run: {PORT} and web's address on dev are not known yet.")
    assert "door=" not in lesson.text()
    use.get_by_role("button", name="Copy").click()
    expect(notice).to_contain_text("Not copied: ")
    assert serious_findings(page) == []

    lesson.run("make-it")
    expect(address).to_have_attribute("data-known", "", timeout=COMMAND_MS)
    expect(use.locator("lab-value").first).to_have_text("8085", timeout=COMMAND_MS)
    ip = address.inner_text()
    lesson.run("use-it")
    lesson.wait_for_text(f"door=8085 is {ip} not {{{{ .Name }}}}")
    lesson.type("docker inspect web | grep IPAddress; echo see''n")
    lesson.wait_for_text("seen")
    assert f'"IPAddress": "{ip}"' in lesson.text()
    output = prose.locator("pre.output")
    expect(output.locator("lab-value[data-known]")).to_have_count(3)
    assert serious_findings(page) == []

    lesson.type("docker rm -f web")
    expect(address).to_have_text("\u2039web's address on dev\u203a", timeout=COMMAND_MS)
    lesson.run("use-it")
    expect(notice).to_contain_text("Not run: ")


def test_without_javascript_it_says_what_will_be_there(browser: Browser, site: str) -> None:
    context = browser.new_context(base_url=site, java_script_enabled=False)
    page = context.new_page()
    page.goto("/lessons/own-values")
    expect(page.locator("article")).to_contain_text("is at \u2039web's address on dev\u203a.")
    expect(page.locator("#step-use-it pre")).to_contain_text(f'echo "door=\u2039{PORT}\u203a"')
    context.close()
