"""What a site needs around it: memory, disk, a folder, an address, the right time, its packages."""

from __future__ import annotations

import errno
import os
import re
import tomllib
from datetime import UTC, datetime
from importlib import metadata
from typing import TYPE_CHECKING

from app import instructor
from app.hosting.class_engine import SOCKET_PATH_BYTES
from app.hosting.doctor.finding import bad, good
from app.settings import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.hosting.doctor.finding import Finding
    from app.hosting.doctor.machine import Machine
    from app.settings import Settings

GB = 10**9
MIB = 1024 * 1024
CLASS_DISK_BYTES = 5 * GB
STATE_DISK_BYTES = 200 * MIB
CLASS_FILES, STATE_FILES = 100_000, 100
FILES_PER_SANDBOX = 24
FIRST_YEAR, LAST_YEAR = 2026, 2100
AHEAD_S = 3600
OVER_A_NETWORK = {"nfs", "nfs4", "cifs", "smb3", "9p", "ceph", "glusterfs", "fuse.sshfs"}
SET_CLOCK = "timedatectl set-ntp true; where there is no such service, install chrony."


def memory(machine: Machine, settings: Settings) -> Iterator[Finding]:
    now = machine.memory_mb()
    if "MemAvailable" not in now:
        return
    places = (now["MemAvailable"] - settings.memory_reserve_mb) // settings.sandbox_memory_mb
    have = f"{now['MemAvailable'] / 1024:.1f} GiB of memory are available"
    if places < 1:
        yield bad(
            "memory",
            f"{have}: not enough for one sandbox",
            "Stop what else runs here, or lower SLIPWAY_MEMORY_RESERVE_MB "
            f"(now {settings.memory_reserve_mb}).",
        )
    else:
        yield good("memory", f"{have}: {places} more sandboxes, if their students do little")
    swap, left = now.get("SwapTotal", 0), now.get("SwapFree", 0)
    if swap and left < swap / 10:
        yield good(
            "swap",
            f"swap is nearly full ({swap - left} of {swap} MiB)",
            "The machine is short of memory, and everybody feels it: stop something.",
        )


def disk(machine: Machine, settings: Settings, engine_folder: Path | None) -> Iterator[Finding]:
    """``engine_folder`` is where the host engine keeps its volumes."""
    if engine_folder:
        wanted = max(CLASS_DISK_BYTES, (settings.disk_reserve_mb + settings.sandbox_disk_mb) * MIB)
        yield from _space(machine, engine_folder, "A class", wanted, CLASS_FILES)
    folder = nearest(settings.state_dir)
    yield from _space(machine, folder, "The state folder", STATE_DISK_BYTES, STATE_FILES)


def _space(
    machine: Machine, folder: Path, whose: str, wanted: int, files: int
) -> Iterator[Finding]:
    space = machine.space(folder)
    if space is None:
        return
    free = (
        f"{space.free_bytes / GB:.0f} GB"
        if space.free_bytes > GB
        else (f"{space.free_bytes // MIB} MiB")
    )
    what = f"{free} of disk are free in {folder}"
    if space.free_bytes < wanted:
        wants = f"{wanted // GB} GB" if wanted > GB else f"{wanted // MIB} MiB"
        yield bad(
            "disk",
            what,
            f"{whose} wants {wants}; make room. 'slipway sweep' frees what nobody owns, "
            "'docker system df' shows what the machine's Docker holds.",
        )
    else:
        yield good("disk", what)
    if space.free_files is not None and space.free_files < files:
        yield bad(
            "inodes",
            f"{space.free_files} more files fit in {folder}, whatever is free besides (df -i)",
            f"{whose} wants {files}; remove what has many small files.",
        )


def state_folder(machine: Machine, settings: Settings) -> Iterator[Finding]:
    about, folder = "state-folder", settings.state_dir
    elsewhere = "or set SLIPWAY_STATE_DIR to another folder."
    place = nearest(folder)
    space = machine.space(place)
    if not place.is_dir():
        yield bad(about, f"{place} is no folder", f"Move it away, {elsewhere}")
    elif space and space.read_only:
        cure = f"mount -o remount,rw what it is on, {elsewhere}"
        yield bad(about, f"{place} is on a read-only file system", cure)
    elif not os.access(place, os.R_OK | os.W_OK | os.X_OK):
        cure = f"Run this as {_owner(place)}, {elsewhere}"
        yield bad(about, f"{place} can't be written by user {machine.user()}", cure)
    elif folder.is_dir() and folder.stat().st_mode & 0o002:
        what = f"everybody on this machine may write {folder}, and so take over the site"
        yield bad(about, what, f"chmod o-w {folder}")
    else:
        yield good(about, f"the state folder {folder} can be used")
    yield from _secrets(settings)
    mount = machine.mount_of(place.resolve())
    if mount and mount.kind in OVER_A_NETWORK and not settings.database_url:
        yield bad(
            "network-folder",
            f"{folder} is on another machine ({mount.kind}), where SQLite loses data",
            "Set SLIPWAY_STATE_DIR to a folder of this machine, or SLIPWAY_DATABASE_URL.",
        )
    if len(str(settings.engine_socket).encode()) > SOCKET_PATH_BYTES:
        what = f"the path {settings.engine_socket} is too long for a socket"
        cure = f"Set SLIPWAY_STATE_DIR so that it has at most {SOCKET_PATH_BYTES} bytes."
        yield bad("socket-path", what, cure)


