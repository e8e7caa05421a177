"""Looks at a machine as an instructor would: what is there, what is missing, how to mend it."""

from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import docker
import docker.errors

from app.errors import SetupFailed
from app.hosting import class_engine, host_engine, images, kernel

if TYPE_CHECKING:
    from app.settings import Settings

FREE_DISK_GB = 5
GB = 10**9
LOOK_TIMEOUT_S = 60
ENGINE_UP = "Run 'slipway engine up'."


@dataclass(frozen=True, slots=True)
class Finding:
    """What is ``fine`` may still have something to ``mend``: a class runs without it."""

    what: str
    fine: bool
    mend: str = ""

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def examine(settings: Settings) -> list[Finding]:
    """From the machine inwards; what can't be looked at for want of the layer below is left out."""
    rows = [_disk(settings), *limit_findings(settings)]
    try:
        with host_engine.present() as host:
            return [*rows, *_from_host(host, settings)]
    except SetupFailed as error:
        return [*rows, Finding(error.message, fine=False, mend=error.hint)]


def _from_host(host: docker.DockerClient | None, settings: Settings) -> list[Finding]:
    if not host:
        mend = "Run 'make up' as root on Debian, or install and start Docker Engine."
        return [Finding("no host engine answers", fine=False, mend=mend)]
    version = host.version()["Version"]
    rows = [Finding(f"host engine: Docker {version}", fine=True), _images(host)]
    state = class_engine.status(host, settings).get("state", "absent")
    if state != "running":
        return [*rows, Finding(f"class engine: {state}", fine=False, mend=ENGINE_UP)]
    return [*rows, _class_engine(settings), *_features(host, settings)]


def _images(host: docker.DockerClient) -> Finding:
    missing = [row["name"] for row in images.inventory(host) if not row["way"]]
    if missing:
        return Finding(f"images missing: {', '.join(missing)}", fine=False, mend=ENGINE_UP)
    return Finding("all images are built", fine=True)


def _disk(settings: Settings) -> Finding:
    folder = settings.state_dir if settings.state_dir.exists() else settings.state_dir.parent
    free = shutil.disk_usage(folder).free / GB
    fine = free >= FREE_DISK_GB
    return Finding(
        f"{free:.0f} GB of disk are free",
        fine=fine,
        mend="" if fine else f"A class wants {FREE_DISK_GB} GB; make room.",
    )


def limit_findings(settings: Settings) -> list[Finding]:
    rows = []
    for limit in kernel.limits(settings):
        value = kernel.value_of(limit)
        if value is None:
            continue
        enough = value >= limit.wanted
        mend = f"One student could use them up: sysctl -w {limit.name}={limit.wanted}"
        what = f"{limit.name} is {value}: {limit.why}"
        rows.append(Finding(what, fine=True, mend="" if enough else mend))
    return rows


def _features(host: docker.DockerClient, settings: Settings) -> list[Finding]:
    container = host.containers.get(f"{settings.instance}-engine")
    missing = kernel.missing_features(container)
    present = [feature.name for feature in kernel.FEATURES if feature not in missing]
    return [
        Finding(f"the kernel has {', '.join(present)}", fine=True),
        *(
            Finding(
                f"the kernel lacks {feature.name}: {feature.loss}",
                fine=not feature.needed,
                mend=f"Where it is a module: modprobe {feature.name}, and its name into "
                "/etc/modules-load.d/slipway.conf.",
            )
            for feature in missing
        ),
    ]


def _class_engine(settings: Settings) -> Finding:
    try:
        with closing(class_engine.connect(settings, LOOK_TIMEOUT_S)) as engine:
            info = engine.info()
    except docker.errors.DockerException:
        return Finding("the class engine does not answer", fine=False, mend=ENGINE_UP)
    isolated = any("userns" in option or "rootless" in option for option in info["SecurityOptions"])
    return Finding(
        f"class engine: Docker {info['ServerVersion']}, user namespaces "
        f"{'on' if isolated else 'off'}",
        fine=isolated,
        mend="" if isolated else "Students would be root on this machine. " + ENGINE_UP,
    )
