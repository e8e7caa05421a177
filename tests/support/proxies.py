"""nginx and Caddy with the examples of docs/proxy, changed as their first lines say."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.settings import ROOT
from tests.support.eventually import eventually
from tests.support.ports import free_port
from tests.support.programs import program
from tests.support.site import serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.site import Site

EXAMPLES = ROOT / "docs" / "proxy"
NGINX = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/log;
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
# Keeps it to this machine: its own authority signs for "localhost", and nobody learns of that.
CADDY = """{{
	admin off
	skip_install_trust
	default_bind 127.0.0.1
	http_port {plain}
	https_port {port}
"""


@dataclass(frozen=True, slots=True)
class Proxied:
    """``site`` behind a proxy at ``address``, whose certificate ``trust`` knows."""

    site: Site
    address: str
    trust: ssl.SSLContext


@contextmanager
def proxied(proxy: str, folder: Path, *, public: bool = True) -> Iterator[Proxied]:
    """``public`` tells the site its address."""
    folder.chmod(0o755)
    port = free_port()
    address = f"https://localhost:{port}"
    with serving(folder / "state", public_url=address if public else "") as site:
        command, authority = PROXIES[proxy](folder, port, site.url)
        # What Caddy keeps, it keeps below these.
        own = {name: str(folder) for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")}
        log = folder / "log"
        with (
            log.open("w") as errors,
            subprocess.Popen(command, env={**os.environ, **own}, stderr=errors) as process,
        ):
            try:
                eventually(lambda: process.poll() is not None or _serves(port, authority))
                assert process.poll() is None, log.read_text()
                trust = ssl.create_default_context(cafile=str(authority))
                yield Proxied(site, address, trust)
            finally:
                process.terminate()


def _nginx(folder: Path, port: int, site: str) -> tuple[list[str], Path]:
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    words += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    words += ["-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem"]
    subprocess.run(words, check=True, capture_output=True)
    changes = {
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "server_name course.example": "server_name localhost",
        "/etc/ssl/course.example.pem": f"{folder}/cert.pem",
        "/etc/ssl/private/course.example.key": f"{folder}/key.pem",
        "http://127.0.0.1:8000": site,
    }
    (folder / "site.conf").write_text(_changed("nginx.conf", changes))
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder))
    command = [program("nginx"), "-c", f"{folder}/nginx.conf", "-e", f"{folder}/log"]
    return command, folder / "cert.pem"


def _caddy(folder: Path, port: int, site: str) -> tuple[list[str], Path]:
    changes = {
        "\n{\n": "\n" + CADDY.format(plain=free_port(), port=port),
        "\ncourse.example {": "\nlocalhost {",
        "127.0.0.1:8000": site.removeprefix("http://"),
    }
    file = folder / "Caddyfile"
    file.write_text(_changed("Caddyfile", changes))
    command = [program("caddy"), "run", "--config", str(file), "--adapter", "caddyfile"]
    return command, folder / "caddy" / "pki" / "authorities" / "local" / "root.crt"


PROXIES: dict[str, Callable[[Path, int, str], tuple[list[str], Path]]] = {
    "nginx": _nginx,
    "caddy": _caddy,
}


def _changed(example: str, changes: dict[str, str]) -> str:
    text = (EXAMPLES / example).read_text()
    for old, new in changes.items():
        assert text.count(old) == 1
        text = text.replace(old, new)
    return text


def _serves(port: int, authority: Path) -> bool:
    """Whether it has a certificate to show."""
    if not authority.exists():
        return False
    try:
        trust = ssl.create_default_context(cafile=str(authority))
        with (
            socket.create_connection(("127.0.0.1", port)) as plain,
            trust.wrap_socket(plain, server_hostname="localhost"),
        ):
            return True
    except OSError:
        return False
