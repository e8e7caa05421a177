"""Brings a bundle of images into a class engine that somebody else has started."""

from __future__ import annotations

import json
import time
from contextlib import closing
from typing import TYPE_CHECKING

import docker
import docker.errors
import requests.exceptions

from app.errors import EngineUnavailable, SetupFailed
from app.hosting import class_engine, registry
from app.hosting.images import Images
from app.hosting.site_images import ARCHIVE, MANIFEST
from app.hosting.waiting import eventually

if TYPE_CHECKING:
    from pathlib import Path

    from app.hosting.report import Reporter
    from app.settings import Settings

ENGINE_TIMEOUT_S = 60
LOOK_AGAIN_S = 10


def fill(settings: Settings, bundle: Path, reporter: Reporter) -> None:
    """Loads what is missing and has the registry serve it; harmless when all is there."""
    try:
        packed = json.loads((bundle / MANIFEST).read_text())
    except (OSError, ValueError) as error:
        raise SetupFailed(f"{bundle} is no bundle of images: {error}.") from error
    if not eventually(lambda: class_engine.answers(settings), ENGINE_TIMEOUT_S):
        raise EngineUnavailable(
            f"The class engine did not answer within {ENGINE_TIMEOUT_S} s.",
            f"It should listen on {settings.engine_socket}.",
        )
    images = Images(**packed["images"])
    try:
        with closing(class_engine.connect(settings)) as engine:
            if any(_id(engine, reference) != wanted for reference, wanted in packed["ids"].items()):
                with reporter.step("bringing the images into the class engine"):
                    _load(engine, bundle / ARCHIVE)
            engine.images.get(images.node).tag("slipway/node", "current")
            registry.ensure(engine, settings, images, reporter)
    except docker.errors.DockerException as error:
        raise SetupFailed("The class engine refused a step of this.", str(error)) from error
    except requests.exceptions.RequestException as error:
        raise EngineUnavailable("The class engine stopped answering.", str(error)) from error


def stay_filled(settings: Settings, bundle: Path, done: Path, reporter: Reporter) -> None:
    """Looks again from time to time, for ever; ``done`` exists while all was well at the last look.

    A class engine that was emptied is filled again, and what went wrong is tried again.
    """
    while True:
        try:
            fill(settings, bundle, reporter)
            done.touch()
        except (EngineUnavailable, SetupFailed) as error:
            done.unlink(missing_ok=True)
            reporter.say(f"{error.message} {error.hint}".strip())
        time.sleep(LOOK_AGAIN_S)


def _id(engine: docker.DockerClient, reference: str) -> str | None:
    try:
        return engine.images.get(reference).id
    except docker.errors.ImageNotFound:
        return None


def _load(engine: docker.DockerClient, archive: Path) -> None:
    with archive.open("rb") as packed:
        for said in engine.api.load_image(packed):
            if "error" in said:
                raise SetupFailed("The class engine did not take the images.", said["error"])
