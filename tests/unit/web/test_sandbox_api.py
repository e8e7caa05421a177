"""A sandbox as the API tells it: none, starting, ready, reset, a node that stops, no engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app import __version__
from app.sandboxes.echo_engine import EchoEngine
from app.sandboxes.engine import STAGES
from tests.support.eventually import eventually
from tests.support.site import LESSON, Site, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.site import Student


@pytest.fixture(scope="module")
def engineless(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serving(tmp_path_factory.mktemp("engineless"), EchoEngine(reachable=False)) as site:
        yield site


def test_a_new_student_has_none(student: Student) -> None:
    view = student.sandbox()
    assert view["state"] == "none"
    assert view["nodes"] == []
    assert view["stages"] == list(STAGES)


def test_asking_for_one_starts_it_and_it_becomes_ready(student: Student) -> None:
    asked = student.http.post("/api/sandbox").json()
    assert asked["state"] in ("queued", "starting", "ready")
    view = student.wait_for("ready")
    assert [(node["name"], node["state"]) for node in view["nodes"]] == [("node1", "ready")]
    assert view["nodes"][0]["ip"]
    assert view["ends_at"].endswith("+00:00")


def test_asking_twice_changes_nothing(ready: Student) -> None:
    assert ready.http.post("/api/sandbox").json()["state"] == "ready"


def test_a_sandbox_is_its_students_alone(site: Site, ready: Student) -> None:
    assert ready.sandbox()["state"] == "ready"
    assert site.student().sandbox()["state"] == "none"


def test_a_reset_makes_a_fresh_one(ready: Student) -> None:
    ready.site.inside(lambda: ready.site.engine.stop(ready.id, "node1"))
    assert ready.http.delete("/api/sandbox").json()["state"] in ("starting", "ready")
    view = ready.wait_for("ready")
    assert view["nodes"][0]["state"] == "ready"


def test_a_reset_without_a_sandbox_makes_one(student: Student) -> None:
    student.http.delete("/api/sandbox")
    student.wait_for("ready")


def test_a_node_that_stops_is_noticed_and_can_be_restarted(ready: Student) -> None:
    ready.site.inside(lambda: ready.site.engine.stop(ready.id, "node1"))
    eventually(lambda: ready.sandbox()["nodes"][0]["state"] == "stopped")
    answer = ready.http.post("/api/sandbox/nodes/node1/restart")
    assert answer.json()["nodes"][0]["state"] == "ready"
    assert ready.sandbox()["nodes"][0]["state"] == "ready"


def test_a_node_that_is_not_there_cant_be_restarted(ready: Student) -> None:
    answer = ready.http.post("/api/sandbox/nodes/node3/restart")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


def test_health_is_fine_with_an_engine(site: Site) -> None:
    answer = site.client().get("/healthz")
    body = answer.json()
    assert answer.status_code == 200
    assert body["status"] == "ok"
    assert body["engine"]["reachable"] is True
    assert body["engine"]["version"]
    assert body["engine"]["isolation"]
    assert set(body["sandboxes"]) == {"running", "warm", "waiting", "capacity"}
    assert body["version"] == __version__


def test_health_is_503_without_an_engine_and_says_why(engineless: Site) -> None:
    answer = engineless.client().get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["engine"]["reachable"] is False
    assert answer.json()["engine"]["reason"] == "The class engine does not answer."


@pytest.mark.parametrize("path", ["/", f"/lessons/{LESSON}"])
def test_pages_can_be_read_without_an_engine_and_say_why(engineless: Site, path: str) -> None:
    answer = engineless.student().http.get(path)
    assert answer.status_code == 200
    assert "The class engine does not answer." in answer.text
    assert 'id="terminals-reason"' in answer.text
    assert "<lab-terminal" not in answer.text


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_no_sandbox_without_an_engine(engineless: Site, method: str) -> None:
    answer = engineless.student().http.request(method, "/api/sandbox")
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "engine_unavailable"
    assert answer.json()["error"]["hint"]


def test_quizzes_work_without_an_engine(engineless: Site) -> None:
    assert engineless.student().answer(0).status_code == 200
