"""Who is asking: a signed cookie is all there is to a student."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable

from itsdangerous import BadSignature, TimestampSigner

COOKIE = "slipway_session"
MAX_AGE_S = 365 * 24 * 3600
STUDENT = re.compile(r"[0-9a-f]{16}")
SALT = "slipway.student"
PREVIEW_SALT = "slipway.preview"
PASS_AGE_S = 12 * 3600


class Signer(TimestampSigner):
    """Signs with the time that ``clock`` tells."""

    def __init__(self, secret: bytes, clock: Callable[[], float], salt: str = SALT) -> None:
        super().__init__(secret, salt=salt)
        self._clock = clock

    def get_timestamp(self) -> int:
        return int(self._clock())


class Pass:
    """Signs a student into the address of a preview, whose pages have no cookies."""

    def __init__(self, secret: bytes, clock: Callable[[], float] = time.time) -> None:
        self._signer = Signer(secret, clock, salt=PREVIEW_SALT)

    def sign(self, student: str) -> str:
        return self._signer.sign(student).decode()

    def read(self, text: str) -> str | None:
        """The student, or nothing where it is forged, damaged or older than PASS_AGE_S."""
        try:
            student = self._signer.unsign(text, max_age=PASS_AGE_S).decode()
        except (BadSignature, UnicodeError):
            return None
        return student if STUDENT.fullmatch(student) else None


class Identity:
    """Makes and reads the cookie's value; ``clock`` tells the Unix time."""

    def __init__(self, secret: bytes, clock: Callable[[], float] = time.time) -> None:
        self._signer = Signer(secret, clock)
        self._clock = clock

    def new_student(self) -> str:
        return secrets.token_hex(8)

    def sign(self, student: str) -> str:
        return self._signer.sign(student).decode()

    def read(self, cookie: str | None) -> str | None:
        """The student, or nothing where the cookie is missing, forged, damaged or too old.

        One from the future is fine: the machine's clock has been set back since it was signed.
        """
        if not cookie:
            return None
        try:
            value, signed_at = self._signer.unsign(cookie, return_timestamp=True)
            student = value.decode()
        except (BadSignature, UnicodeError):
            return None
        if self._clock() - signed_at.timestamp() > MAX_AGE_S:
            return None
        return student if STUDENT.fullmatch(student) else None
