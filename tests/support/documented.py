"""The commands of the guides for operators, and what runs each of them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from app.settings import ROOT

GUIDES = ("operations.md", "security.md")
PROGRAMS = r"(?:slipway|make|docker|scripts/[a-z]+|python -m supply|journalctl)"
COMMAND = re.compile(rf"(?:[A-Z_]+=\S+ )*{PROGRAMS} \S.*")
TIMEOUT_S = 170

SOON = '"$(date -d "+1 hour" +%Y-%m-%dT%H:%M%:z)"'
# What stands in the guides, and a script that does it: words in capitals are filled in, choices in
# brackets are taken. In the first table what needs no Docker engine.
POSTURE = "slipway doctor --posture && slipway doctor --posture --json"
EXPECT = (
    f"id=$(slipway expect 2 --at {SOON} --minutes 20 --json | grep -Eo '\"id\": [0-9]+')"
    " && slipway expect --list --json && slipway expect --cancel ${id##* }"
)
DRAIN = (
    f"slipway drain --at {SOON} && slipway drain --status && slipway drain --minutes 30 &&"
    " slipway drain --status --json && slipway drain --cancel"
)
BACK = "slipway backup $SLIPWAY_STATE_DIR/backup && slipway restore $SLIPWAY_STATE_DIR/backup"
ALONE = {
    "slipway version": "slipway version",
    "slipway serve --help": "slipway serve --help",
    "slipway lessons check [SLUG…] [--json]": "slipway lessons check first-service --json",
    "slipway lessons coverage": "slipway lessons coverage | cmp - docs/coverage.md",
    "slipway doctor --posture": POSTURE,
    "slipway doctor --posture --json": POSTURE,
    "slipway doctor --posture [--json]": POSTURE,
    "slipway password": "slipway password && test -s $SLIPWAY_STATE_DIR/instructor-password",
    "slipway expect STUDENTS --at HH:MM [--minutes 20] [--json]": EXPECT,
    "slipway expect --list [--json]": EXPECT,
    "slipway expect --cancel ID": EXPECT,
    "slipway drain --minutes N": DRAIN,
    "slipway drain --at HH:MM": DRAIN,
    "slipway drain --status": DRAIN,
    "slipway drain --status [--json]": DRAIN,
    "slipway drain --cancel": DRAIN,
    "slipway backup FILE": BACK,
    "slipway restore FILE": BACK,
}
OF_ENGINE = "docker -H unix://$SLIPWAY_STATE_DIR/engine/docker.sock"
# On the class engine of the tests.
ON_ENGINE = {
    "slipway engine up": "slipway engine up",
    "slipway engine status [--json]": "slipway engine status --json",
    "slipway images build [--compose]": "slipway images build",
    "slipway images list [--json]": "slipway images list --json",
    "slipway doctor": "slipway doctor || test $? = 1",
    "slipway doctor [--json]": "slipway doctor --json || test $? = 1",
    "slipway sweep": "slipway sweep",
    "slipway sweep [--warm] [--dry-run] [--json]": "slipway sweep --warm --dry-run --json",
    "slipway preflight --students N [--nodes 1] [--at-once K] [--json]": (
        "slipway preflight --students 1 --nodes 1 --at-once 1 --json"
    ),
    "slipway drain --at 17:00 --wait": (
        f"slipway drain --at {SOON} --wait && slipway drain --cancel"
    ),
    "slipway lessons check --solve [SLUG…] [--mutate SEED] [--jobs N] [--json]": (
        "slipway lessons check --solve one --mutate 1 --jobs 1 --json"
    ),
    "docker -H unix://$PWD/var/engine/docker.sock ps": f"{OF_ENGINE} ps",
    "docker -H unix://$PWD/var/engine/docker.sock system df": f"{OF_ENGINE} system df",
    "docker logs slipway-engine": "docker logs $SLIPWAY_INSTANCE-engine",
}
# They serve until they are stopped; "second" has a class engine of its own.
SERVING = {
    "make up": "make up",
    "make author": "make author",
    "PORT=8001 make up": "PORT=$SLIPWAY_PORT make up",
    "slipway serve": "slipway serve",
    "slipway serve [--reload]": "slipway serve --reload",
}
SERVING_SECOND = dict.fromkeys(
    [
        "SLIPWAY_INSTANCE=second SLIPWAY_PORT=8001 SLIPWAY_STATE_DIR=$PWD/var/second make up",
        "SLIPWAY_STATE_DIR=/var/lib/slipway make up",
    ],
    "make up",
)
BACKUP = "/var/lib/slipway/backup.tar.gz"
BACKED_UP = f"docker compose exec -T app slipway backup {BACKUP}"
# On the compose project of the tests.
ON_COMPOSE = {
    "docker compose ps": "docker compose ps",
    "docker compose logs app": "docker compose logs app",
    "docker compose exec app slipway backup /var/lib/slipway/backup.tar.gz": BACKED_UP,
    "docker compose cp app:/var/lib/slipway/backup.tar.gz .": (
        f"{BACKED_UP} && docker compose cp app:{BACKUP} $HERE && test -s $HERE/backup.tar.gz"
    ),
    # As the app's user, who has to read it; "cp" would leave it to root.
    "docker compose exec -T app sh -c 'cat >/var/lib/slipway/backup.tar.gz' <backup.tar.gz": (
        f"{BACKED_UP} && docker compose cp app:{BACKUP} $HERE &&"
        f" docker compose exec -T app sh -c 'cat >{BACKUP}' <$HERE/backup.tar.gz &&"
        f" docker compose exec -T app slipway restore {BACKUP}"
    ),
    "docker compose exec app slipway restore /var/lib/slipway/backup.tar.gz": (
        f"{BACKED_UP} && docker compose exec -T app slipway restore {BACKUP}"
    ),
    'docker compose exec app slipway drain --minutes 45 --reason "At 17:00 we change to new'
    ' machines." --wait': (
        "docker compose exec -T app slipway drain --minutes 45"
        " --reason 'At 17:00 we change to new machines.' --wait &&"
        " docker compose exec -T app slipway drain --cancel"
    ),
    "docker compose exec app slipway drain --cancel": (
        "docker compose exec -T app slipway drain --minutes 45 &&"
        " docker compose exec -T app slipway drain --cancel"
    ),
    "docker compose restart app": "docker compose restart app && docker compose up -d --wait",
    "slipway engine fill FOLDER [--stay]": (
        "docker compose exec -T bundle slipway engine fill /bundle"
    ),
    "docker network inspect slipway_default": (
        "docker network inspect ${COMPOSE_PROJECT_NAME}_default"
    ),
    "make images": "make images",
    "make sbom": "make sbom",
    # Where nobody can be asked, it has to say so.
    "python -m supply audit": "python -m supply audit || test $? = 3",
}
# The file that runs it, and the words in which it does.
IN_TESTS = {
    "docker compose up -d --wait": ("tests/compose/test_life.py", ""),
    "docker compose down": ("tests/compose/test_life.py", ""),
    "docker compose down -v": ("tests/compose/test_life.py", ""),
    "make sizes": ("tests/unit/test_sizing.py", "sizing.main(figures, guide)"),
    "make clean": ("tests/unit/test_documented_commands.py", ""),
    "make down": ("tests/engine/test_documented_commands.py", ""),
    "slipway engine down": ("tests/engine/test_documented_commands.py", ""),
    "docker run -v /:/h --pid=host --net=host --privileged": (
        "tests/engine/security/test_view.py",
        "docker run --rm -v /:/h --pid=host --net=host --privileged alpine",
    ),
    # Both are what preflight does, which tests/engine/test_preflight.py runs.
    "docker run alpine": ("app/preflight/trial.py", "docker run --rm alpine"),
    "docker ps": ("app/preflight/trial.py", ""),
}
NOT_RUN = {
    "make test": "it is what runs all of these",
    "make bench": "takes half an hour, and a machine that does nothing else",
    "scripts/bench --quick": "the same in less, still minutes",
    "scripts/bench --parts terminal": "the same",
    "journalctl -u docker": "the machine's own log, where it has systemd",
}
RUN = {**ALONE, **ON_ENGINE, **SERVING, **SERVING_SECOND, **ON_COMPOSE}


def commands() -> set[str]:
    """Every command in the guides: in blocks of shell, and within sentences."""
    found: set[str] = set()
    for guide in GUIDES:
        text = (ROOT / "docs" / guide).read_text(encoding="utf-8")
        for block in re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
            found |= {line.partition(" #")[0] for line in block.splitlines()}
        prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
        found |= set(re.findall(r"`([^`\n]+)`", prose))
    words = {" ".join(command.replace(".venv/bin/", "").split()) for command in found}
    return {command for command in words if COMMAND.fullmatch(command)}


def sh(script: str, **environment: str) -> str:
    """Runs it in the project's folder as a person would, and gives what it said."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=ROOT,
        env={**os.environ, "PATH": path, "NO_COLOR": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-3000:]
    assert "Traceback" not in said
    return said
