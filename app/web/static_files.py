"""Static files under an address that changes with their content, so that browsers may keep them.

The version stands before the path (``/static/v-0123abcd/js/main.js``), and modules import each
other by relative paths: whatever belongs together is asked for, and kept, together.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import TYPE_CHECKING

from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles

from app.settings import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from starlette.types import Scope

VERSION_DIGITS = 12
KEEP = "public, max-age=31536000, immutable"
IMPORT = re.compile(r'^(?:import|export)\b[^;"]*"(\.[^"]+)";', re.MULTILINE)
MODULES = (".js", ".mjs")
# One file a component while they are written, one request while they are read: even files that a
# browser has kept cost it milliseconds each. The order is that of the cascade.
SHEETS = (
    *("tokens", "page", "prose", "highlight", "button", "header", "contents", "search", "course"),
    *(
        "lesson",
        "command",
        "value",
        "step",
        "setup",
        "quiz",
        "sandbox",
        "banner",
        "dialog",
        "terminal",
    ),
    *("pane", "node", "menu", "topology", "picture", "takeaway", "error", "print"),
)
ALL_SHEETS = "css/all.css"


@dataclass(frozen=True, slots=True)
class Version:
    """A folder's content at one time: its name, what each module imports, and all style sheets."""

    name: str
    imports: Mapping[str, tuple[str, ...]]
    sheets: bytes

    def url(self, path: str) -> str:
        return f"/static/{self.name}/{path}"

    def needed_by(self, module: str) -> tuple[str, ...]:
        """The paths of all modules that one needs, itself first, each once."""
        found = [module]
        for path in found:  # grows while it is gone through
            found += [name for name in self.imports[path] if name not in found]
        return tuple(found)


class StaticFolder:
    """Looks again at every page, so that whoever changes a file needs only a reload."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._seen: list[tuple[str, int, int]] = []
        self._version = Version("", {}, b"")

    @property
    def last(self) -> Version:
        """As it was at the last look."""
        return self._version if self._seen else self.look()

    def look(self) -> Version:
        """Reads the files only when one of them has another size or time than before."""
        seen = sorted(_files(str(self.folder)))
        if seen != self._seen:
            self._version = self._read(path for path, _, _ in seen)
            self._seen = seen
        return self._version

    def _read(self, paths: Iterator[str]) -> Version:
        digest = hashlib.sha256()
        imports = {}
        for path in paths:
            content = Path(path).read_bytes()
            name = Path(path).relative_to(self.folder).as_posix()
            digest.update(f"{name} {len(content)}\n".encode() + content)
            if name.endswith(MODULES):
                found = dict.fromkeys(IMPORT.findall(content.decode()))
                imports[name] = tuple(normpath(join(dirname(name), other)) for other in found)
        sheets = [self.folder / f"css/{name}.css" for name in SHEETS]
        sheets.append(self.folder / "vendor/xterm/xterm.css")
        together = b"\n".join(sheet.read_bytes() for sheet in sheets if sheet.exists())
        return Version(f"v-{digest.hexdigest()[:VERSION_DIGITS]}", imports, together)


class VersionedFiles(StaticFiles):
    """Serves any version from the one folder there is; only the right one may be kept."""

    def __init__(self, folder: StaticFolder) -> None:
        super().__init__(directory=folder.folder)
        self._folder = folder

    async def get_response(self, path: str, scope: Scope) -> Response:
        version, _, rest = path.partition("/")
        if not version.startswith("v-"):
            return await super().get_response(path, scope)
        last = self._folder.last
        if rest == ALL_SHEETS:
            response = Response(last.sheets, media_type="text/css")
        else:
            response = await super().get_response(rest, scope)
        if version == last.name:
            response.headers["Cache-Control"] = KEEP
        return response


def _files(folder: str) -> Iterator[tuple[str, int, int]]:
    """Path, size and time of every file; with scandir, because every page waits for it."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _files(entry.path)
            else:
                stat = entry.stat()
                yield entry.path, stat.st_size, stat.st_mtime_ns


static = StaticFolder(ROOT / "static")
