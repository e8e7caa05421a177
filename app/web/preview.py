"""``/preview``: a student's own pages, shown from an origin that is nobody's.

``/preview/node1/8080/…`` needs the cookie and leads on to ``/preview/PASS/node1/8080/…``, where the
signed pass stands for the student. Answers there carry ``Content-Security-Policy: sandbox`` without
``allow-same-origin`` (CSP Level 3, 6.3.2), so a browser gives their pages an opaque origin: no
cookie of the site's, no storage, and every request to the site comes from ``Origin: null``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import anyio
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.exceptions import ConnectionClosed

from app.errors import NotAllowed, NotFound, SlipwayError
from app.web.deps import get_services, get_student
from app.web.errors import close_code
from app.web.identity import Pass

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import FastAPI
    from starlette.types import Receive, Scope, Send
    from websockets.asyncio.client import ClientConnection

    from app.previews.previews import Headers

ADDRESS = re.compile(
    r"/preview/(?:(?P<pass>[0-9a-f]{16}\.[\w-]{1,16}\.[\w-]{1,64})/)?"
    r"(?P<node>node[1-3])/(?P<port>[1-9][0-9]{0,4})(?P<rest>/.*)?"
)
MAX_PORT = 65_535
POLICY = (
    "sandbox allow-scripts allow-forms allow-modals allow-popups allow-downloads; "
    "frame-ancestors 'self'"
)
# RFC 9110, 7.6.1; what belongs to one connection only.
HOP_BY_HOP = {
    *(b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization"),
    *(b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade"),
}  # fmt: skip
# What is between the browser and the site only, or would tell a student's program too much.
NOT_SENT = HOP_BY_HOP | {b"cookie", b"host", b"referer", b"expect"}
# What a page of a student's must not decide for the whole site.
NOT_TAKEN = HOP_BY_HOP | {
    *(b"set-cookie", b"set-cookie2", b"clear-site-data", b"strict-transport-security", b"alt-svc"),
    *(b"service-worker-allowed", b"cross-origin-resource-policy", b"cross-origin-opener-policy"),
    *(b"cross-origin-embedder-policy", b"access-control-allow-origin", b"referrer-policy"),
    *(b"access-control-allow-credentials", b"nel", b"report-to", b"reporting-endpoints"),
}  # fmt: skip
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "*",
    "Access-Control-Allow-Headers": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


class Target:
    """What a preview's address names."""

    def __init__(self, scope: Scope) -> None:
        path = scope["raw_path"].decode("ascii", errors="replace")
        found = ADDRESS.fullmatch(path)
        if not found or int(found["port"]) > MAX_PORT:
            raise NotFound("There is no such preview.", "Its address is /preview/node1/8080/.")
        self.signed: str | None = found["pass"]
        self.node: str = found["node"]
        self.port = int(found["port"])
        self.rest: str | None = found["rest"]
        query = scope["query_string"].decode("ascii", errors="replace")
        self.query = f"?{query}" if query else ""

    @property
    def place(self) -> str:
        return f"{self.node}/{self.port}"


