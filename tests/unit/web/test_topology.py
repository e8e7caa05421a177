"""The picture of a student's networks, asked for and told, on nodes made of air."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.events import listening

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.support.site import Site, Student


def names(topology: dict[str, Any], what: str) -> list[str]:
    return [row["name"] for row in topology["nodes"][0][what]]


def doing(student: Student, act: Callable[[Any], object]) -> Callable[[], Awaitable[None]]:
    """``act`` with the student's first node, for the server's own event loop."""

    async def run() -> None:
        act(student.site.engine.docker(student.id))

    return run


def test_it_shows_what_every_node_has_from_the_start(ready: Student) -> None:
    topology = ready.http.get("/api/topology").json()
    assert [node["name"] for node in topology["nodes"]] == ["node1"]
    assert topology["nodes"][0]["state"] == "ready"
    assert topology["nodes"][0]["engine"] == "echo"
    assert names(topology, "networks") == ["bridge", "host", "none"]
    assert topology["services"] == []


def test_without_a_sandbox_there_is_nothing_in_it(student: Student) -> None:
    assert student.http.get("/api/topology").json()["nodes"] == []


def test_a_stranger_has_none(site: Site) -> None:
    assert site.client().get("/api/topology").status_code == 403


def test_changes_are_told_with_growing_versions(ready: Student) -> None:
    with listening(ready, "topology") as events:
        seen = [next(events)[1]]
        while not seen[-1]["nodes"][0]["networks"]:
            seen.append(next(events)[1])
        ready.site.inside(doing(ready, lambda docker: docker.add_network("dev")))
        while "dev" not in names(seen[-1], "networks"):
            seen.append(next(events)[1])
        ready.site.inside(doing(ready, lambda docker: docker.add_container("web", "dev")))
        while "web" not in names(seen[-1], "containers"):
            seen.append(next(events)[1])
    versions = [topology["version"] for topology in seen]
    assert versions == sorted(versions)
    (endpoint,) = seen[-1]["nodes"][0]["containers"][0]["endpoints"]
    assert endpoint["network"] == "dev"


def test_a_node_that_stops_is_drawn_as_stopped(ready: Student) -> None:
    with listening(ready, "topology") as events:
        next(events)
        ready.site.inside(lambda: ready.site.engine.stop(ready.id, "node1"))
        while next(events)[1]["nodes"][0]["state"] != "stopped":
            pass


def test_it_is_told_to_nobody_else(ready: Student, student: Student) -> None:
    with listening(student, "topology", "sandbox") as events:
        assert next(events)[0] == "sandbox"
        assert next(events)[1]["nodes"] == []
        ready.http.get("/api/topology")
        student.http.post("/api/sandbox")
        assert next(events)[0] == "sandbox"
