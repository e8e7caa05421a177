"""What the lessons need of this machine's kernel, tried out, and the limits that a class shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.hosting import kernel_limits

if TYPE_CHECKING:
    from docker.models.containers import Container

    from app.settings import Settings

PROBE_TIMEOUT_S = 10
# Interfaces and mounts of a probe live in namespaces of its own, and end with it.
APART = ("timeout", str(PROBE_TIMEOUT_S), "unshare", "-n", "-m", "sh", "-c")
CABLE = "ip link add slip0 type veth peer name slip1"


@dataclass(frozen=True, slots=True)
class Feature:
    """``probe`` succeeds where the kernel has it; ``needed`` tells whether lessons end without."""

    name: str
    probe: str
    loss: str
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Limit:
    """A number that the kernel counts for all students together, and what a class wants of it."""

    name: str
    wanted: int
    why: str


FEATURES = (
    Feature(
        "overlay",
        "mount -t tmpfs t /mnt && cd /mnt && mkdir l u w m && "
        "mount -t overlay -o lowerdir=l,upperdir=u,workdir=w o m",
        "no container can be made at all",
    ),
    Feature("veth", CABLE, "no container has a network"),
    Feature("bridge", "ip link add slip0 type bridge", "no container has a network"),
    Feature(
        "br_netfilter",
        "[ -e /proc/sys/net/bridge/bridge-nf-call-iptables ]",
        "a student can call the registry in another one's name, and lessons on --icc=false and "
        "on traffic inside a network lose their rules",
    ),
    Feature(
        "vxlan",
        "ip link add slip0 type vxlan id 42 dstport 4789",
        "lessons on Swarm and overlay networks: containers on two nodes don't reach each other",
    ),
    Feature(
        "macvlan",
        f"{CABLE} && ip link add link slip0 name slip2 type macvlan",
        "lessons on macvlan networks: they can't be made",
    ),
    Feature(
        "ipvlan",
        f"{CABLE} && ip link add link slip0 name slip2 type ipvlan",
        "lessons on ipvlan networks: they can't be made",
        needed=False,
    ),
    Feature(
        "ip_vs",
        "[ -e /proc/net/ip_vs ]",
        "in lessons on Swarm a service's virtual address and the routing mesh do not answer; "
        "tasks.NAME and --endpoint-mode dnsrr do",
        needed=False,
    ),
)


def missing_features(class_engine: Container) -> list[Feature]:
    """Each is tried in the class engine's container, where nodes get theirs from."""
    return [
        feature
        for feature in FEATURES
        if class_engine.exec_run([*APART, f"{{ {feature.probe}; }} >/dev/null 2>&1"]).exit_code
    ]


WHY = {
    "kernel.pid_max": "processes and threads of the whole machine",
    "kernel.pty.max": "terminals of the whole machine",
    "fs.inotify.max_user_instances": "watches on files, per user",
    "fs.pipe-user-pages-soft": "pages of pipes, per user",
    "net.ipv4.neigh.default.gc_thresh3": "neighbours known in all networks together",
}


def limits(settings: Settings) -> list[Limit]:
    """All nodes are one user of the machine, so one student can use up what is counted per user."""
    wanted = kernel_limits.wanted(settings)
    return [
        Limit("kernel.keys.maxkeys", 200, "keys of containers, per user; ours make none"),
        *(Limit(name, wanted[name], why) for name, why in WHY.items()),
    ]
