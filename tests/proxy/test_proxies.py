"""The examples of docs/proxy before a site: terminals, events, cookies."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import httpx
import pytest
from websockets.sync.client import connect

from app.terminals.protocol import SUBPROTOCOL
from app.web.identity import COOKIE
from tests.support.eventually import eventually
from tests.support.proxies import PROXIES, proxied
from tests.support.tty import Tty

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.proxies import Proxied

TABS = 3


@pytest.fixture(scope="module", params=PROXIES)
def behind(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Proxied]:
    with proxied(request.param, tmp_path_factory.mktemp(request.param)) as found:
        yield found


@pytest.fixture
def browser(behind: Proxied) -> Iterator[httpx.Client]:
    with browsing(behind) as client:
        client.get("/").raise_for_status()
        yield client


def browsing(behind: Proxied) -> httpx.Client:
    origin = {"Origin": behind.address}
    return httpx.Client(base_url=behind.address, headers=origin, verify=behind.trust, timeout=60)


def test_the_cookie_is_for_encrypted_connections_only(browser: httpx.Client) -> None:
    browser.cookies.clear()
    assert "Secure" in browser.get("/").headers["set-cookie"]


@pytest.mark.parametrize("proxy", PROXIES)
def test_the_proxy_says_how_the_connection_is_whatever_a_browser_claims(
    proxy: str, tmp_path: Path
) -> None:
    claim = {"X-Forwarded-Proto": "http", "X-Forwarded-For": "192.0.2.7"}
    with proxied(proxy, tmp_path, public=False) as behind, browsing(behind) as browser:
        assert "Secure" in browser.get("/", headers=claim).headers["set-cookie"]


def test_a_terminal_works_through_it(browser: httpx.Client, behind: Proxied) -> None:
    browser.post("/api/sandbox").raise_for_status()
    eventually(lambda: browser.get("/api/sandbox").json()["state"] == "ready")
    with connect(  # type: ignore[call-overload]
        f"{behind.address.replace('https', 'wss')}/ws/terminals/node1/main",
        ssl=behind.trust,
        origin=behind.address,
        subprotocols=[SUBPROTOCOL],
        additional_headers={"Cookie": f"{COOKIE}={browser.cookies[COOKIE]}"},
        compression=None,
    ) as connection:
        tty = Tty(connection).hello()
        tty.type("hello there")
        tty.wait_for("hello there")


def test_events_come_at_once_though_their_stream_never_ends_and_go_with_their_page(
    browser: httpx.Client, behind: Proxied
) -> None:
    with ExitStack() as tabs:
        streams = [
            tabs.enter_context(browser.stream("GET", "/api/events")).iter_lines()
            for _ in range(TABS)
        ]
        assert [next(lines) for lines in streams] == ["event: sandbox"] * TABS
        held = behind.site.connections
    eventually(lambda: behind.site.connections <= held - TABS)


def test_a_page_of_another_origin_changes_nothing_through_it(browser: httpx.Client) -> None:
    answer = browser.post("/api/sandbox", headers={"Origin": "https://localhost"})
    assert answer.status_code == 403
