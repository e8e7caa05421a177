"""The registry in the class engine: filled once with the catalog, then read-only for students."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import TYPE_CHECKING

import docker
import docker.errors
from docker.types import IPAMConfig, IPAMPool, Mount

from app.errors import SetupFailed
from app.hosting.waiting import eventually

if TYPE_CHECKING:
    from docker.models.containers import Container

    from app.hosting.images import Images
    from app.hosting.report import Reporter
    from app.settings import Settings

# RFC 2544's range, which neither lessons nor inner engines use; students' networks come after it.
SUBNET = "198.18.0.0/28"
ADDRESS = "198.18.0.2"
PORT = 5000
CATALOG_LABEL = "slipway.catalog"
READY_TIMEOUT_S = 15
MEMORY_BYTES = 256 * 1024 * 1024
PIDS = 128


def name(settings: Settings) -> str:
    return f"{settings.instance}-registry"


def ensure(
    engine: docker.DockerClient, settings: Settings, images: Images, reporter: Reporter
) -> None:
    """Makes sure that a registry with exactly this catalog is serving."""
    digest = _digest(images)
    try:
        present = engine.containers.get(name(settings))
    except docker.errors.NotFound:
        present = None
    if present and present.labels.get(CATALOG_LABEL) == digest and present.status == "running":
        return
    with reporter.step(f"filling the registry with {len(images.catalog)} images"):
        if present:
            present.remove(force=True)
        _ensure_network(engine, settings)
        filler = _run(engine, settings, images, "fill", digest)
        try:
            _wait_until_ready(filler)
            for catalog_name, reference in images.catalog.items():
                _push(engine, catalog_name, reference)
        finally:
            filler.remove(force=True)
        serving = _run(engine, settings, images, "serve", digest)
        _wait_until_ready(serving)
        _join_sandboxes(engine, settings, serving)


def _run(
    engine: docker.DockerClient, settings: Settings, images: Images, mode: str, digest: str
) -> Container:
    """``fill`` takes pushes and writes; ``serve`` has a read-only store and refuses them."""
    serving = mode == "serve"
    store = Mount("/var/lib/registry", name(settings), type="volume", read_only=serving)
    container_name = name(settings) if serving else f"{name(settings)}-{mode}"
    with suppress(docker.errors.NotFound):  # what an interrupted start left behind
        engine.containers.get(container_name).remove(force=True)
    container = engine.containers.create(
        images.registry,
        ["docker-registry", "serve", f"/etc/registry/{mode}.yml"],
        name=container_name,
        hostname="registry",
        labels={CATALOG_LABEL: digest, "slipway.role": "registry"},
        mounts=[store],
        # Students' networks meet in this container; it must not pass packets between them.
        # Each is answered only where it belongs, in the name of the network that asks.
        sysctls={
            "net.ipv4.ip_forward": "0",
            "net.ipv4.conf.all.rp_filter": "1",
            "net.ipv4.conf.all.arp_ignore": "1",
            "net.ipv4.conf.all.arp_announce": "2",
        },
        init=True,  # reaps what the health check leaves behind
        read_only=True,
        cap_drop=["ALL"],
        security_opt=["no-new-privileges"],
        mem_limit=MEMORY_BYTES,
        memswap_limit=MEMORY_BYTES,
        pids_limit=PIDS,
        restart_policy={"Name": "always"} if serving else None,
        network=name(settings),
        networking_config={name(settings): engine.api.create_endpoint_config(ipv4_address=ADDRESS)},
    )
    container.start()
    return container


def _join_sandboxes(engine: docker.DockerClient, settings: Settings, serving: Container) -> None:
    """Sandboxes that outlived the former registry get the new one."""
    labels = [f"slipway.instance={settings.instance}", "slipway.sandbox"]
    for network in engine.networks.list(filters={"label": labels}):
        network.connect(serving, aliases=["registry"])


def _ensure_network(engine: docker.DockerClient, settings: Settings) -> None:
    if engine.networks.list(names=[f"^{name(settings)}$"]):
        return
    engine.networks.create(
        name(settings),
        driver="bridge",
        internal=True,
        labels={"slipway.role": "registry"},
        ipam=IPAMConfig(pool_configs=[IPAMPool(subnet=SUBNET)]),
    )


def _push(engine: docker.DockerClient, catalog_name: str, reference: str) -> None:
    path, _, tag = catalog_name.partition(":")
    repository = f"{ADDRESS}:{PORT}/{path if '/' in path else f'library/{path}'}"
    engine.images.get(reference).tag(repository, tag)
    for event in engine.images.push(repository, tag, stream=True, decode=True):
        if "error" in event:
            raise SetupFailed(f"The registry refused {catalog_name}.", str(event["error"]))
    engine.images.remove(f"{repository}:{tag}")


def _wait_until_ready(container: Container) -> None:
    probe = ["curl", "-fsS", "-m", "2", f"http://127.0.0.1:{PORT}/v2/"]
    if eventually(lambda: container.exec_run(probe).exit_code == 0, READY_TIMEOUT_S):
        return
    said = container.logs(tail=5).decode(errors="replace").strip()
    raise SetupFailed(f"The registry did not answer within {READY_TIMEOUT_S} s.", said)


def _digest(images: Images) -> str:
    named = "\n".join([images.registry, *(f"{k} {v}" for k, v in sorted(images.catalog.items()))])
    return hashlib.sha256(named.encode()).hexdigest()[:12]
