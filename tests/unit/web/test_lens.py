"""The packet lens over HTTP, on nodes made of air: what it refuses, and what needs no packet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import httpx

    from tests.support.site import Site, Student

NODE = {"kind": "node", "node": "node1"}


def ask(student: Student, source: Any, target: Any, **more: Any) -> httpx.Response:  # noqa: ANN401
    body = {"source": source, "target": target, **more}
    return student.http.post("/api/topology/lens", json=body)


def adding(
    student: Student, name: str, network: str, found: list[str]
) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        docker = student.site.engine.docker(student.id)
        found.append(docker.add_container(name, network))
        docker.containers[found[-1]]["State"] = "exited" if name == "rest" else "running"

    return run


def container(student: Student, name: str, network: str = "bridge") -> dict[str, str]:
    found: list[str] = []
    student.site.inside(adding(student, name, network, found))
    return {"kind": "container", "node": "node1", "container": found[0]}


def test_what_is_not_running_is_told_as_an_answer(ready: Student) -> None:
    answer = ask(ready, NODE, container(ready, "rest"), probe="http")
    assert answer.status_code == 200, answer.text
    passage = answer.json()
    assert passage["arrived"] is False
    assert passage["verdict"].startswith("rest is not running (exited).")
    assert passage["hint"] == "docker start rest"
    assert [hop["what"] for hop in passage["hops"]] == ["stop"]


def test_a_container_without_a_network_has_no_address(ready: Student) -> None:
    passage = ask(ready, container(ready, "loner", "none"), NODE).json()
    assert "on no network" in passage["verdict"]


def test_an_end_that_is_gone_is_not_found(ready: Student) -> None:
    gone = {"kind": "container", "node": "node1", "container": "c" * 64}
    answer = ask(ready, NODE, gone)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("source", "target", "more", "status"),
    [
        (NODE, {"kind": "name", "name": "-rf"}, {}, 422),
        (NODE, {"kind": "name", "name": "a b"}, {}, 422),
        (NODE, {"kind": "name", "name": "x" * 64}, {}, 422),
        (NODE, {"kind": "name"}, {}, 400),
        (NODE, {"kind": "container", "node": "node1"}, {}, 400),
        (NODE, {"kind": "container", "node": "node1", "container": "../../x"}, {}, 422),
        (NODE, {"kind": "node", "node": "$(reboot)"}, {}, 422),
        (NODE, {"kind": "node"}, {}, 400),
        ({"kind": "name", "name": "web"}, NODE, {}, 400),
        (NODE, NODE, {"probe": "flood"}, 422),
        (NODE, NODE, {"port": 0}, 422),
        (NODE, NODE, {"port": 65_536}, 422),
        ({}, {}, {}, 422),
        (NODE, {"kind": "node", "node": "node9"}, {}, 404),
    ],
)
def test_what_makes_no_sense_is_refused(
    ready: Student, source: object, target: object, more: dict[str, Any], status: int
) -> None:
    assert ask(ready, source, target, **more).status_code == status


def test_only_the_own_page_and_a_known_student_may_ask(site: Site, ready: Student) -> None:
    assert site.client().post("/api/topology/lens", json={}).status_code == 403
    ready.http.headers["Origin"] = "https://elsewhere.example"
    assert ask(ready, NODE, NODE).status_code == 403


def test_without_a_sandbox_there_is_nothing_to_look_at(student: Student) -> None:
    answer = ask(student, NODE, NODE)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "sandbox_unavailable")


def test_so_many_looks_a_minute_and_no_more(ready: Student) -> None:
    rest = container(ready, "rest")
    statuses = {ask(ready, NODE, rest).status_code for _ in range(21)}
    assert statuses == {200, 429}
