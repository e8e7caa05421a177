"""Who is asking: a signed cookie is all there is to a student."""

from __future__ import annotations

import re
import secrets

from itsdangerous import BadSignature, TimestampSigner

COOKIE = "slipway_session"
MAX_AGE_S = 365 * 24 * 3600
STUDENT = re.compile(r"[0-9a-f]{16}")
SALT = "slipway.student"


class Identity:
    """Makes and reads the cookie's value."""

    def __init__(self, secret: bytes) -> None:
        self._signer = TimestampSigner(secret, salt=SALT)

    def new_student(self) -> str:
        return secrets.token_hex(8)

    def sign(self, student: str) -> str:
        return self._signer.sign(student).decode()

    def read(self, cookie: str | None) -> str | None:
        """The student, or nothing where the cookie is missing, forged, damaged or too old."""
        if not cookie:
            return None
        try:
            student = self._signer.unsign(cookie, max_age=MAX_AGE_S).decode()
        except (BadSignature, UnicodeError):
            return None
        return student if STUDENT.fullmatch(student) else None
