"""A class on the compose project: it learns, the app is replaced, everything is killed once."""

from __future__ import annotations

import json
import re
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

import anyio
import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from app.web.identity import COOKIE
from tests.support.browser import Visitor, chromium
from tests.support.compose import host_engine
from tests.support.held_page import Page
from tests.support.lesson_page import LessonPage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.support.compose import Compose

pytestmark = pytest.mark.anyio
WAIT_S = 180
SERVICES = ("bundle", "shells", "app", "engine")
STUDENTS, SHELLS = 5, 4
LINES = 500
# Without a process for each line, so that twenty of them leave the machine some air.
COUNT = (
    f"exec 9<> <(:); for ((i=1; i<={LINES}; i++)); do echo line-$i-; read -rt 0.05 -u 9; done; "
    "echo the''end\r"
)
REASON = "We change to new machines."
LOST = (OSError, ConnectionClosed, InvalidHandshake, EOFError)
NEXT = "next-of-the-tests"


def test_a_step_of_a_lesson_is_done_in_a_browser(compose: Compose) -> None:
    with chromium() as browser:
        visitor = Visitor(browser, compose.address)
        page = LessonPage(visitor.page)
        page.open("first-service")
        page.run("start-it")
        page.expect_done("start-it")
        visitor.close()
        assert visitor.complaints == []


async def test_twenty_shells_go_on_while_the_app_is_replaced(compose: Compose) -> None:
    """By another image, as an upgrade does it; shells keep their container, and every byte."""
    before = {service: compose.inspect(service)["Id"] for service in ("app", "engine", "shells")}
    async with class_of(compose, STUDENTS) as cookies:
        pages = [Page(cookie, f"t{n}") for cookie in cookies for n in range(SHELLS)]
        with a_next_version(compose, "app", "slipway/app"):
            with anyio.fail_after(WAIT_S):
                async with anyio.create_task_group() as tasks:
                    at_work = [anyio.Event() for _ in pages]
                    for page, started in zip(pages, at_work, strict=True):
                        tasks.start_soon(follow, compose, page, started)
                    for started in at_work:
                        await started.wait()
                    await anyio.to_thread.run_sync(
                        lambda: compose.as_written("docker compose up -d --wait")
                    )
            after = {service: compose.inspect(service)["Id"] for service in before}
            assert after["app"] != before["app"]
            assert {**after, "app": ""} == {**before, "app": ""}
        for page in pages:
            numbers = [int(number) for number in re.findall(rb"line-(\d+)-\r\n", page.output)]
            assert numbers == list(range(1, LINES + 1))
            assert page.first["typed"] == len(COUNT)


async def test_the_class_engine_is_replaced_after_a_drain(compose: Compose) -> None:
    """Whoever has a sandbox sees it end; whoever comes meanwhile waits, and gets one in the new."""
    before = compose.inspect("engine")["Id"]
    async with class_of(compose, 1) as cookies, browser_of(compose) as newcomer:
        with a_next_version(compose, "engine", "slipway/node"):
            said = await drain(compose, "--minutes", "0", "--reason", REASON, "--wait", "--json")
            assert json.loads(said)["students"] == 0
            async with browser_of(compose, cookies[0]) as browser:
                sandbox = (await browser.get("/api/sandbox")).json()
                assert (sandbox["state"], sandbox["reason"]) == ("ended", REASON)
            await anyio.to_thread.run_sync(lambda: compose("up", "--detach", "--wait"))
            assert compose.inspect("engine")["Id"] != before
            (await newcomer.get("/")).raise_for_status()
            assert (await newcomer.get("/healthz")).json()["status"] == "draining"
            sandbox = (await newcomer.post("/api/sandbox")).json()
            assert sandbox["state"] == "queued"
            assert REASON in sandbox["reason"]
            await drain(compose, "--cancel")
            with anyio.fail_after(WAIT_S):
                await until_ready(newcomer)
            page = Page(newcomer.cookies[COOKIE])
            async with page.connection(compose.address) as socket:
                await page.hello(socket)
                await page.read_until(socket, b"$ ")


async def drain(compose: Compose, *arguments: str) -> str:
    words = ("exec", "-T", "app", "slipway", "drain", *arguments)
    return await anyio.to_thread.run_sync(lambda: compose(*words))


async def follow(compose: Compose, page: Page, started: anyio.Event) -> None:
    """Types the command once and reads to its end, over as many connections as it takes."""
    typed = False
    while b"theend\r\n" not in page.output:
        try:
            async with page.connection(compose.address) as socket:
                await page.hello(socket)
                if not typed:
                    await page.read_until(socket, b"$ ")
                    await socket.send(b"I" + COUNT.encode())
                    typed = True
                    await page.read_until(socket, b"line-20-")
                    started.set()
                await page.read_until(socket, b"theend\r\n")
        except LOST:
            await anyio.sleep(0.1)  # as a browser does


