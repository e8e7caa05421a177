"""terminado as it comes: every WebSocket gets the command of the arguments. Prints its port.

Runs in an environment of its own, see ways.py.
"""

from __future__ import annotations

import sys

from terminado import TermSocket, UniqueTermManager
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.netutil import bind_sockets
from tornado.web import Application


def main() -> None:
    manager = UniqueTermManager(shell_command=sys.argv[1:])
    site = Application([("/websocket", TermSocket, {"term_manager": manager})])
    (listener,) = bind_sockets(0, "127.0.0.1")
    HTTPServer(site).add_socket(listener)
    print(listener.getsockname()[1], flush=True)
    IOLoop.current().start()


if __name__ == "__main__":
    main()
