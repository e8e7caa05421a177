"""A TOML file that an author wrote, read without ever a traceback."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

from app.lessons.model import Finding

if TYPE_CHECKING:
    from pathlib import Path


def read_toml(path: Path, shown: str) -> tuple[dict[str, Any], list[Finding]]:
    """What it holds, and why that is nothing."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return {}, [Finding(shown, 1, f"can't be read: {error}; mend the file")]
    try:
        return tomllib.loads(text), []
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        return {}, [Finding(shown, int(line[1]) if line else 1, f"not TOML: {error}")]
    except (RecursionError, ValueError):  # lists in lists in lists, numbers of a thousand digits
        return {}, [Finding(shown, 1, "not TOML that can be read; make it simpler")]
