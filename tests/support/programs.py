"""Programs that only the tests need, as scripts/tools brings them."""

from __future__ import annotations

import os
import shutil

from app.settings import ROOT

UNPACKED = ROOT / "var" / "tools"


def program(name: str) -> str:
    """The machine's own, or the one that was unpacked."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:{UNPACKED}")
    assert found, f"install it: scripts/tools {name}"
    return found
