"""An engine whose checks end as the test says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.checking import FAILED, LOOKED, PASSED
from app.sandboxes.echo_engine import EchoEngine
from app.sandboxes.engine import RunResult

if TYPE_CHECKING:
    from collections.abc import Mapping


class CheckingEngine(EchoEngine):
    """Answers every script as if it had looked, and keeps what it was asked."""

    def __init__(
        self,
        exit_code: int = 0,
        output: str = "",
        *,
        timed_out: bool = False,
        truncated: bool = False,
    ) -> None:
        super().__init__()
        said = f"{LOOKED}\n{output}" if exit_code in (PASSED, FAILED) else output
        self.result = RunResult(exit_code, said, truncated=truncated, timed_out=timed_out)
        self.scripts: list[str] = []
        self.environments: list[dict[str, str]] = []

    async def run(
        self,
        student: str,
        node: str,
        script: str,
        *,
        environment: Mapping[str, str],
        timeout_s: float,
        output_bytes: int,
    ) -> RunResult:
        assert timeout_s > 0
        assert output_bytes > 0
        self._find_running(student, node)
        self.scripts.append(script)
        self.environments.append(dict(environment))
        return self.result
