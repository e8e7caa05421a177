"""The instructor's password: given as a setting, or made once and kept as a hash."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from app.settings import Settings

FILE = "instructor-password"
BYTES = 15
SALT_BYTES = 16
# 16 MiB and some 50 ms a try (RFC 7914).
COST, BLOCK, PARALLEL = 16_384, 8, 1


def make(settings: Settings) -> str:
    """A new password, which is not to be had a second time; the one before no longer counts."""
    password = secrets.token_urlsafe(BYTES)
    salt = secrets.token_bytes(SALT_BYTES)
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    path = file_of(settings.state_dir)
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{salt.hex()} {_hash(password, salt).hex()}\n")
    fresh.replace(path)
    return password


def is_right(settings: Settings, password: str) -> bool:
    """Whether it is the instructor's; never, where there is none."""
    if settings.instructor_password:
        return hmac.compare_digest(settings.instructor_password.encode(), password.encode())
    try:
        salt, wanted = map(bytes.fromhex, file_of(settings.state_dir).read_text().split())
    except (OSError, ValueError):
        return False
    return hmac.compare_digest(wanted, _hash(password, salt))


def exists(settings: Settings) -> bool:
    return bool(settings.instructor_password) or file_of(settings.state_dir).exists()


def file_of(state_dir: Path) -> Path:
    return state_dir / FILE


def _hash(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=COST, r=BLOCK, p=PARALLEL)
