"""The guide's table for the size of a machine comes from measured figures."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from app.settings import Settings
from bench import sizing

if TYPE_CHECKING:
    from pathlib import Path

CLASS_OF_30 = {
    "size": 30,
    "ready_s": 12.4,
    "engine_mb_per_node": 33.4,
    "processor_percent": [0.1, 0.3],
    "answers_s": [0.5, 1.24],
}
FOUND = {"machine": "Linux 6.1, 2 processors", "at": "2030-01-31T09:00", "classes": [CLASS_OF_30]}


def test_the_guide_has_a_place_for_the_table() -> None:
    guide = sizing.GUIDE.read_text()
    assert guide.count(sizing.START) == guide.count(sizing.END) == 1
    assert sizing.HEAD in guide


def test_a_row_has_what_the_settings_want_and_what_was_measured() -> None:
    assert sizing.row(CLASS_OF_30, Settings()) == (
        "| 30 | 3.9 GiB | 1.0 GB, 6 % of a core | 6.9 GiB | 12 s | 1.2 s |\n"
    )


def test_only_the_table_changes_and_twice_is_fine() -> None:
    guide = sizing.GUIDE.read_text()
    once = sizing.sized(guide, FOUND, Settings())
    assert sizing.sized(once, FOUND, Settings()) == once
    assert "Measured on Linux 6.1, 2 processors, 2030-01-31." in once
    assert once.partition(sizing.START)[0] == guide.partition(sizing.START)[0]
    assert once.partition(sizing.END)[2] == guide.partition(sizing.END)[2]


def test_the_last_bench_is_written_into_the_guide(tmp_path: Path) -> None:
    figures, guide = tmp_path / "bench.json", tmp_path / "operations.md"
    figures.write_text(json.dumps(FOUND))
    guide.write_text(sizing.GUIDE.read_text())
    sizing.main(figures, guide)
    assert sizing.row(CLASS_OF_30, Settings()) in guide.read_text()


def test_without_figures_it_says_how_to_get_some(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="make bench"):
        sizing.main(tmp_path / "bench.json")
    (tmp_path / "bench.json").write_text(json.dumps({**FOUND, "classes": []}))
    with pytest.raises(SystemExit, match="no sizes"):
        sizing.main(tmp_path / "bench.json")
