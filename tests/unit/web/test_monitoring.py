"""What those who look after a site are told, and who may know it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.sandboxes.echo_engine import EchoEngine
from app.settings import ROOT
from tests.support.engines import SurprisingEngine
from tests.support.eventually import eventually
from tests.support.site import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

    from tests.support.site import Site

PASSWORD = "a password of the tests"  # noqa: S105
DASHBOARD = ROOT / "docs" / "monitoring" / "grafana.json"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Site]:
    """A site whose figures nobody else changes."""
    with serving(tmp_path) as site:
        yield site


def figures(client: httpx.Client) -> dict[str, float]:
    answer = client.get("/metrics")
    answer.raise_for_status()
    return {
        sample.name + "".join(f"{{{value}}}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_what_students_do_is_counted(own: Site) -> None:
    client = own.client()
    before = figures(client)
    assert before["slipway_sandboxes{ready}"] == 0
    student = own.student().start()
    student.check()
    student.http.get("/lessons/nowhere")
    with student.terminal() as tty:
        tty.hello().type("hello there")
        tty.wait_for("hello there")
        during = figures(client)
    assert during["slipway_sandboxes{ready}"] == 1
    assert during["slipway_class_engine_up"] == 1
    assert during["slipway_shells"] == during["slipway_shells_viewers"] == 1
    assert during["slipway_terminal_typed_bytes_total"] == len("hello there")
    assert during["slipway_errors_total{not_found}"] == 1
    checked = [name for name in during if name.startswith("slipway_checks_total")]
    assert sum(during[name] for name in checked) == 1
    assert eventually(lambda: figures(client)["slipway_terminal_sent_bytes_total"])


def test_the_wait_for_a_sandbox_is_measured(own: Site) -> None:
    own.student().start()
    assert figures(own.client())["slipway_sandbox_wait_seconds_count"] == 1


def test_the_first_prompt_is_measured_once_and_every_echo(own: Site) -> None:
    student = own.student().start()
    for name, word in (("main", "hello"), ("more", "again")):
        with student.terminal(name) as tty:
            tty.hello().wait_for("$")
            for letter in word:
                tty.type(letter)
                tty.wait_for(word[: word.index(letter) + 1])
    now = figures(own.client())
    assert now["slipway_prompt_wait_seconds_count"] == 1
    assert now["slipway_prompt_wait_seconds_sum"] >= now["slipway_sandbox_wait_seconds_sum"]
    assert 2 <= now["slipway_terminal_echo_seconds_count"] <= 10


def test_what_a_page_missed_is_replayed_or_gone(own: Site) -> None:
    student = own.student().start()
    with student.terminal() as tty:
        tty.hello().type("hello")
        tty.wait_for("hello")
        seen = tty.next_seq
    with student.terminal() as again:
        again.hello(seen - 3, 24, 80, tty.shell).wait_for("llo")
    assert figures(own.client())["slipway_terminal_replayed_bytes_total"] == 3
    assert figures(own.client())["slipway_terminal_skipped_bytes_total{gone}"] == 0


def test_a_sandbox_that_does_not_start_is_counted(tmp_path: Path) -> None:
    engine = SurprisingEngine()
    engine.surprise = "create"
    with serving(tmp_path, engine, warm_sandboxes=0) as site:
        student = site.student()
        student.http.post("/api/sandbox")
        student.wait_for("failed")
        assert figures(site.client())["slipway_sandbox_failures_total"] == 1


def test_the_class_engine_and_the_stock_are_told(own: Site) -> None:
    client = own.client()
    eventually(lambda: figures(client)["slipway_sandboxes_warm"])
    now = figures(client)
    assert now["slipway_sandboxes_warm_wanted"] >= 1
    assert now["slipway_class_engine_registry_up"] == 1
    assert now["slipway_class_engine_memory_free_bytes"] > 0
    assert [name for name in now if name.startswith("slipway_class_engine_info{")]
    assert now["process_open_fds"] > 0


def test_nobody_is_named(own: Site) -> None:
    student = own.student().start()
    assert student.id not in own.client().get("/metrics").text


@pytest.mark.parametrize(
    ("name", "password", "status"),
    [("", "", 401), ("x", "wrong", 401), ("", PASSWORD, 200), ("prometheus", PASSWORD, 200)],
)
def test_where_there_is_a_password_figures_need_it(
    tmp_path: Path, name: str, password: str, status: int
) -> None:
    with serving(tmp_path, instructor_password=PASSWORD) as site:
        auth = (name, password) if name or password else None
        assert site.client().get("/metrics", auth=auth).status_code == status


@pytest.mark.parametrize("header", ["Basic", "Basic %%%", "Basic /w==", "Bearer x", "Basic eDo="])
def test_a_malformed_password_is_a_wrong_one(tmp_path: Path, header: str) -> None:
    with serving(tmp_path, public_url="https://course.example") as site:
        answer = site.client().get("/metrics", headers={"Authorization": header})
        assert answer.status_code == 401


def test_an_app_without_a_class_engine_lives_and_is_not_ready(tmp_path: Path) -> None:
    with serving(tmp_path, EchoEngine(reachable=False)) as site:
        client = site.client()
        assert client.get("/healthz").status_code == 503
        assert client.get("/healthz/live").json()["status"] == "alive"
        assert figures(client)["slipway_class_engine_up"] == 0


def test_the_dashboard_shows_what_there_is_and_the_guide_explains_it(own: Site) -> None:
    own.student().start().be_counted()
    there = {name.partition("{")[0] for name in figures(own.client())}
    shown = {
        name
        for panel in json.loads(DASHBOARD.read_text())["panels"]
        for target in panel.get("targets", ())
        for name in re.findall(r"(?:slipway|process)_\w+", target["expr"])
    }
    assert shown <= there
    guide = (ROOT / "docs" / "operations.md").read_text()
    parts = re.compile(r"_(bucket|count|sum|created)$")
    for name in {parts.sub("", name) for name in there if name.startswith("slipway_")}:
        assert f"`{name}" in guide


def test_every_answer_has_an_id_of_its_own(own: Site) -> None:
    client = own.client()
    ids = {client.get(path).headers["X-Request-Id"] for path in ("/", "/nowhere", "/api/sandbox")}
    assert len(ids) == 3
