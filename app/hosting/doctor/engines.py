"""The engines as they describe themselves: which are too old, or set up so that a class can't run.

Everything here judges the answers of the Engine API to ``/version`` and ``/info``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from app.hosting.doctor.finding import Finding, bad, good

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from app.settings import Settings

    Answer = Mapping[str, Any]

OLDEST_HOST, OLDEST_CLASS, OLDEST_COMPOSE = (20, 10), (26, 0), (2, 24)
DEFAULT_ADDRESS = "unix:///var/run/docker.sock"
ORDINARY = "Use Docker Engine as the distribution or docker.com packages it, run by root."
COMPOSE_CURE = (
    "Install Debian's docker-compose, Ubuntu's docker-compose-v2 or docker-compose-plugin."
)
LIMITS = {
    "MemoryLimit": "memory",
    "PidsLimit": "processes",
    "CpuCfsQuota": "processors",
}


def version_of(text: str) -> tuple[int, int]:
    found = re.match(r"v?(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def options(info: Answer) -> set[str]:
    """Names of its security options, as "userns" from "name=userns"."""
    rows = info.get("SecurityOptions") or []
    return {part.removeprefix("name=") for row in rows for part in str(row).split(",")}


def is_rootless(info: Answer) -> bool:
    return "rootless" in options(info)


def host_engine(version: Answer, info: Answer, address: str) -> Iterator[Finding]:
    about, said = "host-engine", str(version.get("Version", ""))
    if version_of(said) < OLDEST_HOST:
        oldest = ".".join(map(str, OLDEST_HOST))
        what = f"the host engine is Docker {said or 'of no version'}, older than {oldest}"
        yield bad(about, what, f"Install Docker Engine {oldest} or later.")
    else:
        yield good(about, f"host engine: Docker {said}")
    if not address.startswith("unix://"):
        yield bad(
            "host-engine-elsewhere",
            f"the host engine is on another machine ({address}), whose sockets end there",
            "Run Slipway on that machine, or unset DOCKER_HOST.",
        )
    if is_rootless(info) or "userns" in options(info):
        how = "is rootless" if is_rootless(info) else "has userns-remap"
        yield bad(
            "host-engine-rights",
            f"the host engine {how}, and a class engine in it has no user ids left for nodes",
            f"{ORDINARY} DOCKER_HOST={DEFAULT_ADDRESS} names it where there are two; "
            "userns-remap stands in /etc/docker/daemon.json.",
        )
    if str(info.get("DockerRootDir", "")).startswith("/var/snap/"):
        what = "the host engine is a snap, which can't reach the state folder"
        yield bad("host-engine-kind", what, f"snap remove docker. {ORDINARY}")
    elif str(info.get("OperatingSystem", "")).startswith("Docker Desktop"):
        what = "the host engine is Docker Desktop's, in a virtual machine of its own"
        yield bad("host-engine-kind", what, f"Run Slipway on Linux. {ORDINARY}")
    yield from _storage("host engine", info)
    missing = [name for key, name in LIMITS.items() if info.get(key) is False]
    if missing:
        yield bad(
            "host-engine-limits",
            f"the host engine can't limit {', '.join(missing)}",
            "See what 'docker info' warns of; mostly a cgroup controller is missing.",
        )
    if info.get("SwapLimit") is False:
        yield good(
            "swap-limit",
            "the host engine can't limit swap, so nodes may use the machine's",
            "swapoff -a, or start the kernel with swapaccount=1.",
        )


def class_engine(version: Answer, info: Answer, cure: str) -> Iterator[Finding]:
    about, said = "class-engine", str(version.get("Version", ""))
    apart = bool({"userns", "rootless"} & options(info))
    if version_of(said) < OLDEST_CLASS:
        what = f"the class engine is Docker {said}, older than {OLDEST_CLASS[0]}"
        yield bad(about, what, f"It belongs to an older version, or is another engine. {cure}")
    else:
        yield good(about, f"class engine: Docker {said}")
    if apart:
        yield good("isolation", "class engine: user namespaces on")
    else:
        what = "class engine: user namespaces off; students would be root on this machine"
        yield bad("isolation", what, cure)
    yield from _storage("class engine", info)


def _storage(whose: str, info: Answer) -> Iterator[Finding]:
    about, driver = "storage-driver", str(info.get("Driver", ""))
    status = {str(row[0]): str(row[1]) for row in info.get("DriverStatus") or [] if len(row) > 1}
    if driver in ("vfs", "devicemapper", "aufs"):
        yield bad(
            about,
            f"the {whose} stores with {driver}: every container costs the disk of its whole image",
            'Set "storage-driver": "overlay2" in /etc/docker/daemon.json; what Docker has now is '
            "not carried over.",
        )
    elif status.get("Supports d_type") == "false":
        yield bad(
            about,
            f"the {whose} is on a file system without d_type, where overlays lose files",
            "Make an XFS anew with mkfs.xfs -n ftype=1, or move Docker's folder to ext4.",
        )
    elif driver:
        yield good(about, f"the {whose} stores with {driver}")


def compose(said: str, *, wanted: bool) -> Iterator[Finding]:
    """``said`` is empty where there is no Compose; ``wanted`` where ``make images`` has run."""
    oldest = ".".join(map(str, OLDEST_COMPOSE))
    if said and version_of(said) >= OLDEST_COMPOSE:
        yield good("compose", f"Docker Compose {said}")
        return
    what = f"Docker Compose {said} is older than {oldest}" if said else "no Docker Compose"
    what += ", with which docker-compose.yml can't be used"
    if wanted:
        yield bad("compose", what, COMPOSE_CURE)
    elif said:
        yield good("compose", what, COMPOSE_CURE)


def images(missing: list[str], cure: str) -> Finding:
    if missing:
        return bad("images", f"images missing: {', '.join(missing)}", cure)
    return good("images", "all images are built")


def not_running(state: str, settings: Settings, cure: str) -> Finding:
    log = f" 'docker logs {settings.instance}-engine' says why." if state != "absent" else ""
    return bad("class-engine", f"class engine: {state}", f"{cure}{log}")
