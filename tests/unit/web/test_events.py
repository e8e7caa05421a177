"""Server-sent events: the present first, then what changes, to the student it concerns."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from app.news import MAX_LISTENERS_PER_STUDENT, MAX_WAITING_NEWS, News, NewsDesk
from tests.support.checks import CheckingEngine
from tests.support.events import listening
from tests.support.site import LESSON, STEP, serving

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.site import Site, Student


def test_the_sandbox_as_it_is_comes_first(ready: Student) -> None:
    with listening(ready) as events:
        kind, data = next(events)
    assert kind == "sandbox"
    assert data["state"] == "ready"
    assert data["nodes"]


def test_changes_follow_in_order(student: Student) -> None:
    with listening(student) as events:
        assert next(events)[1]["state"] == "none"
        student.http.post("/api/sandbox")
        states = []
        while "ready" not in states:
            states.append(next(events)[1]["state"])
    assert states[0] in ("queued", "starting")
    assert set(states) <= {"queued", "starting", "ready"}


def test_a_node_that_stops_is_news(ready: Student) -> None:
    with listening(ready) as events:
        next(events)
        ready.site.inside(lambda: ready.site.engine.stop(ready.id, "node1"))
        assert next(events)[1]["nodes"][0]["state"] == "stopped"


def test_a_step_that_passes_is_news_to_every_tab_of_its_student_only(tmp_path: Path) -> None:
    with serving(tmp_path, CheckingEngine(0)) as site:
        one, two = site.student().start(), site.student().start()
        with listening(one) as tab, listening(one) as other_tab, listening(two) as stranger:
            for events in (tab, other_tab, stranger):
                next(events)
            one.check()
            news = ("step", {"lesson": LESSON, "step": STEP, "passed": True})
            assert next(tab) == next(other_tab) == news
            site.inside(lambda: site.engine.stop(two.id, "node1"))
            assert next(stranger)[0] == "sandbox"


def test_a_stranger_hears_nothing(site: Site) -> None:
    assert site.client().get("/api/events").status_code == 403


@pytest.mark.anyio
async def test_a_page_that_does_not_listen_loses_the_oldest_news() -> None:
    desk = NewsDesk()
    with desk.listen("ann") as listener:
        for number in range(MAX_WAITING_NEWS + 1):
            desk.tell("ann", News("step", {"number": number}))
        assert await listener.next() == News("step", {"number": 1})


@pytest.mark.anyio
async def test_the_oldest_of_too_many_pages_is_dismissed() -> None:
    desk = NewsDesk()
    with ExitStack() as pages:
        listeners = [
            pages.enter_context(desk.listen("ann")) for _ in range(MAX_LISTENERS_PER_STUDENT + 1)
        ]
        desk.tell("ann", News("step", {"number": 1}))
        assert await listeners[-1].next() == News("step", {"number": 1})
        assert await listeners[0].next() is None
