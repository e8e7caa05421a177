"""What the class engine keeps and nobody needs: volumes without a container, old images."""

from __future__ import annotations

import re
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import docker
import docker.errors
import requests.exceptions

from app.errors import EngineUnavailable, SetupFailed
from app.hosting import class_engine, images

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from app.settings import Settings

OURS = "slipway/"
CURRENT = ":current"
# What an engine calls a volume that was made without a name; those with one are somebody's.
ANONYMOUS = re.compile(r"[0-9a-f]{64}")


def volumes(settings: Settings) -> list[str]:
    """Volumes without a name that no container has."""
    with _engine(settings) as engine:
        names = [str(found.id) for found in engine.volumes.list(filters={"dangling": True})]
    return sorted(name for name in names if ANONYMOUS.fullmatch(name))


def old_images(settings: Settings) -> list[str]:
    """References that this version does not use, and ids of images without any.

    An old version stays as long as its successor has not been brought in.
    """
    with _engine(settings) as engine:
        found = engine.images.list()
        tags = {tag for image in found for tag in image.tags if tag.startswith(OURS)}
        nameless = [str(image.id) for image in found if not image.tags]
    wanted = set(images.wanted().values())
    awaited = {_repository(reference) for reference in wanted - tags}
    old = [
        tag
        for tag in tags - wanted
        if not tag.endswith(CURRENT) and _repository(tag) not in awaited
    ]
    return sorted(old) + sorted(nameless)


def remove_volumes(settings: Settings, names: Sequence[str]) -> list[str]:
    """Those that it removed; one that has come into use is left alone."""
    with _engine(settings) as engine:
        return _removed(names, engine.api.remove_volume)


def remove_images(settings: Settings, references: Sequence[str]) -> list[str]:
    """The same for images; nodes and the registry may still run from an old one."""
    with _engine(settings) as engine:
        return _removed(references, engine.api.remove_image)


def _removed(names: Sequence[str], remove: Callable[[str], object]) -> list[str]:
    done = []
    for name in names:
        try:
            remove(name)
        except docker.errors.NotFound:
            continue  # somebody else was quicker
        except docker.errors.APIError as error:
            if error.status_code != 409:  # noqa: PLR2004 - in use (Engine API)
                raise
        else:
            done.append(name)
    return done


def _repository(reference: str) -> str:
    return reference.rpartition(":")[0]


@contextmanager
def _engine(settings: Settings) -> Iterator[docker.DockerClient]:
    try:
        with closing(class_engine.connect(settings)) as engine:
            yield engine
    except docker.errors.APIError as error:
        said = error.explanation or str(error)
        raise SetupFailed(f"The class engine refused: {said}", "Run it again.") from error
    except (docker.errors.DockerException, requests.exceptions.RequestException) as error:
        raise EngineUnavailable(
            "The class engine does not answer.", "Start it with 'slipway engine up'."
        ) from error