@pytest.mark.parametrize("service", SERVICES)
async def test_what_is_killed_comes_back_and_students_with_it(
    compose: Compose, service: str
) -> None:
    async with class_of(compose, 1) as cookies:
        page = Page(cookies[0])
        async with page.connection(compose.address) as socket:
            await page.hello(socket)
            await page.read_until(socket, b"$ ")
            await socket.send(b"Iecho mi''ne >mine; echo wri''tten\r")
            await page.read_until(socket, b"written\r\n")
        before = compose.inspect(service)["State"]["StartedAt"]
        compose.kill(service)
        with anyio.fail_after(WAIT_S):
            await until_running_again(compose, service, before)
            async with browser_of(compose, cookies[0]) as browser:
                await until_ready(browser)
            if service == "engine":  # what ran in it has ended; what was written is still there
                await read_mine_at_last(compose, cookies[0])
            else:
                await read_mine(compose, page)


async def read_mine_at_last(compose: Compose, cookie: str) -> None:
    """As a browser that is told of trouble, and tries again."""
    while True:
        try:
            await read_mine(compose, Page(cookie))
        except LOST:
            await anyio.sleep(0.2)
        else:
            return


async def read_mine(compose: Compose, page: Page) -> None:
    """In the page's own shell, or in a new one where it has none."""
    fresh = not page.shell
    async with page.connection(compose.address) as socket:
        await page.hello(socket)
        if fresh:
            await page.read_until(socket, b"$ ")
        await socket.send(b"Icat mine; echo do''ne\r")
        await page.read_until(socket, b"mine\r\ndone\r\n")


async def test_students_and_their_sandboxes_outlive_down_and_nothing_runs_after_it(
    compose: Compose,
) -> None:
    async with class_of(compose, 1) as cookies:
        page = Page(cookies[0])
        async with page.connection(compose.address) as socket:
            await page.hello(socket)
            await page.read_until(socket, b"$ ")
            await socket.send(b"Iecho mi''ne >mine; sync; echo wri''tten\r")
            await page.read_until(socket, b"written\r\n")
        await anyio.to_thread.run_sync(lambda: compose.as_written("docker compose down"))
        volumes = {f"{compose.project}_{name}" for name in ("data", "engine", "run", "shells")}
        assert set(compose.left()) == volumes
        await anyio.to_thread.run_sync(lambda: compose.as_written("docker compose up -d --wait"))
        async with browser_of(compose, cookies[0]) as browser:
            (await browser.post("/api/sandbox")).raise_for_status()
            with anyio.fail_after(WAIT_S):
                await until_ready(browser)
        await read_mine(compose, Page(cookies[0]))


async def test_down_with_volumes_leaves_nothing_at_all(compose: Compose) -> None:
    await anyio.to_thread.run_sync(lambda: compose.as_written("docker compose down -v"))
    assert compose.left() == []


@asynccontextmanager
async def class_of(compose: Compose, students: int) -> AsyncIterator[list[str]]:
    """Cookies of new students with sandboxes that are ready; given back in the end."""
    cookies = []
    for _ in range(students):
        async with browser_of(compose) as browser:
            (await browser.get("/")).raise_for_status()
            (await browser.post("/api/sandbox")).raise_for_status()
            cookies.append(browser.cookies[COOKIE])
    with anyio.fail_after(WAIT_S):
        for cookie in cookies:
            async with browser_of(compose, cookie) as browser:
                await until_ready(browser)
    yield cookies


@asynccontextmanager
async def browser_of(compose: Compose, cookie: str = "") -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Origin": compose.address}
    cookies = {COOKIE: cookie} if cookie else {}
    async with httpx.AsyncClient(
        base_url=compose.address, headers=headers, cookies=cookies, timeout=60
    ) as client:
        yield client


async def until_ready(browser: httpx.AsyncClient) -> None:
    while True:
        try:
            sandbox = (await browser.get("/api/sandbox")).json()
            if sandbox["state"] == "ready" and sandbox["nodes"][0]["state"] == "ready":
                return
            if (await browser.get("/healthz")).status_code == 200:
                await browser.post("/api/sandbox")
        except httpx.HTTPError:  # the app is not back yet
            pass
        await anyio.sleep(0.2)


async def until_running_again(compose: Compose, service: str, before: str) -> None:
    """It, and all that may have been told of its end."""
    while True:
        states = {name: compose.inspect(name)["State"] for name in SERVICES}
        healthy = all(state["Health"]["Status"] == "healthy" for state in states.values())
        if healthy and states[service]["StartedAt"] != before:
            return
        await anyio.sleep(0.2)


@contextmanager
def a_next_version(compose: Compose, service: str, repository: str) -> Iterator[None]:
    """Another image of a service, for as long as the test takes."""
    reference = f"{repository}:{NEXT}"
    with host_engine() as host:
        made = host.containers.create(f"{repository}:current")
        try:
            made.commit(repository, NEXT, changes=["LABEL next=true"])
        finally:
            made.remove(v=True)
    compose.override.write_text(json.dumps({"services": {service: {"image": reference}}}))
    try:
        yield
    finally:
        compose.override.unlink()
        compose.as_written("docker compose up -d --wait")
        with host_engine() as host:
            host.images.remove(reference, force=True)
