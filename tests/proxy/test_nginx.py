"""The example for nginx, as it is in docs/proxy, before a site: terminals, events, cookies."""

from __future__ import annotations

import socket
import ssl
import subprocess
from typing import TYPE_CHECKING

import httpx
import pytest
from websockets.sync.client import connect

from app.settings import ROOT
from app.terminals.protocol import SUBPROTOCOL
from app.web.identity import COOKIE
from tests.support.eventually import eventually
from tests.support.ports import free_port
from tests.support.site import serving
from tests.support.tty import Tty

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EXAMPLE = ROOT / "docs" / "proxy" / "nginx.conf"
FRAME = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  include {folder}/site.conf;
}}
"""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificate")
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    words += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    words += ["-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem"]
    subprocess.run(words, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def trust(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate / "cert.pem"))


@pytest.fixture(scope="module")
def address(certificate: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of nginx, with the example changed as its first lines say."""
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    folder.chmod(0o755)
    with serving(folder / "state", public_url=f"https://localhost:{port}") as site:
        text = EXAMPLE.read_text()
        for old, new in (
            ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
            ("server_name course.example", "server_name localhost"),
            ("/etc/ssl/course.example.pem", f"{certificate}/cert.pem"),
            ("/etc/ssl/private/course.example.key", f"{certificate}/key.pem"),
            ("http://127.0.0.1:8000", site.url),
        ):
            assert old in text
            text = text.replace(old, new)
        (folder / "site.conf").write_text(text)
        (folder / "nginx.conf").write_text(FRAME.format(folder=folder))
        command = ["nginx", "-c", f"{folder}/nginx.conf", "-e", f"{folder}/error.log"]
        with subprocess.Popen(command) as nginx:
            try:
                eventually(lambda: nginx.poll() is not None or listens(port))
                assert nginx.poll() is None, (folder / "error.log").read_text()
                yield f"https://localhost:{port}"
            finally:
                nginx.terminate()


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


@pytest.fixture
def browser(address: str, trust: ssl.SSLContext) -> Iterator[httpx.Client]:
    with httpx.Client(
        base_url=address, headers={"Origin": address}, verify=trust, timeout=60
    ) as client:
        client.get("/").raise_for_status()
        yield client


def test_the_cookie_is_for_encrypted_connections_only(browser: httpx.Client) -> None:
    browser.cookies.clear()
    assert "Secure" in browser.get("/").headers["set-cookie"]


def test_a_terminal_works_through_it(
    browser: httpx.Client, address: str, trust: ssl.SSLContext
) -> None:
    browser.post("/api/sandbox").raise_for_status()
    eventually(lambda: browser.get("/api/sandbox").json()["state"] == "ready")
    with connect(  # type: ignore[call-overload]
        f"{address.replace('https', 'wss')}/ws/terminals/node1/main",
        ssl=trust,
        origin=address,
        subprotocols=[SUBPROTOCOL],
        additional_headers={"Cookie": f"{COOKIE}={browser.cookies[COOKIE]}"},
        compression=None,
    ) as connection:
        tty = Tty(connection).hello()
        tty.type("hello there")
        tty.wait_for("hello there")


def test_events_come_at_once_though_their_stream_never_ends(browser: httpx.Client) -> None:
    with browser.stream("GET", "/api/events") as stream:
        lines = stream.iter_lines()
        assert next(lines) == "event: sandbox"


def test_a_page_of_another_origin_changes_nothing_through_it(browser: httpx.Client) -> None:
    answer = browser.post("/api/sandbox", headers={"Origin": "https://localhost"})
    assert answer.status_code == 403
