"""Questions to a node's Docker API and its events, both with bounds on what is listened to."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from typing import TYPE_CHECKING, Any

import h11

from app.errors import SlipwayError
from app.topology.allowance import Allowance

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from app.sandboxes.engine import NodeApi

ANSWER_TIMEOUT_S = 10
MAX_EVENT_BYTES = 65_536
# Worked through at once; in between, others have their turn.
SLICE_BYTES = 4096
OK = 200
NO_ANSWER = "The node's engine does not answer."


class ApiEnded(SlipwayError):
    """The node's engine hung up, or said what is no HTTP."""


class AnswerTooLarge(SlipwayError):
    """More than anybody wants to draw. The connection is of no more use."""

    def __init__(self, path: str) -> None:
        super().__init__("The answer is too large to be drawn.")
        self.path = path


class Questions:
    """One batch at a time; ``on_event`` gets what is known of each event, or nothing at all of
    one that was too long to be read.
    """

    def __init__(
        self,
        api: NodeApi,
        on_event: Callable[[dict[str, Any]], None],
        allowance: Allowance | None = None,
    ) -> None:
        self._api = api
        self._on_event = on_event
        self._allowance = allowance or Allowance()
        self._http = h11.Connection(h11.CLIENT)
        self._line = bytearray()
        self._skipping = False
        self._status = 0
        self._body = bytearray()
        self._open: deque[tuple[str, int]] = deque()
        self._found: list[Any] = []
        self._answered: asyncio.Future[None] | None = None
        self._ended = False

    async def listen(self) -> None:
        """Runs beside the questions, and ends with the connection."""
        try:
            async for kind, data in self._api.chunks():
                take = self._hear if kind == "event" else self._receive
                for at in range(0, len(data), SLICE_BYTES):
                    with self._allowance.working():
                        take(data[at : at + SLICE_BYTES])
                    await self._allowance.settle()
        except (h11.ProtocolError, ValueError, RecursionError):
            pass  # what is said there is no HTTP, or no JSON: as good as nothing
        finally:
            self._ended = True
            self._fail(ApiEnded(NO_ANSWER))

    async def get(self, path: str, most_bytes: int) -> Any:  # noqa: ANN401 - JSON
        return (await self.get_all({path: most_bytes}))[path]

    async def get_all(self, most_bytes: Mapping[str, int]) -> dict[str, Any]:
        """The JSON at each path; None where the engine has another answer than 200."""
        if self._ended:
            raise ApiEnded(NO_ANSWER)
        self._open = deque(most_bytes.items())
        self._found = []
        self._answered = asyncio.get_running_loop().create_future()
        self._expect()
        await self._api.ask(list(most_bytes))
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                await self._answered
        except TimeoutError as error:
            raise ApiEnded(NO_ANSWER) from error
        return dict(zip(most_bytes, self._found, strict=True))

    def _expect(self) -> None:
        """The node has a client of its own, so what this one would say goes nowhere."""
        self._http.send(h11.Request(method="GET", target="/", headers=[("Host", "engine")]))
        self._http.send(h11.EndOfMessage())

    def _receive(self, data: bytes) -> None:
        self._http.receive_data(data)
        while (event := self._http.next_event()) is not h11.NEED_DATA:
            if not self._open:
                raise h11.RemoteProtocolError("Nothing was asked.")
            if isinstance(event, h11.Response):
                self._status = event.status_code
            elif isinstance(event, h11.Data):
                self._body += event.data
                path, most = self._open[0]
                if len(self._body) > most:
                    self._fail(AnswerTooLarge(path))
                    self._body.clear()
            elif isinstance(event, h11.EndOfMessage):
                self._complete()
            else:
                raise h11.RemoteProtocolError("The engine closes.")

    def _complete(self) -> None:
        self._found.append(json.loads(self._body) if self._status == OK else None)
        self._body.clear()
        self._open.popleft()
        self._http.start_next_cycle()
        if self._open:
            self._expect()
        elif self._answered and not self._answered.done():
            self._answered.set_result(None)

    def _fail(self, error: SlipwayError) -> None:
        if self._answered and not self._answered.done():
            self._answered.set_exception(error)

    def _hear(self, data: bytes) -> None:
        *ends, rest = data.split(b"\n")
        for end in ends:
            if not self._skipping:
                self._on_event(_event(bytes(self._line) + end))
            self._skipping = False
            self._line.clear()
        if len(self._line) + len(rest) > MAX_EVENT_BYTES:
            self._line.clear()
            if not self._skipping:
                self._on_event({})
            self._skipping = True
        if not self._skipping:
            self._line += rest


def _event(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
