"""The command `slipway` in a process of its own, as a person starts it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SLIPWAY = str(Path(sys.executable).parent / "slipway")
TIMEOUT_S = 150


def slipway(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs to its end; ``environment`` is added to the test's own."""
    return subprocess.run(
        [SLIPWAY, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
        env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1", **environment},
    )
