"""What pages cost: weight on the wire, and how many a second beside a bare Starlette answer."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from app.web.identity import COOKIE
from bench.client import a_second
from bench.figures import Figure
from tests.support.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = "/lessons/first-service"
WEIGHT_KB = 350
ROUNDS = 5
ROUND_S = 3
CONNECTIONS = 8
NAMED = re.compile(r'"(/static/[^"]+)"')


async def page_costs() -> list[Figure]:
    """The same bytes from both servers, in turns; a student who is known, and one who comes new."""
    known, strangers, bare, shares = [], [], [], []
    with serving(log_level="warning", warm_sandboxes="0") as site:
        page, weight, cookie = fetched(site)
        with bare_server(page) as other:
            for _ in range(ROUNDS):
                known.append(await rate(f"{site}{PAGE}", Cookie=cookie))
                strangers.append(await rate(f"{site}{PAGE}"))
                bare.append(await rate(f"{other}/"))
                shares.append(strangers[-1] / bare[-1])
    return [
        Figure("a lesson with everything, on the wire", "kB", [weight / 1000], goal=WEIGHT_KB),
        Figure("lesson pages to known students", "/s", known),
        Figure("lesson pages to new students", "/s", strangers),
        Figure("the same bytes by a bare Starlette", "/s", bare),
        Figure("new students' pages beside bare Starlette", "x", shares),
    ]


async def rate(url: str, **headers: str) -> float:
    return await a_second(url, CONNECTIONS, ROUND_S, **{"Accept-Encoding": "gzip", **headers})


def fetched(site: str) -> tuple[bytes, int, str]:
    """The page as a browser gets it, the bytes of everything that it names, and the cookie."""
    with httpx.Client(base_url=site, headers={"Accept-Encoding": "gzip"}) as client:
        named = sorted(set(NAMED.findall(client.get(PAGE).text)))
        with client.stream("GET", PAGE) as answer:
            page = b"".join(answer.iter_raw())
        weight = len(page) + sum(weight_of(client, path) for path in named)
        return page, weight, f"{COOKIE}={client.cookies[COOKIE]}"


def weight_of(client: httpx.Client, path: str) -> int:
    with client.stream("GET", path) as answer:
        answer.raise_for_status()
        return sum(len(piece) for piece in answer.iter_raw())


@contextmanager
def bare_server(body: bytes) -> Iterator[str]:
    """Its address."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "page.gz"
        file.write_bytes(body)
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.bare_server", str(file)],
            stdout=subprocess.PIPE,
            text=True,
        )
        with process:
            try:
                assert process.stdout
                yield process.stdout.readline().strip()
            finally:
                process.terminate()
