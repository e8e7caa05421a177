"""Asks the shell whether a test can be parsed, without running any of it."""

import re
import subprocess

_TIMEOUT_S = 5
_WHERE = re.compile(r"^[^:]*: (?:line )?(\d+): *(.*)", re.MULTILINE)


def syntax_error(script: str) -> tuple[int, str] | None:
    """The 1-based line and the shell's own words, or None when ``sh -n`` has nothing to say.

    Only sh's grammar is looked at (``-n`` executes nothing), so whether a command exists is left
    to the content tests, which run every check in a real node.
    """
    try:
        done = subprocess.run(
            ["sh", "-n"],
            input=script.encode(),
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return 1, f"sh could not be asked: {error}"
    if done.returncode == 0:
        return None
    said = done.stderr.decode(errors="replace").strip()
    where = _WHERE.search(said)
    return (int(where[1]), where[2]) if where else (1, said)
