"""The check library on a real node: what each function says about containers that are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.lessons.load import load_check_library
from app.settings import Settings
from tests.support.engine import a_student, output_of, run

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from app.sandboxes.docker_engine import DockerEngine

pytestmark = pytest.mark.anyio
LIBRARY = load_check_library(Settings().content_dir)
SLOWEST_S = 0.3
TRIES = 20
LIVE = "sleep 3600"
WORLD = f"""
docker network create dev
docker network create prod
docker run -d --name es --network dev --network-alias search alpine {LIVE}
docker run -d --name box alpine {LIVE}
docker network connect prod box
docker network connect --alias search prod es
docker create --name idle --network dev alpine
docker run -d -p 8080:80 -p 8888:80 --name web nginx
"""
TRUE = (
    "asked networks/dev | jq -e '.Name == \"dev\"'",
    "! asked networks/nowhere",
    "exists es",
    "exists idle",
    "running es",
    "on_net es dev",
    "on_net es prod",
    "on_net box bridge",
    "alias_on es dev search",
    "net dev",
    '[ "$(netf dev "{{.Driver}}")" = bridge ]',
    '[ "$(netf dev "{{.Driver}}")" = "$(netf prod "{{.Driver}}")" ]',
    "ip_on es dev | grep -Eq '^[0-9.]+$'",
    '[ -d "/proc/$(pid_of es)" ]',
    'inns es ip -o -4 addr | grep -q " $(ip_on es dev)/"',
    '[ "$(dns es es.dev)" = "$(ip_on es dev)" ]',
    '[ "$(dns es search)" = "$(ip_on es dev)" ] || [ "$(dns es search)" = "$(ip_on es prod)" ]',
    '[ "$(dns box es)" = "$(ip_on es prod)" ]',
    "published web",
    '[ "$(hport web 80)" = 8080 ]',
    '[ "$(hports web 80 | tr "\\n" " ")" = "8080 8888 " ]',
    "eventually 5 '[ \"$(code http://127.0.0.1:8080/)\" = 200 ]'",
    "outsiders_reach 8080",
    "event 0 event=start container=es",
    "event 0 event=create image=nginx",
    "event 0 event=connect network=prod type=network",
    "event 0 event=start name=web",
)
FALSE = (
    'exists "$(docker container inspect -f "{{.Id}}" es | cut -c1-6)"',
    "exists nobody",
    "running idle",
    "on_net es bridge",
    "on_net idle dev",
    "on_net nobody dev",
    "alias_on es dev es2",
    "alias_on es bridge search",
    "alias_on box prod search",
    "net de",
    "netf de '{{.Driver}}' | grep .",
    "ip_on es bridge",
    "ip_on nobody dev",
    "pid_of idle",
    "inns idle true",
    "dns es nobody | grep .",
    "dns idle es",
    "published es",
    "hport web 81 | grep .",
    "outsiders_reach 8081",
    "event 0 event=die container=es",
    "event 0 event=start name=we",
    'event "$(($(date +%s) + 1))" event=start',
    "event 0 event=start image=alpine name=web",
)
CALLS = (
    "asked networks/dev",
    "exists es",
    "running es",
    "net dev",
    "netf dev '{{.Driver}}'",
    "on_net es dev",
    "ip_on es dev",
    "alias_on es dev search",
    "pid_of es",
    "inns es true",
    "dns es search",
    "dns es nobody",
    "published web",
    "hport web 80",
    "hports web 80",
    "code http://127.0.0.1:8080/",
    "outsiders_reach 8080",
    "event 0 event=start",
    "eventually 1 true",
)


@pytest.fixture(scope="module")
async def world(engine: DockerEngine) -> AsyncIterator[str]:
    async with a_student(engine) as student:
        await output_of(engine, student, f"set -e; ({WORLD}) 2>&1")
        yield student


@pytest.mark.parametrize("question", TRUE)
async def test_it_is_true(engine: DockerEngine, world: str, question: str) -> None:
    assert await ask(engine, world, question) == 0


@pytest.mark.parametrize("question", FALSE)
async def test_it_is_false(engine: DockerEngine, world: str, question: str) -> None:
    assert await ask(engine, world, question) in (1, 4)


async def test_events_tell_how_a_container_ended_and_what_was_run_in_it(
    engine: DockerEngine, world: str
) -> None:
    done = "docker run --rm --network dev alpine ping -c 1 es; docker exec box cat /etc/hosts"
    since = await output_of(engine, world, f"date +%s; ({done}) >/dev/null")
    for question, status in {
        "event=die image=alpine exitCode=0": 0,
        "event=die image=alpine exitCode=1": 4,
        "container=box command=^cat": 0,
        "container=box 'command=cat /etc/hosts$'": 0,
        "container=es command=cat": 4,
        "command=^hosts": 4,
    }.items():
        assert await ask(engine, world, f"event {since} {question}") == status, question


async def test_nothing_that_is_asked_makes_or_changes_a_container(
    engine: DockerEngine, world: str
) -> None:
    look = "docker ps -aq; docker network ls -q; docker volume ls -q"
    before = await output_of(engine, world, look)
    # To the fraction of a second: an earlier test may have changed something in this very one.
    since = await output_of(engine, world, "jq -n now")
    for question in (*TRUE, *FALSE):
        await ask(engine, world, question)
    assert await output_of(engine, world, look) == before
    happened = f"docker events --since {since} --until $(jq -n now)"
    assert await output_of(engine, world, happened) == ""


@pytest.mark.parametrize("call", CALLS)
async def test_an_answer_takes_less_than_a_third_of_a_second(
    engine: DockerEngine, world: str, call: str
) -> None:
    """Once of some tries: the machine may do something else meanwhile."""
    clock = "awk '{ print int($1 * 100) }' /proc/uptime"
    timed = f"{LIBRARY}\nstart=$({clock}); {call} >/dev/null; echo $(($({clock}) - start))"
    spent: list[float] = []
    while not spent or min(spent) >= SLOWEST_S:
        assert len(spent) < TRIES, spent
        spent.append(int(await output_of(engine, world, timed)) / 100)


async def ask(engine: DockerEngine, student: str, question: str) -> int:
    result = await run(engine, student, f"{LIBRARY}\n{question}")
    assert not result.timed_out
    return result.exit_code
