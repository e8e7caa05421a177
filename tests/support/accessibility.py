"""What axe-core finds wrong with a page; the serious things must not be there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
# The screen of xterm.js is its own: its helper textarea and rows are not ours to mark up.
RUN = """async () => {
  const { violations } = await axe.run({ exclude: [".terminal-host"] });
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(" ")}`));
}"""


def serious_findings(page: Page) -> list[str]:
    """Evaluated and not added as a script, which the page's own policy would refuse."""
    page.evaluate(AXE.read_text())
    return [str(finding) for finding in page.evaluate(RUN)]
