"""What a preview costs: its throughput and delay beside a connection within the node itself."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from app.web.identity import COOKIE
from bench.client import connected
from bench.figures import Figure
from bench.sandbox import a_browser, a_site, remove, the_student, until_ready

if TYPE_CHECKING:
    from app.sandboxes.docker_engine import DockerEngine

MEBIBYTES = 128
ROUNDS = 5
SMALL = 40
SETUP = f"""
mkdir -p /root/web && cd /root/web && echo small >small && head -c {MEBIBYTES << 20} /dev/zero >big
docker run -d --name web -p 8080:80 -v /root/web:/usr/share/nginx/html nginx >/dev/null
until curl -fs http://127.0.0.1:8080/small >/dev/null; do sleep 0.1; done
"""
SETUP_S = 60
DIRECT = "curl -s -o /dev/null -w '%{speed_download}' http://127.0.0.1:8080/big"
DIRECT_SMALL = "curl -s -o /dev/null -w '%{time_total}\n' " + " -o /dev/null ".join(
    ["http://127.0.0.1:8080/small"] * SMALL
)


async def previews() -> list[Figure]:
    """The large file in turns; the small one over connections that are kept, as browsers do."""
    through, direct, shares, delays = [], [], [], []
    async with a_site() as (address, engine), a_browser(address) as browser:
        await until_ready(browser)
        student = the_student(browser)
        await said(engine, student, SETUP)
        cookie = {"Cookie": f"{COOKIE}={browser.cookies[COOKIE]}"}
        leading = await browser.get("/preview/node1/8080/", headers=cookie)
        base = f"{address}{leading.headers['location']}"
        for _ in range(ROUNDS):
            async with connected(f"{base}big") as connection:
                started = time.perf_counter()
                length = await connection.get()
                through.append(length / (time.perf_counter() - started) / (1 << 20))
            direct.append(float(await said(engine, student, DIRECT)) / (1 << 20))
            shares.append(through[-1] / direct[-1])
        async with connected(f"{base}small") as connection:
            for _ in range(SMALL):
                started = time.perf_counter()
                await connection.get()
                delays.append((time.perf_counter() - started) * 1000)
        inside = await said(engine, student, DIRECT_SMALL)
        await remove(browser)
    words = "a page of a student's"
    return [
        Figure("a preview's throughput", "MiB/s", through),
        Figure("the same by curl within the node", "MiB/s", direct),
        Figure("preview beside curl within the node", "x", shares),
        Figure(f"{words}, by a preview", "ms", delays[1:]),
        Figure(
            f"{words}, by curl within the node", "ms", [float(row) * 1000 for row in inside.split()]
        ),
    ]


async def said(engine: DockerEngine, student: str, script: str) -> str:
    result = await engine.run(
        student, "node1", script, environment={}, timeout_s=SETUP_S, output_bytes=100_000
    )
    assert result.exit_code == 0, result.output
    return result.output.strip()
