"""The least that Starlette can do, to measure pages beside: the bytes of a file, for every request.

Run it as ``python -m bench.bare_server FILE``; it says its address, as ``slipway serve`` does.
"""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route


def main() -> None:
    body = Path(sys.argv[1]).read_bytes()

    async def answer(_: object) -> HTMLResponse:
        return HTMLResponse(body, headers={"Content-Encoding": "gzip"})

    app = Starlette(routes=[Route("/", answer)])
    config = uvicorn.Config(app, loop="uvloop", http="httptools", log_config=None, access_log=False)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
