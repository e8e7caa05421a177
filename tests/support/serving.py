"""The product as it is started by `make up`: `slipway serve` in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SLIPWAY = str(Path(sys.executable).parent / "slipway")
STOP_TIMEOUT_S = 60
# What is slow on a busy machine has not failed.
PATIENT = {"start_timeout_s": "120", "check_timeout_s": "30", "setup_timeout_s": "120"}


@contextmanager
def serving(*options: str, **settings: str) -> Iterator[str]:
    """The site's address; ``options`` are those of the verb, ``settings`` become SLIPWAY_*."""
    with started(*options, **settings) as (address, _):
        yield address


@contextmanager
def started(*options: str, **settings: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The site's address and its process, for a test that does something to it."""
    chosen = {**PATIENT, **settings}
    environment = {f"SLIPWAY_{name.upper()}": value for name, value in chosen.items()}
    process = subprocess.Popen(
        [SLIPWAY, "serve", *options],
        env={**os.environ, "SLIPWAY_PORT": "0", "SLIPWAY_HOST": "127.0.0.1", **environment},
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout
            found = re.search(r"http://\S+", process.stdout.readline())
            assert found, "slipway serve said nothing"
            yield found[0], process
        finally:
            process.terminate()
            process.wait(STOP_TIMEOUT_S)
