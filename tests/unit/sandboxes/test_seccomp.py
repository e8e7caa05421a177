"""The filter of system calls: readable, without contradictions, and no wider than it says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.sandboxes.seccomp import CLONE_NEWUSER, ENOSYS, FAMILIES, REFUSED, profile

# clone3 is missing on purpose: who gets ENOSYS for it uses clone.
NEEDED_BY_AN_INNER_ENGINE = {
    "clone", "keyctl", "mount", "pivot_root", "prctl", "setns", "umount2", "unshare",
}  # fmt: skip
LOWER_HALF = 0xFFFFFFFF


def verdict(call: str, first: int = 0) -> int:
    """The errno of the rule that meets a call with this first argument; 0 where none does."""
    for rule in profile()["syscalls"]:
        if call in rule["names"] and all(_meets(where, first) for where in rule.get("args", [])):
            return int(rule["errnoRet"])
    return 0


def _meets(where: dict[str, Any], argument: int) -> bool:
    assert where["index"] == 0
    if where["op"] == "SCMP_CMP_GT":
        return argument > int(where["value"])
    assert where["op"] == "SCMP_CMP_MASKED_EQ"
    return argument & int(where["value"]) == int(where["valueTwo"])


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


@pytest.mark.parametrize("upper", [0, 1 << 32])
@pytest.mark.parametrize("family", range(1, 64))
def test_only_families_of_the_course_make_sockets(family: int, upper: int) -> None:
    """The kernel looks at the lower half of the argument; a filter that does not has a hole."""
    refused = verdict("socket", family | upper) != 0
    assert verdict("socketpair", family | upper) == verdict("socket", family | upper)
    assert refused is (family not in FAMILIES or upper != 0)


def test_a_user_namespace_inside_the_node_s_is_refused_among_other_flags() -> None:
    new_mounts = 0x00020000
    for call in ("clone", "unshare"):
        assert verdict(call, CLONE_NEWUSER | new_mounts) != 0
        assert verdict(call, new_mounts) == 0


def test_a_call_whose_flags_can_t_be_seen_is_said_to_be_missing() -> None:
    assert verdict("clone3") == ENOSYS
