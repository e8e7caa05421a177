"""An engine that is somebody else's may say anything: what is listened to has an end."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from app.topology.questions import MAX_EVENT_BYTES, AnswerTooLarge, ApiEnded, Questions
from tests.support.eventually import soon

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from typing import Literal

pytestmark = pytest.mark.anyio


class ScriptedApi:
    """Says what a test gives it: answers when it is asked, and events at any time."""

    def __init__(self, *answers: bytes) -> None:
        self._answers = list(answers)
        self._chunks: asyncio.Queue[tuple[Literal["answer", "event"], bytes] | None]
        self._chunks = asyncio.Queue()

    async def ask(self, paths: Sequence[str]) -> None:
        for _ in paths:
            if self._answers:
                self._chunks.put_nowait(("answer", self._answers.pop(0)))
            else:
                self._chunks.put_nowait(None)

    def tell(self, data: bytes) -> None:
        self._chunks.put_nowait(("event", data))

    async def chunks(self) -> AsyncIterator[tuple[Literal["answer", "event"], bytes]]:
        while chunk := await self._chunks.get():
            yield chunk

    def close(self) -> None:
        """Nothing to close."""


def answer(found: object, status: int = 200) -> bytes:
    body = json.dumps(found).encode()
    return f"HTTP/1.1 {status} So\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


@asynccontextmanager
async def asking(api: ScriptedApi, events: list[dict[str, Any]]) -> AsyncIterator[Questions]:
    questions = Questions(api, events.append)
    listening = asyncio.create_task(questions.listen())
    try:
        yield questions
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def test_answers_go_to_their_questions() -> None:
    api = ScriptedApi(answer({"a": 1}), answer({"message": "no"}, 404), answer([2]))
    async with asking(api, []) as questions:
        found = await questions.get_all({"/a": 100, "/none": 100, "/b": 100})
    assert found == {"/a": {"a": 1}, "/none": None, "/b": [2]}


async def test_an_answer_that_is_too_large_is_refused_by_name() -> None:
    api = ScriptedApi(answer("x" * 10), answer("x" * 1000))
    async with asking(api, []) as questions:
        with pytest.raises(AnswerTooLarge) as refused:
            await questions.get_all({"/small": 100, "/large": 100})
    assert refused.value.path == "/large"


@pytest.mark.parametrize("said", [b"SSH-2.0-x\r\n\r\n", answer([])[:-2] + b"[[", b""])
async def test_what_is_no_http_or_no_json_ends_it(said: bytes) -> None:
    async with asking(ScriptedApi(said) if said else ScriptedApi(), []) as questions:
        with pytest.raises(ApiEnded):
            await questions.get("/a", 100)
        with pytest.raises(ApiEnded):
            await questions.get("/b", 100)


async def test_events_come_one_a_line_however_they_are_cut() -> None:
    heard: list[dict[str, Any]] = []
    api = ScriptedApi()
    async with asking(api, heard):
        for part in (b'{"a"', b': 1}\n{"a": 2}\nno json\n{"a"', b": 3}\n"):
            api.tell(part)
        await soon(lambda: len(heard) == 4)
    assert heard == [{"a": 1}, {"a": 2}, {}, {"a": 3}]


async def test_of_an_event_that_is_too_long_only_its_coming_is_told() -> None:
    heard: list[dict[str, Any]] = []
    api = ScriptedApi()
    async with asking(api, heard):
        for _ in range(4):
            api.tell(b"x" * (MAX_EVENT_BYTES // 2))
        api.tell(b'\n{"a": 1}\n')
        await soon(lambda: len(heard) == 2)
    assert heard == [{}, {"a": 1}]
