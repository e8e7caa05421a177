"""How long the site waits for a browser; shorter in tests."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """Of a terminal: ``hello_s`` for the first frame, ``send_s`` to take a frame in, ``refuse_s`` a
    refusal. Of HTTP: ``head_s`` for a request's head, ``body_s`` for some more of its body, and
    ``take_s`` for taking some more of an answer in.
    """

    head_s: float = 15
    body_s: float = 15
    take_s: float = 60
    hello_s: float = 10
    send_s: float = 15
    refuse_s: float = 2