class PreviewGate:
    """An ASGI application of its own: any method, any header, bodies of any length."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"] = self._app
        if scope["type"] == "websocket":
            await self._talk(WebSocket(scope, receive, send))
            return
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)

    def _student(self, target: Target) -> str | None:
        return Pass(self._app.state.services.secret).read(target.signed or "")

    async def _answer(self, request: Request) -> Response:
        target = Target(request.scope)
        if not target.signed or target.rest is None:
            return self._lead_on(request, target)
        student = self._student(target)
        if not student:
            raise NotAllowed(
                "This preview's address is no longer good.", "Open it from the lesson."
            )
        services = get_services(request)
        services.pool.require_node(student, target.node)
        request.scope["state"]["foreign"] = True
        if request.method == "OPTIONS" and "access-control-request-method" in request.headers:
            return Response(status_code=204, headers=CORS)
        return await self._fetch(request, target, student)

    def _lead_on(self, request: Request, target: Target) -> Response:
        signed = target.signed or Pass(get_services(request).secret).sign(get_student(request))
        address = f"/preview/{signed}/{target.place}{target.rest or '/'}{target.query}"
        return RedirectResponse(address, 307, {"Cache-Control": "no-store"})

    async def _fetch(self, request: Request, target: Target, student: str) -> Response:
        has_body = {"content-length", "transfer-encoding"} & set(request.headers.keys())
        services = get_services(request)
        fetching = services.previews.fetch(
            student,
            target.node,
            target.port,
            method=request.method,
            target=f"{target.rest}{target.query}".encode(),
            headers=sent(request, target),
            body=request.stream() if has_body else None,
        )
        try:
            found = await fetching.__aenter__()
        except SlipwayError:
            request.scope["state"]["foreign"] = False  # it is our own page that says so
            raise
        except ClientDisconnect:
            return Response(status_code=400)

        async def body() -> AsyncIterator[bytes]:
            try:
                async for piece in found.aiter_stream():
                    yield piece
            finally:
                with anyio.CancelScope(shield=True):
                    await fetching.__aexit__(None, None, None)

        response = StreamingResponse(body(), found.status)
        response.raw_headers = taken(found.headers, f"/preview/{target.signed}/{target.place}")
        return response

    async def _talk(self, socket: WebSocket) -> None:
        """Messages both ways; a program that speaks no WebSocket is a refused handshake."""
        try:
            target = Target(socket.scope)
            student = self._student(target)
            if not student:
                raise NotAllowed("This preview's address is no longer good.")
            services = get_services(socket)
            services.pool.require_node(student, target.node)
            offered = socket.headers.get("sec-websocket-protocol", "")
            async with services.previews.websocket(
                student,
                target.node,
                target.port,
                target=f"{target.rest or '/'}{target.query}",
                subprotocols=[name.strip() for name in offered.split(",") if name.strip()],
            ) as connection:
                await socket.accept(subprotocol=connection.subprotocol)
                await _relay(socket, connection)
        except SlipwayError as error:
            await socket.close(close_code(error))


def sent(request: Request, target: Target) -> Headers:
    """What the program in the node gets to see."""
    kept = [(name, value) for name, value in request.headers.raw if name not in NOT_SENT]
    chunked = "transfer-encoding" in request.headers
    body = [(b"transfer-encoding", b"chunked")] if chunked else []
    return [(b"host", f"{target.node}:{target.port}".encode()), *body, *kept]


def taken(headers: Headers, base: str) -> Headers:
    """What the browser gets to see, with the sandbox around it."""
    kept = [(name.lower(), value) for name, value in headers if name.lower() not in NOT_TAKEN]
    moved = [(name, _moved(value, base) if name == b"location" else value) for name, value in kept]
    own = {**CORS, "Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer"}
    return moved + [(name.lower().encode(), value.encode()) for name, value in own.items()]


def _moved(location: bytes, base: str) -> bytes:
    """A redirect to an absolute path stays inside the preview."""
    parts = urlsplit(location.decode("latin-1"))
    local = parts.hostname in (None, "localhost", "127.0.0.1", *(f"node{n}" for n in (1, 2, 3)))
    if not local or not parts.path.startswith("/"):
        return location
    query = f"?{parts.query}" if parts.query else ""
    return f"{base}{parts.path}{query}".encode("latin-1")


async def _relay(socket: WebSocket, connection: ClientConnection) -> None:
    async with anyio.create_task_group() as tasks:

        async def up() -> None:
            while True:
                message = await socket.receive()
                if message["type"] == "websocket.disconnect":
                    break
                data = message.get("bytes")
                await connection.send(message["text"] if data is None else data)
            tasks.cancel_scope.cancel()

        tasks.start_soon(up)
        try:
            async for message in connection:
                if isinstance(message, str):
                    await socket.send_text(message)
                else:
                    await socket.send_bytes(message)
            await socket.close(connection.close_code or 1000)
        except (ConnectionClosed, WebSocketDisconnect, RuntimeError):
            pass
        tasks.cancel_scope.cancel()
