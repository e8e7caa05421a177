"""Reads what is in the images on this machine: records of the build, and Alpine's own database."""

from __future__ import annotations

import io
import json
import re
import tarfile
from base64 import b64decode
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import docker
import docker.errors

from app.errors import SetupFailed
from app.hosting import images, origins
from supply.parts import Part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docker.models.containers import Container

APK_DATABASE = "/lib/apk/db/installed"
MAX_RECORD_BYTES = 16 * 1024 * 1024


def read() -> list[Part]:
    """Everything in all images. Raises ``SetupFailed`` where one is missing."""
    wanted = images.wanted()
    base = wanted.pop("alpine")
    wanted["python"] = images.reference_of("python", images.digest_of("python", base))
    with closing(docker.from_env()) as host:
        alpine, parts = _parts(host, "base", base)
        for name, reference in wanted.items():
            apk, deb = _parts(host, name.partition(":")[0], reference)
            has = {(part.name, part.version) for part in alpine}
            parts |= deb | {part for part in apk if (part.name, part.version) not in has}
    return sorted(alpine | parts)


def _parts(host: docker.DockerClient, place: str, reference: str) -> tuple[set[Part], set[Part]]:
    """What one image has of Alpine's packages, and of Debian's."""
    with _opened(host, reference) as container:
        return (
            set(_of_alpine(place, _file(container, APK_DATABASE))),
            set(_of_debian(_tree(container, f"/{origins.FOLDER}"))),
        )


def _of_debian(files: dict[str, bytes]) -> Iterator[Part]:
    """The records name the image that a package came in with, also where others are built on it."""
    for name, content in files.items():
        if name.endswith(".json"):
            place = name.removesuffix(".json").replace("catalog-", "catalog/")
            for row in json.loads(content):
                yield Part(
                    place,
                    "deb",
                    row["name"],
                    row["version"],
                    tuple(row["licences"]),
                    (f"sha256:{row['sha256']}",),
                    tuple(row["built_using"]),
                )


def _of_alpine(place: str, database: bytes) -> Iterator[Part]:
    for stanza in database.decode().split("\n\n"):
        fields = dict(re.findall(r"^([A-Z]):(.*)$", stanza, re.MULTILINE))
        if "P" in fields:
            checksum = b64decode(fields["C"].removeprefix("Q1")).hex()
            yield Part(
                place, "apk", fields["P"], fields["V"], (fields["L"],), (f"sha1:{checksum}",)
            )


@contextmanager
def _opened(host: docker.DockerClient, reference: str) -> Iterator[Container]:
    """A container that never runs."""
    try:
        container = host.containers.create(reference)
    except docker.errors.ImageNotFound as error:
        raise SetupFailed(f"The image {reference} is not there.", "Run 'make images'.") from error
    try:
        yield container
    finally:
        container.remove(v=True)  # with the volumes that its image asks for


def _file(container: Container, path: str) -> bytes:
    return next(iter(_tree(container, path).values()), b"")


def _tree(container: Container, path: str) -> dict[str, bytes]:
    """The files below ``path`` by their names; none where there is no such path."""
    try:
        chunks, _ = container.get_archive(path)
    except docker.errors.NotFound:
        return {}
    content = io.BytesIO()
    for chunk in chunks:
        content.write(chunk)
        if content.tell() > MAX_RECORD_BYTES:
            raise SetupFailed(f"{path} is larger than {MAX_RECORD_BYTES} bytes.")
    content.seek(0)
    with tarfile.open(fileobj=content) as archive:
        return {
            member.name.rpartition("/")[2]: opened.read()
            for member in archive
            if (opened := archive.extractfile(member))
        }
