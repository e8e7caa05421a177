"""Sends one packet from one end to another in a student's nodes, watches, and tells the way."""

from __future__ import annotations

import asyncio
import random
from contextlib import asynccontextmanager, contextmanager
from shlex import quote
from typing import TYPE_CHECKING

import anyio

from app.errors import BadRequest, NodeUnavailable, TooManyRequests
from app.lens import facts, names, observed, plan, scripts
from app.lens.capture import Mark
from app.lens.model import Hop, Passage
from app.lens.trail import inside
from app.lens.verdict import judge
from app.limits import PerMinute

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from app.lens.facts import NodeFacts
    from app.lens.model import End, Question
    from app.lens.names import Lookup
    from app.lens.plan import Party, Plan
    from app.sandboxes.engine import NodeStatus, Program, SandboxEngine

    # For each node, labels and namespaces.
    Wanted = dict[str, list[tuple[plan.Label, str]]]

LOOKS_PER_MINUTE = 20
AT_ONCE = 16
WHOLE_S = 25
ASK_S, SEND_S, READY_S, TELL_S = 9, 7, 6, 10
SAID_BYTES = 16_384
WATCH_BYTES = 400_000
READ_BYTES = 65_536
# A size of ping's, or a port of curl's that the kernel gives to nobody by itself, marks the packet.
SIZES = (80, 480)
PORTS = (20_000, 29_999)


class Lens:
    """One look at a time for each student, and so many a minute."""

    def __init__(self, engine: SandboxEngine, *, ready_s: float = READY_S) -> None:
        self._engine = engine
        self._ready_s = ready_s
        self._asked = PerMinute(LOOKS_PER_MINUTE, "looks through the lens")
        self._looking: set[str] = set()
        self._room = anyio.Semaphore(AT_ONCE)

    async def look(self, student: str, nodes: Sequence[NodeStatus], question: Question) -> Passage:
        """Raises ``NodeUnavailable`` where a node can't be asked, ``NotFound`` where an end is
        gone, ``BadRequest`` and ``TooManyRequests``.
        """
        with self._one_at_a_time(student):
            try:
                with anyio.fail_after(WHOLE_S):
                    async with self._room:
                        return await self._look(student, nodes, question)
            except TimeoutError as error:
                raise NodeUnavailable(
                    "The packet took longer than anybody wants to wait.",
                    "The node may be busy; try again in a moment.",
                ) from error

    @contextmanager
    def _one_at_a_time(self, student: str) -> Iterator[None]:
        if student in self._looking:
            raise TooManyRequests("One packet at a time.", "Wait until the last one is back.")
        self._asked.count(student)
        self._looking.add(student)
        try:
            yield
        finally:
            self._looking.remove(student)

    async def _look(self, student: str, nodes: Sequence[NodeStatus], question: Question) -> Passage:
        found = await self._facts(student, nodes, question)
        source = _party(question.source, found)
        target = None if question.target.kind == "name" else _party(question.target, found)
        if refused := plan.unsendable(source, target):
            return refused
        lookup = await self._lookup(student, question, source, target)
        if lookup and lookup.addresses and not target:
            target = await self._holder(student, found, lookup.addresses[0])
        made = plan.make(question, source, target, lookup)
        if not made:
            return _unknown(source, lookup)
        mark = _mark(question)
        watched = await self._send(student, made, mark)
        return judge(made, watched)

    async def _facts(
        self, student: str, nodes: Sequence[NodeStatus], question: Question
    ) -> dict[str, NodeFacts]:
        """Those of every node that is ready; the ends' must be."""
        ends = (question.source, question.target)
        ready = {node.name: node for node in nodes if node.state == "ready"}
        for end in ends:
            if end.kind != "name" and end.node not in ready:
                raise NodeUnavailable(f"{end.node} is not running.", "Restart it, or reset.")

        async def one(node: NodeStatus) -> NodeFacts:
            ids = {end.container for end in ends if end.node == node.name and end.container}
            return await facts.ask(self._engine, student, node.name, node.ip, *ids)

        rows = await asyncio.gather(*(one(node) for node in ready.values()))
        return {row.name: row for row in rows}

    async def _lookup(
        self, student: str, question: Question, source: Party, target: Party | None
    ) -> Lookup | None:
        name = plan.name_to_look_up(question, source, target)
        outside = any(end.kind == "outside" for end in (question.source, question.target))
        if not (name or outside):
            return None
        pid = source.container.pid if source.container else 0
        said = await self._engine.run(
            student,
            source.node.name,
            scripts.ASK,
            environment={
                "NAME": name,
                "NAMESPACE": source.namespace,
                "RESOLV": f"/proc/{pid}/root/etc/resolv.conf" if pid else "/etc/resolv.conf",
                "OUTSIDE": "yes" if outside else "",
            },
            timeout_s=ASK_S,
            output_bytes=SAID_BYTES,
        )
        if said.exit_code == scripts.NO_OUTSIDE:
            raise NodeUnavailable("The computer outside could not be made.", "Reset the node.")
        found = scripts.sections(said.output)
        return names.read(name, found.get("server", ""), found.get("dig", "")) if name else None

    async def _holder(self, student: str, found: dict[str, NodeFacts], ip: str) -> Party | None:
        """Whoever has the address that a name led to, where that is known."""
        for row in found.values():
            if ip == row.ip:
                return plan.party(None, row)
            if ip in row.holders:
                wanted = row.holders[ip]
                whole = await facts.ask(self._engine, student, row.name, row.ip, wanted)
                return plan.party(whole.containers[wanted], whole)
        return None

    async def _send(self, student: str, made: Plan, mark: Mark) -> observed.Observed:
        """With every node watched that may see it."""
        wanted: Wanted = {}
        for node, label, namespace in made.places:
            wanted.setdefault(node, []).append((label, namespace))
        filter_ = plan.filter_for(made, mark)
        async with self._watching(student, wanted, filter_) as programs:
            sent = await self._engine.run(
                student,
                made.source.node.name,
                scripts.SEND,
                environment={
                    "PROBE": made.question.probe,
                    "NAMESPACE": made.source.namespace,
                    "ADDRESS": made.address.ip,
                    "PORT": str(made.address.port),
                    "HOST": made.lookup.name if made.lookup else made.address.ip,
                    "SIZE": str(mark.size),
                    "LOCAL": str(mark.port),
                },
                timeout_s=SEND_S,
                output_bytes=SAID_BYTES,
            )
            said = await asyncio.gather(*(_told(program) for program in programs.values()))
        places: dict[tuple[str, str], observed.Seen] = {}
        for node, text in zip(programs, said, strict=True):
            sections = scripts.sections(text)
            for label, _ in wanted[node]:
                places[node, label] = observed.read_place(sections, label, mark)
        return observed.Observed(observed.read_sent(sent.output), places)

    @asynccontextmanager
    async def _watching(
        self, student: str, wanted: Wanted, filter_: str
    ) -> AsyncIterator[dict[str, Program]]:
        """One program in each node, from when all of them are ready."""
        programs: dict[str, Program] = {}
        try:
            for node, places in wanted.items():
                command = scripts.watch_command(filter_, places)
                programs[node] = await self._engine.start_program(student, node, command)
            await asyncio.gather(*(self._ready(*row) for row in programs.items()))
            yield programs
        finally:
            for program in programs.values():
                program.close()

    async def _ready(self, node: str, program: Program) -> None:
        """Once its captures have begun."""
        said = b""
        with anyio.move_on_after(self._ready_s):
            while (data := await program.read(len(scripts.READY))) and len(said) < READ_BYTES:
                said += data
                if said.endswith(scripts.READY):
                    return
        raise NodeUnavailable(f"The packets of {node} can't be watched.", "Reset the node.")


