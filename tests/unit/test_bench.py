"""The measurements' own arithmetic: what a goal is about, and what a class runs out of first."""

from __future__ import annotations

import pytest

from bench.figures import Figure
from bench.machine import Use, next_bound


@pytest.mark.parametrize(
    ("judged", "value"), [("median", 2.0), ("mean", 4.0), ("p95", 9.0), ("max", 9.0)]
)
def test_a_goal_is_about_the_value_it_names(judged: str, value: float) -> None:
    figure = Figure("", "s", [1.0, 2.0, 9.0], goal=value, judged=judged)  # type: ignore[arg-type]
    assert figure.value == value
    assert figure.met
    assert not Figure("", "s", [1.0, 2.0, 9.0], goal=value - 0.1, judged=figure.judged).met


def test_where_more_is_better_the_goal_is_the_least() -> None:
    assert Figure("", "x", [1.0, 2.0, 9.0], goal=2, at_least=True).met
    assert not Figure("", "x", [1.0, 2.0, 9.0], goal=2.1, at_least=True).met


def test_what_runs_out_first_is_named_with_its_number() -> None:
    before = {"memory": Use(1000, 20_000, "MB"), "networks": Use(10, 8176, "")}
    now = {"memory": Use(4000, 20_000, "MB"), "networks": Use(110, 8176, "")}
    assert next_bound(100, before, now) == "memory at about 633 nodes (30 MB each)"


def test_what_nobody_uses_runs_out_never() -> None:
    still = {"terminals": Use(5, 4096, "")}
    assert next_bound(100, still, still) == "none in sight"
