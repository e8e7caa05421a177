"""What the class engine and every node may do, in one piece that can be printed and compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.hosting import class_engine
from app.sandboxes import posture, seccomp

if TYPE_CHECKING:
    from app.settings import Settings

# What a container gets that asks for nothing (moby, oci/caps/defaults.go).
DOCKER_DEFAULT = (
    "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD",
    "NET_BIND_SERVICE", "NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
)  # fmt: skip
# Told apart from the rest, because they have a table of their own.
APART = {"CapAdd", "CapDrop", "SecurityOpt"}


def rights(settings: Settings) -> dict[str, Any]:
    """``node``, ``network`` and ``class_engine``: capabilities, limits and what is refused."""
    node = posture.node(settings)
    outer = class_engine.container_config(settings, "slipway/node")["HostConfig"]
    return {
        "node": {
            "capabilities": {name: posture.CAPABILITIES.get(name, "") for name in effective(node)},
            "user_namespace": True,
            "no_new_privileges": "no-new-privileges" in node["SecurityOpt"],
            "settings": {key: value for key, value in node.items() if key not in APART},
            "refused_calls": refused_calls(),
        },
        "network": posture.network(),
        "class_engine": {
            "capabilities": effective(outer),
            "security_options": outer["SecurityOpt"],
            "settings": {key: value for key, value in outer.items() if key not in APART},
        },
    }


def effective(host_config: dict[str, Any]) -> list[str]:
    """The capabilities that are left of Docker's default set, and those that are added."""
    dropped = host_config.get("CapDrop", [])
    kept = [name for name in DOCKER_DEFAULT if name not in dropped and "ALL" not in dropped]
    return sorted({*kept, *host_config.get("CapAdd", [])})


def refused_calls() -> list[dict[str, Any]]:
    """One row for each reason; ``when`` tells of calls that are refused for some arguments only."""
    rows: dict[str, dict[str, Any]] = {}
    for rule in seccomp.profile()["syscalls"]:
        reason = rule["comment"]
        row = rows.setdefault(reason, {"reason": reason, "calls": [], "when": "always"})
        row["calls"] += [name for name in rule["names"] if name not in row["calls"]]
        if "args" in rule:
            row["when"] = "for some arguments"
    return list(rows.values())
