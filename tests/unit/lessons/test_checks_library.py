"""The check library parses, and the parts of it that need no Docker do what they promise."""

import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

LIBRARY = Path(__file__).parents[3] / "content" / "checks.sh"


def sh(script: str) -> subprocess.CompletedProcess[str]:
    """Run ``script`` behind the library, as a check is run."""
    text = LIBRARY.read_text(encoding="utf-8") + "\n" + script
    return subprocess.run(
        ["sh"], input=text, capture_output=True, text=True, timeout=30, check=False
    )


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/" else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        """Stay quiet."""


@pytest.fixture
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_the_library_is_sh_and_silent() -> None:
    parsed = subprocess.run(["sh", "-n", LIBRARY], capture_output=True, check=False)
    assert (parsed.returncode, parsed.stderr) == (0, b"")
    done = sh("")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_code_is_the_status_of_the_answer(port: int) -> None:
    done = sh(f"code http://127.0.0.1:{port}/; echo; code http://127.0.0.1:{port}/no")
    assert done.stdout == "200\n404"


def test_code_is_000_when_nobody_answers(port: int) -> None:
    server_gone = port
    done = sh(f"code http://127.0.0.1:{server_gone}x/; echo; code http://127.0.0.1:1/ 1")
    assert (done.returncode, done.stdout) == (0, "000\n000")


def test_code_asks_the_address_itself_and_no_proxy(port: int) -> None:
    done = sh(f"export http_proxy=http://127.0.0.1:1; code http://127.0.0.1:{port}/")
    assert done.stdout == "200"


def test_eventually_looks_anew_until_the_test_is_true(tmp_path: Path) -> None:
    tries = tmp_path / "tries"
    done = sh(f"""eventually 20 'echo >> {tries}; [ "$(wc -l < {tries})" -ge 3 ]'""")
    assert done.returncode == 0
    assert len(tries.read_text().splitlines()) == 3


def test_eventually_gives_up() -> None:
    assert sh("eventually 1 false").returncode == 1


def test_eventually_leaves_the_checks_own_variables_alone() -> None:
    assert sh("end=mine; eventually 1 'end=yours'; echo $end").stdout == "mine\n"
