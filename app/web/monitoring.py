"""For those who look after the site: whether it lives, whether it is ready, and figures."""

from __future__ import annotations

import base64
import binascii
from dataclasses import asdict
from typing import TYPE_CHECKING

import anyio.to_thread
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector, CollectorRegistry

from app import __version__, instructor
from app.web.deps import ServicesDep

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prometheus_client import Metric

    from app.sandboxes.engine import EngineHealth, EngineInfo
    from app.services import Services
    from app.settings import Settings

router = APIRouter()
# Each guess costs some 50 ms of a processor; so one at a time.
_one_guess = anyio.CapacityLimiter(1)


@router.api_route("/healthz/live", methods=["GET", "HEAD"])
async def live() -> JSONResponse:
    """That this is answered is all there is to know."""
    return JSONResponse({"status": "alive", "version": __version__})


@router.api_route("/healthz", methods=["GET", "HEAD"])
async def ready(services: ServicesDep) -> JSONResponse:
    """Whether students can have sandboxes. A drain is meant, so it is nothing to restart for."""
    pool, figures = services.pool, services.pool.figures()
    engine = {
        "reachable": pool.info is not None,
        "version": pool.info.version if pool.info else None,
        "isolation": pool.info.isolation if pool.info else None,
        "reason": pool.why_not,
    }
    drain = pool.drain
    usable = "draining" if drain else "ok"
    body = {
        "status": usable if pool.info else "no sandboxes",
        "engine": engine,
        "sandboxes": {
            "running": figures.by_state["ready"],
            "warm": figures.warm,
            "waiting": figures.waiting,
            "capacity": figures.capacity,
        },
        "drain": asdict(drain) if drain else None,
        "version": __version__,
    }
    return JSONResponse(body, 200 if pool.info else 503)


@router.get("/metrics")
async def metrics(request: Request, services: ServicesDep) -> Response:
    """For Prometheus. Asks for the instructor's password where there is one."""
    settings = services.settings
    if (instructor.exists(settings) or settings.public_url) and not await _may(request, settings):
        challenge = {"WWW-Authenticate": 'Basic realm="Slipway"'}
        return PlainTextResponse("The instructor's password is needed.\n", 401, challenge)
    now = CollectorRegistry()
    now.register(Now(services))
    text = generate_latest(services.metrics.registry) + generate_latest(now)
    return Response(text, headers={"Content-Type": CONTENT_TYPE_LATEST})


class Now(Collector):
    """What is so at the moment of asking."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def collect(self) -> Iterable[Metric]:
        pool, terminals = self._services.pool, self._services.terminals
        now = pool.figures()
        students = GaugeMetricFamily(
            "slipway_sandboxes", "Students' sandboxes by state.", labels=["state"]
        )
        for state, count in now.by_state.items():
            students.add_metric([state], count)
        yield students
        for name, text, value in (
            ("slipway_sandboxes_warm", "Sandboxes that wait for a student.", now.warm),
            ("slipway_sandboxes_warm_wanted", "So many of them should be.", now.warm_wanted),
            ("slipway_sandboxes_warm_making", "Those in the making.", now.warm_making),
            ("slipway_sandboxes_capacity", "Sandboxes that fit now.", now.capacity),
            ("slipway_queue_students", "Students who wait for a sandbox.", now.waiting),
            ("slipway_draining", "1 while a drain is on.", int(bool(pool.drain))),
            ("slipway_trouble", "1 while students are told of trouble.", int(bool(pool.trouble))),
            ("slipway_shells", "Shells that run.", terminals.shells),
            ("slipway_shells_viewers", "Pages that look at a shell.", terminals.viewers),
        ):
            yield GaugeMetricFamily(name, text, value=value)
        yield from _class_engine(pool.info, now.health)


def _class_engine(info: EngineInfo | None, health: EngineHealth | None) -> Iterable[Metric]:
    """What was last known of it stays, beside whether it can be used."""
    yield GaugeMetricFamily("slipway_class_engine_up", "1 while it can be used.", int(bool(info)))
    about = GaugeMetricFamily(
        "slipway_class_engine_info", "What it is.", labels=["version", "isolation"]
    )
    if info:
        about.add_metric([info.version, info.isolation], 1)
    yield about
    if not health:
        return
    for name, text, value in (
        ("memory_free_bytes", "Memory that its machine has left.", health.memory_free_bytes),
        ("disk_free_bytes", "Disk that its machine has left.", health.disk_free_bytes),
        ("registry_up", "1 while images can be pulled.", int(health.registry_serves)),
    ):
        yield GaugeMetricFamily(f"slipway_class_engine_{name}", text, value=value)


async def _may(request: Request, settings: Settings) -> bool:
    """HTTP Basic (RFC 7617), with any name."""
    kind, _, credentials = request.headers.get("authorization", "").partition(" ")
    try:
        given = base64.b64decode(credentials, validate=True).decode()
    except (binascii.Error, UnicodeError):
        return False
    password = given.partition(":")[2]
    if kind.lower() != "basic" or not password:
        return False
    return await anyio.to_thread.run_sync(
        instructor.is_right, settings, password, limiter=_one_guess
    )
