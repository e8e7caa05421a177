"""What Slipway can do, in one place: opened once, closed once, and free of HTTP."""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread

from app import drain
from app.arrivals import Arrivals
from app.catch_up import CatchUps
from app.checking import Attempt, Checker
from app.classroom.expected import ExpectedClasses, expectations
from app.database.connection import Database
from app.errors import BadRequest, NotFound
from app.lens.lens import Lens
from app.lessons.load import load_check_library, load_course
from app.lessons.search import Search
from app.metrics import Metrics
from app.news import News, NewsDesk
from app.previews.previews import Previews
from app.progress.patient import PatientStore
from app.progress.store import Progress, ProgressStore
from app.rereading import reread
from app.sandboxes.pool import SandboxPool
from app.secret import load_secret
from app.staging import Stage
from app.takeaway.cheat_sheet import Sheet, sheet
from app.takeaway.transcript import Section, transcript
from app.terminals.hub import TerminalHub
from app.topology.pictures import Pictures

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from app.catch_up import CatchUp
    from app.checking import Verdict
    from app.drain import Drain
    from app.lens.model import Passage, Question
    from app.lessons.model import Course, Lesson, Option, Step
    from app.news import Listener
    from app.sandboxes.engine import SandboxEngine
    from app.sandboxes.pace import Pace
    from app.sandboxes.view import SandboxView
    from app.settings import Settings
    from app.topology.model import Topology

LATER = "Done. It will be noted as soon as the database answers again."
MAX_ARRIVALS = 4096
# So that a student's first prompt and first picture don't want the processors at the same moment.
BREATH_S = 0.25


@dataclass(slots=True)
class Services:
    """Everything a request may need; one per running site."""

    settings: Settings
    secret: bytes
    course: Course
    search: Search
    pool: SandboxPool
    terminals: TerminalHub
    pictures: Pictures
    checker: Checker
    stage: Stage
    store: PatientStore
    previews: Previews
    packet_lens: Lens
    catch_ups: CatchUps
    desk: NewsDesk = field(default_factory=NewsDesk)
    arrivals: Arrivals = field(default_factory=lambda: Arrivals(MAX_ARRIVALS))
    metrics: Metrics = field(default_factory=Metrics)

    def lesson(self, slug: str, languages: Sequence[str] = ()) -> Lesson:
        """In the first of the languages that it exists in."""
        lesson = self.course.lesson(slug)
        if not lesson:
            raise NotFound("There is no such lesson.", "The course page lists all of them.")
        return self.course.translated(lesson, languages)

    def renew(self, course: Course, library: str) -> None:
        """From now on these are the lessons, and what their checks may use."""
        self.course = course
        old, self.search = self.search, Search(course)
        old.close()
        self.checker.library = self.stage.library = library

    def tell_content(self, findings: list[str]) -> None:
        """The lessons have been read anew; or could not be, for these findings."""
        self.desk.tell_everybody(News("content", {"findings": findings}))

    def nodes_for(self, slug: str) -> int:
        """How many nodes a lesson needs; outside of lessons one will do."""
        return self.lesson(slug).nodes if slug else 1

    @contextmanager
    def listen(self, student: str, slug: str = "") -> Iterator[Listener]:
        """One page's news. For as long as there is one, pictures are drawn, and the nodes stay
        that its lesson needs.
        """
        lesson = self.course.lesson(slug)
        with (
            self.pool.page(student, lesson.nodes if lesson else 1),
            self.pictures.follow(student, self.pool.view(student).nodes),
            self.desk.listen(student) as listener,
        ):
            yield listener

    async def topology(self, student: str) -> Topology:
        return await self.pictures.look(student, self.pool.view(student).nodes)

    async def lens(self, student: str, question: Question) -> Passage:
        """Sends a packet from one end to the other and tells the way that it took."""
        self.pool.touch(student)
        for end in (question.source, question.target):
            if end.kind != "name":
                self.pool.require_node(student, end.node)
        return await self.packet_lens.look(student, self.pool.view(student).nodes, question)

    async def progress(self, student: str) -> Progress:
        """What the student has done, as far as can be told now."""
        return await anyio.to_thread.run_sync(self.store.read, student)

    async def cheat_sheets(
        self, student: str, slug: str = "", languages: Sequence[str] = ()
    ) -> list[Sheet]:
        """Of one lesson, or of all."""
        lessons = [self.lesson(slug)] if slug else self.course.lessons
        progress = await self.progress(student)
        return [sheet(self.course.translated(it, languages), progress) for it in lessons]

    async def transcript(self, student: str, slug: str = "") -> list[Section]:
        """What the student did, in one lesson or in all."""
        wanted = self.lesson(slug) if slug else None
        progress = await self.progress(student)
        recordings = self.terminals.recordings(student) if student else []
        sections = await anyio.to_thread.run_sync(
            transcript, self.course, progress, self.arrivals.of(student), recordings
        )
        return [it for it in sections if wanted in (None, it.lesson)]

    async def check(
        self, student: str, slug: str, step_id: str, answer: str, languages: Sequence[str] = ()
    ) -> Verdict:
        """Looks at the student's node; a step that passes stays done."""
        self.pool.touch(student)
        step = self.lesson(slug, languages).step(step_id)
        if not step:
            raise NotFound("This lesson has no such step.")
        self.pool.require_node(student, step.node)
        started = self.arrivals.since(student, slug)
        heard = self.terminals.heard(student, step.node)
        verdict = await self.checker.check(student, step, Attempt(answer, started, heard))
        self.metrics.checks.labels("passed" if verdict.passed else "not yet").inc()
        if verdict.passed:
            noted = await anyio.to_thread.run_sync(self.store.finish_step, student, slug, step_id)
            if not noted:
                verdict = replace(verdict, message=LATER)
            news = {"lesson": slug, "step": step_id, "passed": True}
            self.desk.tell(student, News("step", news))
        return verdict

    def catch_up(self, student: str, slug: str, step_id: str) -> CatchUp:
        """Begins to bring the student to a step, in a fresh sandbox."""
        lesson = self.lesson(slug)
        step = lesson.step(step_id)
        if not step or step == lesson.steps[0]:
            raise NotFound("There is no such step to catch up to.")

        async def finish(earlier: Step) -> bool:
            answer = await self.stage.run(student, earlier.answer) if earlier.answer else ""
            return (await self.check(student, slug, earlier.id, answer)).passed

        return self.catch_ups.begin(student, lesson, step, finish)

    async def prepare(self, student: str, slug: str, step_id: str = "") -> None:
        """Makes the state in which a lesson, or a step of it, begins."""
        self.pool.touch(student)
        begun = self.lesson(slug).step(step_id) if step_id else self.lesson(slug)
        if not begun or not begun.setup:
            raise NotFound("There is nothing to prepare here.")
        for node in {script.node for script in begun.setup}:
            self.pool.require_node(student, node)
        await self.stage.set(student, begun.setup)

    async def answer(
        self, student: str, slug: str, quiz_id: str, number: int, languages: Sequence[str] = ()
    ) -> Option:
        """Notes the student's choice and returns it with its explanation."""
        quiz = self.lesson(slug, languages).quiz(quiz_id)
        if not quiz:
            raise NotFound("This lesson has no such quiz.")
        if not 0 <= number < len(quiz.options):
            raise BadRequest(f"This quiz has options 0 to {len(quiz.options) - 1}.")
        option = quiz.options[number]
        await anyio.to_thread.run_sync(
            lambda: self.store.answer_quiz(
                student, slug, quiz_id, option=number, right=option.right
            )
        )
        return option


