"""The dashboard and the alerts of docs/monitoring, in a real Prometheus before a site."""

from __future__ import annotations

import json
import math
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import yaml

from app.settings import ROOT
from tests.support.eventually import eventually
from tests.support.ports import free_port
from tests.support.programs import program
from tests.support.site import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.site import Site

EXAMPLES = ROOT / "docs" / "monitoring"
ALERTS = [
    rule
    for group in yaml.safe_load((EXAMPLES / "alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]
EXPRESSIONS = [
    target["expr"]
    for panel in json.loads((EXAMPLES / "grafana.json").read_text())["panels"]
    for target in panel.get("targets", ())
]
PASSWORD = "a password of the tests"  # noqa: S105
# Each series of a fault, and the alert that it is; all others are quiet then.
FAULTS = {
    'up{job="slipway"}': ("0", "SlipwayDown"),
    "slipway_class_engine_up": ("0", "SlipwayEngineDown"),
    "slipway_class_engine_registry_up": ("0", "SlipwayRegistryDown"),
    "slipway_queue_students": ("4", "SlipwayQueue"),
    'slipway_sandboxes{state="ready"}': ("46", "SlipwayFull"),
    "slipway_class_engine_memory_free_bytes": ("2000000000", "SlipwayMemoryLow"),
    "slipway_class_engine_disk_free_bytes": ("2000000000", "SlipwayDiskLow"),
    "slipway_sandbox_failures_total": ("0+1x240", "SlipwaySandboxesFail"),
    "slipway_draining": ("1", "SlipwayDrainForgotten"),
    'process_open_fds{job="slipway"}': ("900", "SlipwayOpenFiles"),
}
FINE = {
    'up{job="slipway"}': "1",
    "slipway_class_engine_up": "1",
    "slipway_class_engine_registry_up": "1",
    "slipway_queue_students": "0",
    "slipway_draining": "0",
    'slipway_sandboxes{state="ready"}': "0",
    "slipway_sandboxes_capacity": "50",
    "slipway_class_engine_memory_free_bytes": "9000000000",
    "slipway_class_engine_disk_free_bytes": "9000000000",
    "slipway_sandbox_failures_total": "0",
    'process_open_fds{job="slipway"}': "90",
    'process_max_fds{job="slipway"}': "1000",
}
AT = "2h"


class Prometheus:
    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def ask(self, path: str, **parameters: str) -> Any:  # noqa: ANN401 - JSON
        answer = self._client.get(f"/api/v1/{path}", params=parameters).json()
        assert answer["status"] == "success", answer
        return answer["data"]

    def values(self, expression: str) -> list[float]:
        """Those that are numbers: a quantile of nothing is none."""
        rows = self.ask("query", query=expression)["result"]
        found = [float(row["value"][1]) for row in rows]
        return [value for value in found if not math.isnan(value)]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with serving(tmp_path / "state", instructor_password=PASSWORD) as site:
        yield site


@contextmanager
def watching(site: Site, folder: Path) -> Iterator[Prometheus]:
    """Asks several times a second, and is otherwise as in the example."""
    port = free_port()
    secret = folder / "password"
    secret.write_text(PASSWORD)
    text = (EXAMPLES / "prometheus.yml").read_text()
    for old, new in {
        "interval: 15s": "interval: 300ms",
        "alerts.yml": str(EXAMPLES / "alerts.yml"),
        "/etc/prometheus/slipway-password": str(secret),
        "127.0.0.1:8000": site.url.removeprefix("http://"),
    }.items():
        assert old in text
        text = text.replace(old, new)
    config = folder / "prometheus.yml"
    config.write_text(text)
    command = [program("prometheus"), f"--config.file={config}", f"--storage.tsdb.path={folder}/db"]
    command += [f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn"]
    log = folder / "log"
    with (
        log.open("w") as errors,
        subprocess.Popen(command, cwd=folder, stderr=errors) as process,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client,
    ):
        try:
            eventually(lambda: process.poll() is not None or _is_ready(client))
            assert process.poll() is None, log.read_text()
            yield Prometheus(client)
        finally:
            process.terminate()


def _is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/-/ready").is_success
    except httpx.TransportError:
        return False


def test_every_panel_shows_something_of_a_site_that_is_used_and_all_rules_are_sound(
    site: Site, tmp_path: Path
) -> None:
    with watching(site, tmp_path) as prometheus:
        eventually(lambda: prometheus.values('up{job="slipway"} == 1'))
        site.student().start().be_counted()
        empty = set(EXPRESSIONS)

        def all_shown() -> bool:
            empty.difference_update([each for each in empty if prometheus.values(each)])
            return not empty or empty == {each for each in empty if "quantile" in each}

        eventually(all_shown)
        # Waits that were over before the first look have no rate; that there is a series is enough.
        assert all(prometheus.ask("query", query=each)["result"] for each in empty)
        for rule in ALERTS:
            prometheus.ask("query", query=rule["expr"])
        rules = prometheus.ask("rules")["groups"][0]["rules"]
        assert {rule["name"] for rule in rules} == {rule["alert"] for rule in ALERTS}
        assert {rule["health"] for rule in rules} <= {"ok", "unknown"}


def test_each_fault_raises_its_alert_and_no_other(tmp_path: Path) -> None:
    assert {alert for _, alert in FAULTS.values()} == {rule["alert"] for rule in ALERTS}
    tests = [
        {
            "interval": "1m",
            "name": alert,
            "input_series": [
                {"series": name, "values": value if "x" in value else f"{value}x240"}
                for name, value in {**FINE, series: fault}.items()
            ],
            "promql_expr_test": [
                {
                    "expr": 'count by (alertname) (ALERTS{alertstate="firing"})',
                    "eval_time": AT,
                    "exp_samples": [{"labels": f'{{alertname="{alert}"}}', "value": 1}],
                }
            ],
        }
        for series, (fault, alert) in FAULTS.items()
    ]
    file = tmp_path / "alerts.test.yml"
    document = {"rule_files": [str(EXAMPLES / "alerts.yml")], "tests": tests}
    file.write_text(yaml.safe_dump(document))
    done = subprocess.run(
        [program("promtool"), "test", "rules", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