def _secrets(settings: Settings) -> Iterator[Finding]:
    for path in (settings.state_dir / "secret", instructor.file_of(settings.state_dir)):
        try:
            mode = path.stat().st_mode
        except OSError:
            continue
        if mode & 0o077:
            what = f"others on this machine may read {path}, and so pass for anybody"
            cure = f"chmod 600 {path}; where they may have done so, remove it."
            yield bad("secret", what, cure)


def address(machine: Machine, settings: Settings) -> Iterator[Finding]:
    host, port = settings.host, settings.port
    shown = f"{host}:{port}"
    problem = machine.why_not_listen(host, port)
    code = problem.errno if problem else 0
    if not problem:
        yield good("address", f"the site can listen on {shown}")
    elif code == errno.EADDRINUSE and machine.is_slipway(host, port):
        yield good("address", f"a site of ours listens on {shown}")
    elif code == errno.EADDRINUSE:
        yield bad(
            "address",
            f"another program listens on {shown}",
            f"ss -ltnp 'sport = :{port}' names it; stop it, or set SLIPWAY_PORT.",
        )
    elif code == errno.EACCES:
        cure = "Take a port of 1024 or more, behind a proxy if it has to be another one."
        yield bad("address", f"user {machine.user()} may not listen on {shown}", cure)
    else:
        said = problem.strerror if problem else ""
        cure = "Set SLIPWAY_HOST to an address of this machine ('ip address' shows them)."
        yield bad("address", f"nobody can listen on {shown} here: {said}", cure)
    if settings.listens_beyond and not instructor.exists(settings):
        what = f"{host} can be reached from other machines, and there is no password"
        yield bad("password", what, "Run 'slipway password', which shows it once.")


def clock(machine: Machine, settings: Settings) -> Iterator[Finding]:
    now = machine.clock()
    try:
        moment = datetime.fromtimestamp(now, UTC)
    except (ValueError, OverflowError, OSError):
        moment = datetime.max.replace(tzinfo=UTC)
    shown = moment.isoformat(timespec="minutes")
    latest = max((_written(path) for path in settings.state_dir.glob("slipway.db*")), default=0.0)
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        what = f"the clock says {shown}; certificates count as wrong then, and no image is fetched"
        yield bad("clock", what, f"date --set, then {SET_CLOCK}")
    elif latest > now + AHEAD_S:
        later = datetime.fromtimestamp(latest, UTC).isoformat(timespec="minutes")
        what = f"the clock says {shown}, but the database was written at {later}"
        yield bad("clock", what, f"One of them is wrong: look at 'date'. {SET_CLOCK}")
    elif machine.in_step() is False:
        what = f"the clock says {shown}, and nobody keeps it right"
        yield good("clock", what, f"Times of classes and drains go by it: {SET_CLOCK}")
    else:
        yield good("clock", f"the clock says {shown}")


def open_files(machine: Machine, settings: Settings) -> Iterator[Finding]:
    most, wanted = machine.open_files(), 1024 + FILES_PER_SANDBOX * settings.max_sandboxes
    if 0 <= most < wanted:
        yield good(
            "open-files",
            f"a process may have {most} files open",
            f"A class of {settings.max_sandboxes} may want {wanted}: ulimit -Hn {wanted} before "
            "the site is started, or LimitNOFILE= in its unit.",
        )


def packages(project: Path = ROOT) -> Iterator[Finding]:
    """Whether .venv has what this version was tested with."""
    try:
        wanted = tomllib.loads((project / "pyproject.toml").read_text())["project"]["dependencies"]
    except (OSError, KeyError, ValueError):
        return
    wrong = []
    for line in wanted:
        found = re.fullmatch(r"([\w.-]+)(?:\[.*\])?==(.+)", line)
        if found and _installed(found[1]) != found[2]:
            wrong.append(f"{found[1]} {_installed(found[1]) or 'is missing'}")
    if wrong:
        cure = "rm .venv/ready && make check, or scripts/venv"
        yield bad("packages", f"not the packages of this version: {', '.join(wrong)}", cure)
    else:
        yield good("packages", "the Python packages are those of this version")


def nearest(folder: Path) -> Path:
    """The folder, or the first one above it that exists."""
    return next(place for place in (folder, *folder.absolute().parents) if place.exists())


def _installed(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _owner(path: Path) -> str:
    try:
        return path.owner()
    except (KeyError, OSError):
        return f"user {path.stat().st_uid}"


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
