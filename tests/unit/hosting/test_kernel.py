"""The kernel's features and limits become findings that say what is lost and how to mend it."""

from __future__ import annotations

from types import SimpleNamespace

from app.hosting.kernel import FEATURES, limits, missing_features
from app.settings import Settings


class ContainerWithout:
    """Runs a probe as the kernel would that lacks one feature."""

    def __init__(self, probe: str) -> None:
        self._probe = probe

    def exec_run(self, command: list[str]) -> SimpleNamespace:
        return SimpleNamespace(exit_code=1 if self._probe in command[-1] else 0)


def test_a_feature_whose_probe_fails_is_missing() -> None:
    for feature in FEATURES:
        container = ContainerWithout(f"{{ {feature.probe}; }}")
        assert missing_features(container) == [feature]  # type: ignore[arg-type]


def test_nothing_is_missing_where_all_probes_succeed() -> None:
    assert missing_features(ContainerWithout("no such probe")) == []  # type: ignore[arg-type]


def test_every_feature_says_what_is_lost_without_it() -> None:
    assert all(feature.loss for feature in FEATURES)
    assert {"vxlan", "ip_vs", "br_netfilter", "macvlan", "overlay"} <= {f.name for f in FEATURES}


def test_more_students_want_higher_limits() -> None:
    few = {limit.name: limit.wanted for limit in limits(Settings(max_sandboxes=1))}
    many = {limit.name: limit.wanted for limit in limits(Settings(max_sandboxes=1000))}
    assert few["kernel.pid_max"] < many["kernel.pid_max"]
