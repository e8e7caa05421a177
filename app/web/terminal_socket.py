"""Translates between a WebSocket and a terminal session, and does nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
from fastapi import APIRouter, WebSocket
from starlette.websockets import WebSocketDisconnect, WebSocketState

from app.errors import BadRequest, NotAllowed, SlipwayError
from app.terminals import protocol
from app.web.deps import get_services, get_student, same_origin
from app.web.errors import close_code

if TYPE_CHECKING:
    from app.services import Services
    from app.terminals.session import Session

HELLO_TIMEOUT_S = 10

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
        await _refuse(socket, error)
    except WebSocketDisconnect:
        return


async def _serve(socket: WebSocket, services: Services, node: str, name: str) -> None:
    student = get_student(socket)
    with anyio.move_on_after(HELLO_TIMEOUT_S) as waiting:
        hello = protocol.decode(await _receive(socket))
    if waiting.cancelled_caught or not isinstance(hello, protocol.Hello):
        raise BadRequest("The first frame has to be H, within ten seconds.")
    services.pool.require_node(student, node)
    session = await services.terminals.open(student, node, name, hello.rows, hello.cols)
    await session.resize(hello.rows, hello.cols)
    problems: list[SlipwayError] = []
    async with anyio.create_task_group() as tasks:

        async def listen() -> None:
            try:
                await _listen(socket, services, student, session)
            except SlipwayError as error:
                problems.append(error)
            except WebSocketDisconnect:
                pass
            tasks.cancel_scope.cancel()

        tasks.start_soon(listen)
        await _show(socket, session, hello.last_seq)
        tasks.cancel_scope.cancel()
    if problems:
        raise problems[0]


async def _show(socket: WebSocket, session: Session, last_seq: int) -> None:
    try:
        with session.attach(last_seq) as viewer:
            async for seq, data in viewer.chunks():
                await socket.send_bytes(protocol.output(seq, data))
        await socket.send_bytes(protocol.ended(session.exit_code))
        await socket.close(protocol.CLOSE_CODES["SHELL_ENDED"])
    except (WebSocketDisconnect, RuntimeError):
        # The browser left while we were sending; listening notices too.
        return


async def _listen(socket: WebSocket, services: Services, student: str, session: Session) -> None:
    """Never waits for the shell: pings and closes must be read even if it takes no input."""
    while True:
        frame = protocol.decode(await _receive(socket))
        services.pool.touch(student)
        if isinstance(frame, protocol.Input):
            session.type(frame.data)
        elif isinstance(frame, protocol.Resize):
            await session.resize(frame.rows, frame.cols)
        else:
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
    code = (
        protocol.CLOSE_CODES["NO_STUDENT"] if isinstance(error, NotAllowed) else close_code(error)
    )
    try:
        await socket.send_bytes(protocol.error(error.code, error.message, error.hint))
        await socket.close(code)
    except (WebSocketDisconnect, RuntimeError):
        return
