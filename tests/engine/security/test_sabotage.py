"""A student breaks what the app uses in a node: the app says so, within its limits, and goes on.

A root student can always make a node lie: a program in place of sh can say what the app waits for.
That harms nobody but the student; what is held here is that a broken node gives no verdict at all.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import pytest

from app.checking import Checker
from app.errors import NodeUnavailable, SlipwayError
from app.lessons.model import Step
from app.sandboxes.docker_shell import GRACE_S, REAP_TIMEOUT_S
from tests.support.engine import a_student, engine_settings, read_some

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from app.sandboxes.docker_engine import DockerEngine
    from app.sandboxes.docker_shell import DockerShell

pytestmark = [pytest.mark.anyio, pytest.mark.row(26)]
LIBRARY = (Path(__file__).parents[3] / "content/checks.sh").read_text()
CHECK_TIMEOUT_S = 4
SLACK_S = 30  # for a machine with other work
# The last command of each may take away what the script itself runs on.
SABOTAGE = {
    "sh is gone": "rm /bin/sh",
    "sh is garbage": "echo garbage >/tmp/sh; chmod 755 /tmp/sh; ln -sf /tmp/sh /bin/sh",
    "sh can't be executed": "touch /tmp/sh; ln -sf /tmp/sh /bin/sh",
    "sh is a loop": "ln -sf /bin/sh /bin/sh",
    "sh never ends": "printf '#!/bin/bash\\nexec sleep 600\\n' >/tmp/sh; chmod 755 /tmp/sh;"
    " ln -sf /tmp/sh /bin/sh",
    "sh talks without end": "printf '#!/bin/bash\\nexec yes\\n' >/tmp/sh; chmod 755 /tmp/sh;"
    " ln -sf /tmp/sh /bin/sh",
    "sh says no to everything": "printf '#!/bin/bash\\nexit 1\\n' >/tmp/sh; chmod 755 /tmp/sh;"
    " ln -sf /tmp/sh /bin/sh",
    "sh says yes to everything": "printf '#!/bin/bash\\necho yes\\n' >/tmp/sh; chmod 755 /tmp/sh;"
    " ln -sf /tmp/sh /bin/sh",
    "the engine is held": "kill -STOP $(pidof dockerd)",
    "bash is garbage": "rm /bin/bash; echo garbage >/bin/bash; chmod 755 /bin/bash",
    "docker is gone": "rm $(command -v docker)",
    "docker is garbage": "D=$(command -v docker); rm $D; echo garbage >$D; chmod 755 $D",
    "docker never ends": "D=$(command -v docker); rm $D; ln -s /bin/cat /tmp/cat;"
    " printf '#!/bin/sh\\nexec sleep 600\\n' >$D; chmod 755 $D",
    "timeout is gone": "rm $(command -v timeout)",
    "timeout does not keep time, and docker never ends": "T=$(command -v timeout); rm $T;"
    " printf '#!/bin/sh\\nshift 3; exec \"$@\"\\n' >$T; chmod 755 $T;"
    " D=$(command -v docker); rm $D;"
    " printf '#!/bin/sh\\nexec sleep 600\\n' >$D; chmod 755 $D",
    "the C library is gone": "rm /lib/ld-musl-*",
    "the C library is garbage": "echo garbage >/tmp/c; mv /tmp/c /lib/ld-musl-x86_64.so.1",
    "every program is garbage": "for p in /usr/bin/* /usr/sbin/*; do [ -L $p ] || echo garbage >$p;"
    " done 2>/dev/null; echo garbage >/tmp/b; mv /tmp/b /bin/busybox",
    "the shell's program is gone": "rm -r /usr/lib/slipway",
    "the engine's socket is somebody else's": "rm /run/docker.sock;"
    " (while :; do yes | nc -l -s 127.0.0.1 -p 9; done >/dev/null 2>&1 &) ; mkdir /run/docker.sock",
    "nothing can be read": "chmod 0 /usr /bin /lib /etc",
}
# A check does not need what these take away; and root reads what nobody may read.
HARMLESS = ("bash is garbage", "the shell's program is gone", "nothing can be read")
# Those on which a sound check goes on.
MEDDLING = {
    "a docker of one's own": "printf '#!/bin/sh\\nexit 1\\n' >/usr/local/bin/docker;"
    " chmod 755 /usr/local/bin/docker",
    "another context": "mkdir -p /root/.docker; docker context create away"
    " --docker host=tcp://192.0.2.1:2375; docker context use away",
    "settings that are garbage": "mkdir -p /root/.docker; echo garbage >/root/.docker/config.json",
    "a profile that ends every shell": "echo exit 1 >/root/.profile; echo exit 1 >/root/.bashrc;"
    " echo exit 1 >>/etc/profile",
    "no room for files": "for place in /tmp /root /run/lock; do mkdir -p $place;"
    " mount -t tmpfs -o size=4k none $place; dd if=/dev/zero of=$place/full bs=4k count=9; done",
}


@pytest.fixture
async def sound(engine: DockerEngine) -> AsyncIterator[str]:
    async with a_student(engine) as student:
        yield student


@pytest.fixture
def checker(engine: DockerEngine) -> Checker:
    settings = engine_settings().model_copy(update={"check_timeout_s": CHECK_TIMEOUT_S})
    return Checker(engine, settings, LIBRARY)


def a_step(check: str) -> Step:
    return Step(
        id="one", kind="run", title="One", body=(), check=check, solution=(), hints=(), mistakes=(),
        line=1,
    )  # fmt: skip


NOT_DONE = a_step("docker network inspect nobody-made-this")


@pytest.mark.parametrize("what", SABOTAGE)
async def test_a_broken_node_is_never_a_done_step_nor_a_hang(
    engine: DockerEngine, checker: Checker, what: str
) -> None:
    async with a_student(engine) as student:
        await engine.run(
            student, "node1", SABOTAGE[what], environment={}, timeout_s=5, output_bytes=1000
        )
        started = time.monotonic()
        said = await outcome_of(checker, student)
        if what in HARMLESS:
            assert said is False
        else:
            assert isinstance(said, SlipwayError)
            assert said.message.endswith(".")
            assert said.hint
        assert time.monotonic() - started < CHECK_TIMEOUT_S + GRACE_S + SLACK_S
        await a_terminal_says_something_or_ends(engine, student)


async def outcome_of(checker: Checker, student: str) -> bool | SlipwayError:
    """Whether the step is done, or the reason why that can't be seen; nothing else may come up."""
    try:
        return (await checker.check(student, NOT_DONE)).passed
    except SlipwayError as error:
        return error


