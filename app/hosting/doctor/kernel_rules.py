"""What the kernel allows: user namespaces, cgroups, modules, and what one student could abuse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.hosting import kernel
from app.hosting.doctor.finding import Finding, bad, good

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.hosting.doctor.machine import Machine
    from app.settings import Settings

# The first that lets a node's own engine mount an overlay in its user namespace.
OLDEST_KERNEL = (5, 11)
CGROUPS = "/sys/fs/cgroup"
CONTROLLERS = {
    "memory": "one student could take all memory of the machine",
    "pids": "one student could start processes until nobody else can",
    "cpu": "one student could take all processors",
}
KEEP = "and the same line in /etc/sysctl.d/slipway.conf, so that it stays."
# What the image's /etc/subuid gives to nodes.
FIRST_ID, IDS = 200_000, 65_536


def kernel_version(machine: Machine) -> Iterator[Finding]:
    version = machine.kernel()
    shown = ".".join(map(str, version))
    if version == (0, 0):
        return
    if version < OLDEST_KERNEL:
        oldest = ".".join(map(str, OLDEST_KERNEL))
        yield bad(
            "kernel",
            f"Linux {shown} can't mount overlays in user namespaces, so nodes make no containers",
            f"Use a system with Linux {oldest} or later: Debian 12, Ubuntu 22.04.",
        )
    else:
        yield good("kernel", f"Linux {shown}")


def user_namespaces(machine: Machine, settings: Settings) -> Iterator[Finding]:
    about, name = "user-namespaces", "user.max_user_namespaces"
    most = machine.sysctl(name)
    wanted = 2 * settings.max_sandboxes + 1000
    cure = f"sysctl -w {name}={wanted}, {KEEP}"
    if most is None:
        if machine.exists("/proc/sys/kernel"):
            yield bad(
                about,
                "this kernel has no user namespaces, without which a student would be root here",
                "Use a kernel with CONFIG_USER_NS, as every distribution's is.",
            )
    elif most == 0:
        yield bad(about, f"{name} is 0: no node can be kept apart from this machine's root", cure)
    elif most < settings.max_sandboxes:
        what = f"{name} is {most}, and every node needs one"
        yield good(about, what, f"For {settings.max_sandboxes} sandboxes: {cure}")
    else:
        yield good(about, f"user namespaces can be made, {most} of them")


def unprivileged(machine: Machine, *, rootless: bool) -> Iterator[Finding]:
    """Ubuntu's and Debian's restrictions are about those who are not root; Docker mostly is."""
    for about, name, closed, open_ in (
        ("apparmor", "kernel.apparmor_restrict_unprivileged_userns", 1, 0),
        ("unprivileged-user-namespaces", "kernel.unprivileged_userns_clone", 0, 1),
    ):
        if machine.sysctl(name) != closed:
            continue
        what = f"{name} is {closed}: programs that are not root may make no user namespaces"
        if rootless:
            yield bad(
                about,
                f"{what}, and the host engine is such a program",
                "Use the machine's own Docker, which runs as root, or "
                f"sysctl -w {name}={open_}, {KEEP}",
            )
        else:
            yield good(about, f"{what}. The class engine's are made by root, so this may stay")


def cgroups(machine: Machine) -> Iterator[Finding]:
    mounts = [mount for point, mount in machine.mounts().items() if point.startswith(CGROUPS)]
    if any(mount.point == CGROUPS and mount.kind == "cgroup2" for mount in mounts):
        version, have = 2, set(machine.text(f"{CGROUPS}/cgroup.controllers").split())
    else:
        mounted = {name for mount in mounts if mount.kind == "cgroup" for name in mount.carries}
        version, have = 1, mounted & _enabled_on_v1(machine)
    ours = [
        mount
        for mount in mounts
        if mount.kind == "cgroup2" or (mount.kind == "cgroup" and mount.carries & set(CONTROLLERS))
    ]
    if not ours:
        yield bad(
            "cgroups",
            "no cgroups are mounted, so nothing can be limited",
            f"Boot with systemd, or mount -t cgroup2 none {CGROUPS}.",
        )
        return
    read_only = [mount.point for mount in ours if mount.read_only]
    if read_only:
        yield bad(
            "cgroups",
            f"cgroups are read-only here ({read_only[0]}), so no container can be limited",
            f"mount -o remount,rw,bind {read_only[0]}. In a container, run this on the machine.",
        )
    else:
        yield good("cgroups", f"cgroups v{version}")
    for name in [name for name in CONTROLLERS if name not in have]:
        yield bad(
            "cgroup-controllers",
            f"the cgroup controller {name} is missing: {CONTROLLERS[name]}",
            f"Start the kernel with cgroup_enable={name} (GRUB_CMDLINE_LINUX in "
            "/etc/default/grub, then update-grub; /boot/cmdline.txt on a Raspberry Pi).",
        )


def _enabled_on_v1(machine: Machine) -> set[str]:
    """Columns of /proc/cgroups: name, hierarchy, number of cgroups, enabled."""
    rows = [line.split() for line in machine.text("/proc/cgroups").splitlines()]
    return {row[0] for row in rows if row and row[-1] == "1"}


def out_of_memory(machine: Machine) -> Iterator[Finding]:
    """Memory has to end for one node, and not for the machine."""
    panic = machine.sysctl("vm.panic_on_oom")
    # 1 spares what is out of memory within a limit of its own; 2 spares nothing (vm.txt).
    if panic == 2:  # noqa: PLR2004 - see above
        yield bad(
            "out-of-memory",
            "vm.panic_on_oom is 2: one node that runs out of its memory stops this machine",
            f"sysctl -w vm.panic_on_oom=0, {KEEP}",
        )
    if machine.sysctl("vm.overcommit_memory") == 2:  # noqa: PLR2004 - "never"
        yield bad(
            "overcommit",
            "vm.overcommit_memory is 2: engines reserve more memory than they use and won't start",
            f"sysctl -w vm.overcommit_memory=0, {KEEP}",
        )


def limits(machine: Machine, settings: Settings) -> Iterator[Finding]:
    """What all nodes share; a class begins below them, and may end at one of them."""
    for limit in kernel.limits(settings):
        value = machine.sysctl(limit.name)
        if value is None:
            continue
        # 0 means that pages of pipes are not limited.
        enough = value >= limit.wanted or value == 0
        yield good(
            "kernel-limits",
            f"{limit.name} is {value}: {limit.why}",
            ""
            if enough
            else "A class could use them up. 'slipway engine up' raises it; with Compose, "
            f"sysctl -w {limit.name}={limit.wanted}, {KEEP}",
        )


def modules(machine: Machine) -> Iterator[Finding]:
    """What can be told of the kernel's parts while there is no class engine to try them out in."""
    release = machine.text("/proc/sys/kernel/osrelease").strip()
    lists = [machine.text(f"/lib/modules/{release}/modules.{name}") for name in ("builtin", "dep")]
    if not release or not any(lists):
        return
    names = {
        line.partition(":")[0].rpartition("/")[2].partition(".ko")[0].replace("-", "_")
        for line in "\n".join(lists).splitlines()
    }
    for feature in kernel.FEATURES:
        if feature.name in names or machine.exists(f"/sys/module/{feature.name}"):
            continue
        yield Finding(
            "kernel-modules",
            f"the kernel lacks {feature.name}: {feature.loss}",
            fine=not feature.needed,
            mend="Install all of this kernel's modules: linux-modules-extra on Ubuntu's cloud "
            "images, Debian's linux-image without 'cloud' in its name.",
        )


def subordinate_ids(machine: Machine) -> Iterator[Finding]:
    """Students' root is user 200000 of this machine; nobody else should be."""
    for kind in ("uid", "gid"):
        path = f"/etc/sub{kind}"
        for line in machine.text(path).splitlines():
            owner, _, span = line.partition(":")
            first, _, count = span.partition(":")
            if not (first.isdigit() and count.isdigit()):
                continue
            apart = int(first) + int(count) <= FIRST_ID or int(first) >= FIRST_ID + IDS
            if apart or owner == "dockremap":
                continue
            yield good(
                "subordinate-ids",
                f"{path} gives {owner} ids that nodes have too ({first} and {count} on)",
                f"Where {owner} uses them for containers of its own, give it others: "
                f"usermod --del-sub{kind}s {first}-{int(first) + int(count) - 1} "
                f"--add-sub{kind}s 300000-{300_000 + int(count) - 1} {owner}",
            )
