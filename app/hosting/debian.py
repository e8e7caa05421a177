"""Takes programs out of Debian packages, for images that are built where Alpine's don't answer.

Packages come from a newer suite than the machine's own, through a private apt state, so that the
machine's own package lists and sources stay as they are. Only the named programs and the shared
libraries are kept: glibc's loader and libraries stay at their Debian paths, where Alpine's musl
never looks.
"""

from __future__ import annotations

import os
import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import SetupFailed
from app.hosting import origins
from app.hosting.commands import run

if TYPE_CHECKING:
    from collections.abc import Sequence

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
MULTIARCH = {"x86_64": "x86_64-linux-gnu"}
PROGRAM_DIRS = ("usr/bin", "usr/sbin", "bin", "sbin")


@dataclass(frozen=True, slots=True)
class Selection:
    """What an image takes from Debian; read from its ``debian.toml``."""

    suite: str
    packages: tuple[str, ...]
    programs: tuple[str, ...]
    libraries: tuple[str, ...]
    data: tuple[str, ...]
    links: tuple[tuple[str, str], ...]

    @classmethod
    def read(cls, path: Path) -> Selection:
        table = tomllib.loads(path.read_text())
        return cls(
            suite=table["suite"],
            packages=tuple(table["packages"]),
            programs=tuple(table["programs"]),
            libraries=tuple(table["libraries"]),
            data=tuple(table["data"]),
            links=tuple(table["links"].items()),
        )


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a payload was taken from: packages, and the trees that they were unpacked to."""

    archives: tuple[Path, ...]
    trees: tuple[Path, ...]


def make_payload(
    selection: Selection, work: Path, payload: Path, shared: Sequence[str] = ()
) -> Fetched:
    """Fills ``payload`` with a tree to be copied over an image's root; ``work`` is for scratch.

    ``shared`` names the packages whose libraries the image gets from the one it is built on. It
    then takes of the other libraries only those that its programs are linked to.
    """
    unpacked, below = work / "unpacked", work / "below"
    archives = _download(selection, work)
    for package in archives:
        name = package.name.partition("_")[0]
        target = below if name in shared else unpacked
        run(["dpkg-deb", "-x", package, target], why=f"Unpacking {name}")
    _choose(selection, unpacked, payload)
    if shared:
        _take_linked(selection, unpacked, below, payload)
    else:
        _take_all(unpacked, payload)
    return Fetched(tuple(archives), (unpacked, below))


def _download(selection: Selection, work: Path) -> list[Path]:
    if not KEYRING.exists() or not shutil.which("apt-get"):
        raise SetupFailed(
            "Docker Hub does not answer, and taking the engine from Debian's packages needs a "
            "Debian machine.",
            "Give this machine a way to Docker Hub, or use Debian 12.",
        )
    state = work / "apt"
    environment = private_apt(state, selection.suite)
    why = f"Fetching Debian packages of {selection.suite}"
    run(
        ["apt-get", "install", "--download-only", "--yes", *selection.packages],
        why=why,
        environment=environment,
    )
    archives = sorted((state / "cache/archives").glob("*.deb"))
    for archive in archives:
        origins.check(archive)
    return archives


def private_apt(state: Path, suite: str) -> dict[str, str]:
    """The environment in which apt knows that suite only, and nothing of the machine's changes."""
    for folder in ("lists/partial", "cache/archives/partial"):
        (state / folder).mkdir(parents=True, exist_ok=True)
    (state / "status").touch()
    (state / "sources.list").write_text(f"deb [signed-by={KEYRING}] {_archive()} {suite} main\n")
    config = state / "apt.conf"
    config.write_text(
        "".join(f'{name} "{value}";\n' for name, value in _apt_options(state).items())
    )
    environment = {"APT_CONFIG": str(config)}
    run(["apt-get", "update"], why=f"Asking for Debian's {suite}", environment=environment)
    return environment


