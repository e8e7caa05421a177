"""Static files under an address that changes with their content, so that browsers may keep them.

The version stands before the path (``/static/v-0123abcd/js/main.js``), and modules import each
other by relative paths: whatever belongs together is asked for, and kept, together.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from posixpath import dirname, join, normpath, splitext
from stat import S_ISREG
from typing import TYPE_CHECKING

import anyio.to_thread
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import Headers

from app.settings import ROOT
from app.web.compression import gzipped, takes_gzip

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from starlette.types import Scope

VERSION_DIGITS = 12
# Whoever has changed a file needs longer than that to reload a page.
LOOK_EVERY_S = 0.5
KEEP = "public, max-age=31536000, immutable"
IMPORT = re.compile(r'^(?:import|export)\b[^;"]*"(\.[^"]+)";', re.MULTILINE)
MODULES = (".js", ".mjs")
# What is worth compressing, and its type.
TEXTS = {".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css"}
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
        "finish",
        "sandbox",
        "banner",
        "dialog",
        "terminal",
    ),
    *("pane", "node", "menu", "topology", "picture", "lens", "takeaway", "error", "print"),
)
ALL_SHEETS = "css/all.css"


@dataclass(frozen=True, slots=True)
class Version:
    """A folder's content at one time: its name, what each module imports, and all style sheets.

    ``squeezed`` are the texts that somebody has asked for, compressed once for all.
    """

    name: str
    imports: Mapping[str, tuple[str, ...]]
    sheets: bytes
    squeezed: dict[str, bytes] = field(default_factory=dict)

    def url(self, path: str) -> str:
        return f"/static/{self.name}/{path}"

    def needed_by(self, module: str) -> tuple[str, ...]:
        """The paths of all modules that one needs, itself first, each once."""
        found = [module]
        for path in found:  # grows while it is gone through
            found += [name for name in self.imports[path] if name not in found]
        return tuple(found)


class StaticFolder:
    """Looks again with every page, or so often, so that who changes a file needs only a reload."""

    def __init__(self, folder: Path, look_every_s: float = 0) -> None:
        self.folder = folder
        self._look_every_s = look_every_s
        self._looked_at = -look_every_s
        self._seen: list[tuple[str, int, int]] = []
        self._version = Version("", {}, b"")

    @property
    def last(self) -> Version:
        """As it was at the last look."""
        return self._version if self._seen else self.look()

    def look(self) -> Version:
        """Reads the files only when one of them has another size or time than before."""
        now = time.monotonic()
        if now - self._looked_at < self._look_every_s and self._seen:
            return self._version
        self._looked_at = now
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
        response = await self._squeezed(rest, scope, last) if version == last.name else None
        if response is None and rest == ALL_SHEETS:
            response = Response(last.sheets, media_type="text/css")
        elif response is None:
            response = await super().get_response(rest, scope)
        if version == last.name:
            response.headers["Cache-Control"] = KEEP
            response.headers["Vary"] = "Accept-Encoding"
        return response

    async def _squeezed(self, path: str, scope: Scope, last: Version) -> Response | None:
        """For who takes it; a part of a file is a part of it as it is."""
        headers = Headers(scope=scope)
        kind = TEXTS.get(splitext(path)[1])
        if not kind or "range" in headers or not takes_gzip(headers):
            return None
        if path not in last.squeezed:
            text = last.sheets if path == ALL_SHEETS else await self._read(path)
            if text is None:
                return None
            last.squeezed[path] = await anyio.to_thread.run_sync(gzipped, text)
        return Response(last.squeezed[path], 200, {"Content-Encoding": "gzip"}, kind)

    async def _read(self, path: str) -> bytes | None:
        """Only what is in the folder (``lookup_path`` follows nothing that leads out of it)."""
        full, stat = await anyio.to_thread.run_sync(self.lookup_path, path)
        return await anyio.Path(full).read_bytes() if stat and S_ISREG(stat.st_mode) else None


def _files(folder: str) -> Iterator[tuple[str, int, int]]:
    """Path, size and time of every file; with scandir, because every page waits for it."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _files(entry.path)
            else:
                stat = entry.stat()
                yield entry.path, stat.st_size, stat.st_mtime_ns


static = StaticFolder(ROOT / "static", LOOK_EVERY_S)
