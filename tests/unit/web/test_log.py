"""What a site writes into its log: ids to find things by, and nothing that a student typed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from app.settings import ROOT
from tests.support.command import SLIPWAY

if TYPE_CHECKING:
    from pathlib import Path

TYPED = "pass-word-of-mine"
# In a process of its own, because logging is set up for the whole process.
PROGRAM = f"""
import sys
from pathlib import Path

from app import logs
from app.settings import Settings
from tests.support.site import serving

logs.configure(Settings(log_format="json", log_level="debug"))
with serving(Path(sys.argv[1])) as site:
    student = site.student()
    asked = student.http.post("/api/sandbox").headers["X-Request-Id"]
    student.wait_for("ready")
    with student.terminal() as tty:
        tty.hello().type("{TYPED}")
        tty.wait_for("{TYPED}")
    print(student.id, asked)
"""


FAILURE = """
import asyncio, logging, sys
from app import logs
from app.settings import Settings

logs.configure(Settings(log_format=sys.argv[1]))

def fail():
    key = "very" + "-secret"
    raise ValueError("it broke")

try:
    fail()
except ValueError:
    logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
stopped = asyncio.CancelledError("Task cancelled, timeout graceful shutdown exceeded")
logging.getLogger("uvicorn.error").error("Exception in ASGI application", exc_info=stopped)
"""


@pytest.mark.parametrize("form", ["console", "json"])
def test_a_failure_is_told_with_its_place_and_without_what_was_in_memory(form: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FAILURE, form],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=150,
    )  # fmt: skip
    assert "ValueError: it broke" in done.stderr
    assert "in fail" in done.stderr
    assert "very-secret" not in done.stderr
    # And what a stop cancels is no failure.
    assert "graceful" not in done.stderr


def test_a_site_that_is_stopped_while_pages_listen_has_little_to_say(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [SLIPWAY, "serve"],
        env={**os.environ, "SLIPWAY_PORT": "0", "SLIPWAY_STATE_DIR": str(tmp_path)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with process:
        assert process.stdout
        address = process.stdout.readline().split()[-1]
        with httpx.Client(base_url=address, timeout=150) as browser:
            browser.get("/")
            with browser.stream("GET", "/api/events") as events:
                assert next(events.iter_lines()) == "event: sandbox"
                process.terminate()
                _, said = process.communicate()
    assert "Traceback" not in said
    assert len(said.splitlines()) < 10


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    folder: Path = tmp_path_factory.mktemp("log")
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=150,
    )


def lines(run: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run.stderr.splitlines()]


def test_every_line_is_json_with_a_time_and_a_level(
    run: subprocess.CompletedProcess[str],
) -> None:
    assert lines(run)
    assert all({"event", "level", "timestamp"} <= set(line) for line in lines(run))


def test_a_sandbox_is_told_with_its_student_and_the_request_for_it(
    run: subprocess.CompletedProcess[str],
) -> None:
    student, request = run.stdout.split()
    ready = [line for line in lines(run) if line["event"] == "sandbox ready"]
    assert [(line["student"], line["request"]) for line in ready] == [(student, request)]


def test_nothing_that_was_typed_is_in_it(run: subprocess.CompletedProcess[str]) -> None:
    """Even where everything is logged that can be."""
    assert TYPED not in run.stderr
    assert TYPED.encode().hex() not in run.stderr
    assert " ".join(f"{byte:02x}" for byte in TYPED.encode())[:20] not in run.stderr
