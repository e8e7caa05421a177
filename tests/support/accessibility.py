"""What axe-core finds wrong with a page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
# The screen of xterm.js is its own: its helper textarea and rows are not ours to mark up.
RUN = """async (impacts) => {
  const { violations } = await axe.run({ exclude: [".terminal-host"] });
  return violations
    .filter(({ impact }) => impacts.includes(impact))
    .flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(" ")}`));
}"""


SERIOUS = ("serious", "critical")
ANY = (*SERIOUS, "moderate", "minor", None)


def serious_findings(page: Page) -> list[str]:
    return _findings(page, SERIOUS)


def findings(page: Page) -> list[str]:
    """Those of every rule that axe has, best practices among them."""
    return _findings(page, ANY)


def _findings(page: Page, impacts: tuple[str | None, ...]) -> list[str]:
    """Evaluated and not added as a script, which the page's own policy would refuse."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(AXE.read_text())
    return [str(finding) for finding in page.evaluate(RUN, list(impacts))]