async def a_terminal_says_something_or_ends(engine: DockerEngine, student: str) -> None:
    try:
        shell = await engine.open_shell(student, "node1", 24, 80)
    except SlipwayError:
        return  # a sentence of ours; its hint is the page's to show
    with anyio.fail_after(REAP_TIMEOUT_S + GRACE_S + SLACK_S):
        seen = await first_words(shell)
        assert seen or await shell.exit_code() != 0
    with anyio.fail_after(REAP_TIMEOUT_S + GRACE_S + SLACK_S):
        await shell.close()


async def first_words(shell: DockerShell) -> bytes:
    await shell.write(b"echo hello\r")
    with anyio.move_on_after(2):
        return await read_some(shell)
    return b"nothing yet"


@pytest.mark.parametrize("what", MEDDLING)
async def test_what_a_student_does_to_their_own_shell_changes_no_verdict(
    engine: DockerEngine, sound: str, checker: Checker, what: str
) -> None:
    await engine.run(sound, "node1", MEDDLING[what], environment={}, timeout_s=5, output_bytes=1000)
    assert not (await checker.check(sound, NOT_DONE)).passed
    assert (await checker.check(sound, a_step("docker network inspect bridge"))).passed


async def test_a_held_engine_is_called_by_its_name(
    engine: DockerEngine, sound: str, checker: Checker
) -> None:
    await engine.run(
        sound, "node1", SABOTAGE["the engine is held"],
        environment={}, timeout_s=5, output_bytes=1000,
    )  # fmt: skip
    with pytest.raises(NodeUnavailable, match="engine on node1 is stopped, or does not answer"):
        await checker.check(sound, NOT_DONE)


async def test_a_sound_node_s_checks_and_terminals_go_on(
    engine: DockerEngine, sound: str, checker: Checker
) -> None:
    """The control case: the same step, not done and then done."""
    assert not (await checker.check(sound, NOT_DONE)).passed
    assert (await checker.check(sound, a_step("docker network inspect bridge"))).passed
    await a_terminal_says_something_or_ends(engine, sound)
