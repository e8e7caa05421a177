"""The key that signs cookies, kept in the state folder."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from app.errors import SetupFailed

if TYPE_CHECKING:
    from app.settings import Settings

SECRET_BYTES = 32


def load_secret(settings: Settings) -> bytes:
    """The key that signs cookies: made once, readable by its owner only."""
    path = settings.state_dir / "secret"
    try:
        settings.state_dir.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.touch(mode=0o600)
            path.write_bytes(secrets.token_bytes(SECRET_BYTES))
        secret = path.read_bytes()
    except OSError as error:
        raise SetupFailed(
            f"The state folder {settings.state_dir} can't be used: {error.strerror}.",
            "Look at its permissions and the free disk space, or set SLIPWAY_STATE_DIR.",
        ) from error
    if len(secret) < SECRET_BYTES:
        raise SetupFailed(f"{path} is damaged.", "Remove it; every student becomes a new one.")
    return secret