async def _told(program: Program) -> str:
    """All that a watch has seen, once it has been told to stop."""
    said = bytearray()
    await program.write(b"\n")
    with anyio.move_on_after(TELL_S):
        while len(said) < WATCH_BYTES and (data := await program.read(READ_BYTES)):
            said += data
    return said.decode(errors="replace")


def _party(end: End, found: dict[str, NodeFacts]) -> Party:
    node = found[end.node]
    if end.kind == "container" and not end.container:
        raise BadRequest("Which container is meant?", "Give its id.")
    container = node.containers.get(end.container) if end.kind == "container" else None
    return plan.party(container, node, is_outside=end.kind == "outside")


def _mark(question: Question) -> Mark:
    if question.probe == "ping":
        return Mark(size=random.randint(*SIZES))  # noqa: S311 - to tell packets apart
    return Mark(port=random.randint(*PORTS))  # noqa: S311 - the same


def _unknown(source: Party, lookup: Lookup | None) -> Passage:
    """There is no address to send anything to."""
    if not lookup or lookup.addresses:
        text = f"There is no address that {source.name} could send it to."
        stop = Hop("stop", "No address", text, source.at, ok=False)
        return Passage(arrived=False, verdict=text, hops=(stop,))
    name = lookup.name
    server = lookup.server or "Its resolver"
    text = f"{source.name} does not find {name}: {server} {lookup.says}."
    on = [n for n in source.container.places if n not in plan.NAMELESS] if source.container else []
    hint = f"On {', '.join(on)} nobody has that name." if on else ""
    if source.container and not on:
        hint = "Containers find each other by name on networks that you have made only."
    command = inside(source, f"dig {quote(f'@{lookup.server}')} {quote(name)}")
    hop = Hop("name", "Name", text, source.at, ok=False, evidence=lookup.lines, command=command)
    return Passage(arrived=False, verdict=text, hint=hint, hops=(hop,), commands=(command,))