@asynccontextmanager
async def open_services(
    settings: Settings, engine: SandboxEngine, pace: Pace | None = None, *, rereads: bool = False
) -> AsyncIterator[Services]:
    """Raises ``LessonsInvalid`` or ``SetupFailed`` when there is nothing to serve.

    With ``rereads``, lessons are read again when they change.
    """
    course = load_course(settings.content_dir)
    library = load_check_library(settings.content_dir)
    search = Search(course)
    secret = load_secret(settings)
    database = Database(settings.sqlalchemy_url)
    store = PatientStore(ProgressStore(database))
    awaited = expectations(ExpectedClasses(database))
    desk, metrics = NewsDesk(), Metrics()

    async def drains() -> Drain | None:
        return await anyio.to_thread.run_sync(drain.current, settings)

    stage = Stage(engine, settings, library)
    terminals = TerminalHub(engine, settings)
    previews = Previews(engine)
    pictures = Pictures(engine, desk.tell_topology, breath_s=BREATH_S)
    starting: set[str] = set()

    def changed(student: str, view: SandboxView) -> None:
        if view.state in ("starting", "failed", "ended"):
            terminals.end(student)
        for node in view.nodes:
            if node.state != "ready":
                terminals.end(student, node.name)
        metrics.see(student, view.state)
        if view.state == "starting":
            starting.add(student)
        elif student in starting:
            starting.discard(student)
            if view.state == "ready":
                terminals.expect(student)
        desk.tell_sandbox(student, view)
        pictures.see(student, view.nodes if view.state == "ready" else ())

    try:
        async with (
            terminals,
            pictures,
            SandboxPool(engine, settings, changed, awaited, pace, drains=drains) as pool,
            CatchUps(engine, pool, stage, desk.tell_catch_up) as catch_ups,
            anyio.create_task_group() as tasks,
        ):
            tasks.start_soon(store.keep)
            checker = Checker(engine, settings, library)
            services = Services(
                settings,
                secret,
                course,
                search,
                pool,
                terminals,
                pictures,
                checker,
                stage,
                store,
                previews,
                Lens(engine),
                catch_ups,
                desk,
                metrics=metrics,
            )
            if rereads:
                tasks.start_soon(
                    reread, settings.content_dir, services.renew, services.tell_content
                )
            yield services
            tasks.cancel_scope.cancel()
            services.search.close()
    finally:
        await previews.aclose()
        search.close()
        store.write_waiting()
        database.close()
        await engine.aclose()


def check_setup(settings: Settings) -> None:
    """Raises what ``open_services`` would, before there is a server around it that wraps it up."""
    load_course(settings.content_dir)
    load_check_library(settings.content_dir)
    load_secret(settings)
    Database(settings.sqlalchemy_url).close()
