"""How long a student waits for the first `docker run` of an image, on a node that has none yet."""

from __future__ import annotations

import secrets
import time

from app.hosting.catalog import read
from app.sandboxes.docker_engine import DockerEngine
from app.settings import Settings
from bench.figures import Figure

TIMEOUT_S = 60
# A plugin that lessons install is nothing to be run like this.
NOT_RUN = {"wire-plugin"}


async def first_runs(repeats: int) -> list[Figure]:
    """Each on a fresh node: the pull from the class's registry, the layers, the container."""
    engine = DockerEngine(Settings())
    try:
        return [
            Figure(
                f"docker run of {image.image} on a fresh node",
                "s",
                [await _first_run(engine, image.image) for _ in range(repeats)],
                goal=3,
                judged="max",
            )
            for image in read()
            if image.name not in NOT_RUN
        ]
    finally:
        await engine.aclose()


async def _first_run(engine: DockerEngine, image: str) -> float:
    student = secrets.token_hex(8)
    await engine.create(student, 1, lambda _: None)
    try:
        started = time.perf_counter()
        result = await engine.run(
            student,
            "node1",
            f"docker run -d {image}",
            environment={},
            timeout_s=TIMEOUT_S,
            output_bytes=4096,
        )
        seconds = time.perf_counter() - started
        assert result.exit_code == 0, result
        return seconds
    finally:
        await engine.remove(student)
