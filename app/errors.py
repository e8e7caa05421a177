"""What can go wrong on our side, as a tree; a student's mistake is a result, none of these.

    SlipwayError
    ├── EngineUnavailable    the class engine does not answer, or is not fit for students
    ├── SandboxUnavailable   the caller has no running sandbox (yet)
    │   └── NodeUnavailable  one node of it is stopped or does not answer
    ├── PortSilent           nothing answers on a port of a student's node
    ├── StoreUnavailable     the database does not answer, or takes nothing more
    ├── TerminalRefused      a terminal can't be opened: a limit, a bad name
    ├── NotFound             no such lesson, step, quiz or node
    ├── BadRequest           a request that is not well formed
    ├── NotAllowed           a request from a stranger: no session, or another site's page
    ├── TooManyRequests      more than a student needs in a minute
    ├── LessonsInvalid       content that can't be taught, with every finding
    └── SetupFailed          this machine can't be made ready; says what to do

Every error carries a sentence for people and, where there is one, what to do next.
"""


class SlipwayError(Exception):
    """``code`` is for programs, ``message`` a sentence, ``hint`` what to do about it."""

    code = "internal"

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class EngineUnavailable(SlipwayError):
    code = "engine_unavailable"


class SandboxUnavailable(SlipwayError):
    code = "sandbox_unavailable"


class NodeUnavailable(SandboxUnavailable):
    code = "node_unavailable"


class PortSilent(SlipwayError):
    code = "port_silent"


class StoreUnavailable(SlipwayError):
    code = "store_unavailable"


class TerminalRefused(SlipwayError):
    code = "terminal_refused"


class NotFound(SlipwayError):
    code = "not_found"


class BadRequest(SlipwayError):
    code = "bad_request"


class NotAllowed(SlipwayError):
    code = "not_allowed"


class TooManyRequests(SlipwayError):
    code = "too_many_requests"


class LessonsInvalid(SlipwayError):
    """``findings`` print as one line each; their type lives in a layer above this one."""

    code = "lessons_invalid"

    def __init__(self, message: str, hint: str = "", findings: tuple[object, ...] = ()) -> None:
        super().__init__(message, hint)
        self.findings = findings


class SetupFailed(SlipwayError):
    code = "setup_failed"