def _archive() -> str:
    """The address of the machine's own Debian archive."""
    listed = run(
        ["apt-get", "indextargets", "--format", "$(SITE) $(RELEASE)", "Created-By: Packages"],
        why="Finding the Debian archive",
    )
    release = run(["sh", "-c", ". /etc/os-release; echo $VERSION_CODENAME"], why="Finding Debian")
    for line in listed.splitlines():
        site, _, suite = line.partition(" ")
        if suite == release.strip():
            return site
    raise SetupFailed(
        f"apt knows no archive of {release.strip()} on this machine.",
        "Run apt-get update once and try again.",
    )


def _apt_options(state: Path) -> dict[str, str]:
    return {
        "Dir::State": f"{state}",
        "Dir::State::status": f"{state}/status",
        "Dir::State::lists": f"{state}/lists",
        "Dir::Cache": f"{state}/cache",
        "Dir::Etc::sourcelist": f"{state}/sources.list",
        "Dir::Etc::sourceparts": "-",
        "Dir::Etc::preferences": "-",
        "Dir::Etc::preferencesparts": "-",
        "APT::Install-Recommends": "false",
        "APT::Sandbox::User": "root",
        "Debug::NoLocking": "1",
    }


def _choose(selection: Selection, unpacked: Path, payload: Path) -> None:
    for program in selection.programs:
        _copy(_find(program, unpacked), payload / "usr/bin" / program)
    for folder in selection.libraries:
        _copy(unpacked / _libraries() / folder, payload / _libraries() / folder)
    for data in selection.data:
        _copy(unpacked / data, payload / data)
    for link, target in selection.links:
        (payload / link).parent.mkdir(parents=True, exist_ok=True)
        (payload / link).symlink_to(target)


def _take_all(unpacked: Path, payload: Path) -> None:
    """Every library of every package, and glibc's loader where programs look for it."""
    libraries = _libraries()
    for found in sorted((unpacked / libraries).glob("*.so*")):
        _copy(found, payload / libraries / found.name)
    for loader in (unpacked / libraries).glob("ld-linux-*"):
        (payload / "lib64").mkdir(parents=True, exist_ok=True)
        (payload / "lib64" / loader.name).symlink_to(f"/{libraries}/{loader.name}")


def _take_linked(selection: Selection, unpacked: Path, below: Path, payload: Path) -> None:
    """Asks glibc's loader which libraries the programs need, and takes those not in ``below``."""
    libraries = _libraries()
    loader = next((below / libraries).glob("ld-linux-*"), None)
    if not loader:
        raise SetupFailed("None of the shared packages holds glibc's loader.")
    where = f"{unpacked / libraries}:{below / libraries}"
    options = ["--inhibit-cache", "--library-path", where, "--list"]
    for program in selection.programs:
        why = f"Finding the libraries of {program}"
        listed = run([loader, *options, _find(program, unpacked)], why=why)
        if "not found" in listed:
            raise SetupFailed(f"{why} failed: a package is missing.", listed.strip())
        for line in listed.splitlines():
            found = Path(line.partition("=>")[2].strip().partition(" ")[0])
            if found.is_relative_to(unpacked):
                target = payload / libraries / found.name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(found, target)


def _libraries() -> Path:
    """Where Debian has libraries for this machine's processor."""
    triplet = MULTIARCH.get(os.uname().machine)
    if not triplet:
        raise SetupFailed(f"Slipway has no Debian packages for {os.uname().machine} machines.")
    return Path("usr/lib") / triplet


def _find(program: str, unpacked: Path) -> Path:
    for folder in PROGRAM_DIRS:
        candidate = unpacked / folder / program
        if candidate.is_file() and not candidate.is_symlink():
            return candidate
    raise SetupFailed(f"Debian's packages no longer hold the program {program}.")


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True)
    else:
        shutil.copy2(source, target, follow_symlinks=False)
