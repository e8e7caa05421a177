"""The filter of system calls: readable, without contradictions, and no wider than it says."""

from __future__ import annotations

import json

from app.sandboxes.seccomp import REFUSED, profile

NEEDED_BY_AN_INNER_ENGINE = {
    "clone", "clone3", "keyctl", "mount", "pivot_root", "prctl", "setns", "umount2", "unshare",
}  # fmt: skip


def test_no_call_is_refused_for_two_reasons() -> None:
    names = [name for group in REFUSED.values() for name in group]
    assert sorted(names) == sorted(set(names))


def test_what_an_inner_engine_needs_is_allowed() -> None:
    assert not NEEDED_BY_AN_INNER_ENGINE & {name for group in REFUSED.values() for name in group}


def test_every_rule_refuses_and_says_why() -> None:
    for rule in profile()["syscalls"]:
        assert rule["action"] == "SCMP_ACT_ERRNO"
        assert rule["comment"]
        assert rule["names"]


def test_32_bit_calls_are_filtered_too() -> None:
    architectures = json.dumps(profile()["archMap"])
    assert "SCMP_ARCH_X86" in architectures
    assert "SCMP_ARCH_X32" in architectures


def test_a_whole_family_is_refused_by_its_number_alone() -> None:
    families = [rule for rule in profile()["syscalls"] if "args" in rule]
    assert [rule["args"][0]["valueTwo"] for rule in families] == [38, 40]
