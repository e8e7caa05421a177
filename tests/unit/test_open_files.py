"""A site that was started with a low limit of open files takes as many as it may have."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.command import SLIPWAY

if TYPE_CHECKING:
    import pytest

LOW, HIGHEST = "256", "4000"


def test_the_soft_limit_is_raised_to_the_hard_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLIPWAY_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("SLIPWAY_PORT", "0")
    lines = f'ulimit -Sn {LOW} && ulimit -Hn {HIGHEST} && exec "$@"'
    with subprocess.Popen(
        ["sh", "-c", lines, "-", SLIPWAY, "serve"], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout
            assert "http://" in process.stdout.readline()
            limits = Path(f"/proc/{process.pid}/limits").read_text()
        finally:
            process.terminate()
    found = re.search(r"Max open files +(\d+) +(\d+)", limits)
    assert found
    assert found.groups() == (HIGHEST, HIGHEST)
