"""Translates between a WebSocket and a terminal session, and does nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
from fastapi import APIRouter, WebSocket
from starlette.websockets import WebSocketDisconnect, WebSocketState

from app.errors import BadRequest, SlipwayError
from app.terminals import protocol
from app.terminals.viewer import Gap, Output, Pong, Size, Typed
from app.web.deps import get_patience, get_services, get_student, same_origin
from app.web.errors import close_code

if TYPE_CHECKING:
    from app.metrics import Promptness
    from app.services import Services
    from app.terminals.session import Session
    from app.terminals.viewer import Event, Viewer

router = APIRouter()


@router.websocket("/ws/terminals/{node}/{name}")
async def terminal(socket: WebSocket, node: str, name: str) -> None:
    """A foreign page is refused before the handshake, with 403; the rest get a close code."""
    services = get_services(socket)
    offered = [name.strip() for name in socket.headers.get("sec-websocket-protocol", "").split(",")]
    if not same_origin(socket, services.settings) or protocol.SUBPROTOCOL not in offered:
        await socket.close()
        return
    await socket.accept(subprotocol=protocol.SUBPROTOCOL)
    try:
        await _serve(socket, services, node, name)
    except SlipwayError as error:
        services.metrics.errors.labels(error.code).inc()
        with anyio.move_on_after(get_patience(socket).refuse_s):
            await _refuse(socket, error)
    except WebSocketDisconnect:
        return


async def _serve(socket: WebSocket, services: Services, node: str, name: str) -> None:
    student = get_student(socket)
    with services.terminals.socket_of(student):
        hello = await _hello(socket)
        services.pool.require_node(student, node)
        async with services.terminals.attached(student, node, name, hello) as (session, viewer):
            # Opening took a moment, in which the sandbox may have been given up.
            services.pool.require_node(student, node)
            _count_replay(services, hello, session, viewer)
            problem = await _converse(socket, services, student, session, viewer)
    if problem:
        raise problem


async def _hello(socket: WebSocket) -> protocol.Hello:
    with anyio.move_on_after(get_patience(socket).hello_s):
        frame = protocol.decode(await _receive(socket))
        if isinstance(frame, protocol.Hello):
            return frame
    raise BadRequest("The first frame has to be H, in time.")


def _count_replay(
    services: Services, hello: protocol.Hello, session: Session, viewer: Viewer
) -> None:
    """Of a page that has seen this very shell before."""
    if hello.shell == session.id:
        services.metrics.replayed.inc(session.kept[1] - viewer.seq)
        services.metrics.skipped.labels("gone").inc(max(0, viewer.seq - hello.last_seq))


async def _converse(
    socket: WebSocket, services: Services, student: str, session: Session, viewer: Viewer
) -> SlipwayError | None:
    """Both directions until one of them ends; what the browser did wrong, if that is why."""
    problem: SlipwayError | None = None
    async with anyio.create_task_group() as tasks:

        async def listen() -> None:
            nonlocal problem
            try:
                await _listen(socket, services, session, viewer, student, promptness=promptness)
            except SlipwayError as error:
                problem = error
            except WebSocketDisconnect:
                pass
            tasks.cancel_scope.cancel()

        async def give_up() -> None:
            await sender.stalled()
            tasks.cancel_scope.cancel()

        async def make_way() -> None:
            await viewer.replaced.wait()
            tasks.cancel_scope.cancel()

        promptness = services.metrics.promptness(student)
        sender = Sender(socket)
        tasks.start_soon(listen)
        tasks.start_soon(give_up)
        tasks.start_soon(make_way)
        await _show(sender, services, session, viewer, promptness)
        tasks.cancel_scope.cancel()
    return problem


class Sender:
    """A browser that takes nothing in for ``send_s`` is let go; it may come back.

    One look now and then for all frames, because a time limit for each would cost as much as
    sending it.
    """

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._sent = 0
        self._waits = False

    async def send(self, frame: bytes) -> None:
        self._waits = True
        await self._socket.send_bytes(frame)
        self._waits = False
        self._sent += 1

    async def close(self, code: int) -> None:
        await self._socket.close(code)

    async def stalled(self) -> None:
        """Returns when a frame has waited too long: up to twice ``send_s``."""
        send_s = get_patience(self._socket).send_s
        sent = -1
        while not (self._waits and sent == self._sent):
            sent = self._sent
            await anyio.sleep(send_s)


async def _show(
    sender: Sender, services: Services, session: Session, viewer: Viewer, promptness: Promptness
) -> None:
    try:
        first = protocol.reset(session.id, viewer.seq, session.kept[1], viewer.typed)
        await sender.send(first)
        async for event in viewer.events():
            frame = _frame(event)
            await sender.send(frame)
            services.metrics.sent.inc(len(frame))
            if isinstance(event, Output):
                promptness.said()
            elif isinstance(event, Gap):
                services.metrics.skipped.labels(event.why).inc(event.skipped or 0)
        await sender.send(protocol.ended(session.exit_code))
        await sender.close(protocol.CLOSE_CODES["SHELL_ENDED"])
    except (WebSocketDisconnect, RuntimeError):
        # The browser left, or might as well have; listening notices too.
        return


def _frame(event: Event) -> bytes:
    match event:
        case Output(seq, data):
            return protocol.output(seq, data)
        case Gap(seq, skipped, why, modes):
            return protocol.gap(seq, skipped, why, modes)
        case Size(rows, cols, mine):
            return protocol.size(rows, cols, mine=mine)
        case Typed(count):
            return protocol.typed(count)
        case Pong(payload):
            return protocol.pong(payload)


async def _listen(
    socket: WebSocket,
    services: Services,
    session: Session,
    viewer: Viewer,
    student: str,
    *,
    promptness: Promptness,
) -> None:
    """Never waits for the shell: pings and closes must be read even if it takes no input."""
    while True:
        match protocol.decode(await _receive(socket)):
            case protocol.Input(data):
                services.pool.touch(student)
                promptness.typed()
                session.type(viewer, data)
                services.metrics.typed.inc(len(data))
            case protocol.Ack(seq):
                viewer.acknowledge(seq)
            case protocol.Resize(rows, cols):
                session.resize(viewer, rows, cols)
            case protocol.Control():
                session.take_control(viewer)
            case protocol.Ping(payload):
                viewer.tell(Pong(payload))
            case protocol.Hello():
                raise BadRequest("H comes once, as the first frame.")


async def _receive(socket: WebSocket) -> bytes:
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1005))
    data = message.get("bytes")
    if data is None:
        raise BadRequest("Frames are binary, not text.")
    return bytes(data)


async def _refuse(socket: WebSocket, error: SlipwayError) -> None:
    if socket.application_state is not WebSocketState.CONNECTED:
        return
    try:
        await socket.send_bytes(protocol.error(error.code, error.message, error.hint))
        await socket.close(close_code(error))
    except (WebSocketDisconnect, RuntimeError):
        return
