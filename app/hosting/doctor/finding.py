"""One line of what the doctor says: how something is and, where that helps, how to mend it."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """``about`` names what was looked at, for programs, and never changes.

    What is ``fine`` may still have something to ``mend``: a class runs without it.
    """

    about: str
    what: str
    fine: bool
    mend: str = ""

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def good(about: str, what: str, advice: str = "") -> Finding:
    return Finding(about, what, fine=True, mend=advice)


def bad(about: str, what: str, mend: str) -> Finding:
    """Nothing is found wrong without a cure."""
    return Finding(about, what, fine=False, mend=mend)
