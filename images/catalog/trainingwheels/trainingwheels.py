"""Counts hits in redis and says who served them; the app knows its store by name only.

Stands in for jpetazzo/trainingwheels. It needs nothing beyond Python's smallest installation.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import sys
import threading
import time

PORT = 5000
STORE, STORE_PORT = "redis", 6379
# One request may take this long in all: the name, the connection and redis's answer.
STORE_TIMEOUT_S = 1.8
CLIENT_TIMEOUT_S = 10
REQUEST_BYTES = 16_384
REQUESTS_AT_ONCE = 64
LOOKUPS_AT_ONCE = 64
WAITING_CONNECTIONS = 256

REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed"}
requests = threading.BoundedSemaphore(REQUESTS_AT_ONCE)
lookups = threading.BoundedSemaphore(LOOKUPS_AT_ONCE)


class Unreachable(Exception):
    """Why there is no count, in words for the page."""


def hit() -> str:
    """One hit more, as redis counts. The name is looked up every time, so that redis may move."""
    deadline = time.monotonic() + STORE_TIMEOUT_S
    addresses = look_up(STORE, deadline)
    # The C library always sorts them the same way; two stores under one name take turns.
    random.shuffle(addresses)
    complaint = ""
    for address in addresses:
        try:
            return increment(address, deadline)
        except OSError as error:
            what = error.strerror or "no answer in time"
            complaint = f"{address} port {STORE_PORT}: {what}"
    raise Unreachable(complaint)


def look_up(name: str, deadline: float) -> list[str]:
    """The addresses of a name; a thread waits for them, since a look-up has no time limit."""
    found: list[str] = []
    failed: list[str] = []

    def ask() -> None:
        try:
            rows = socket.getaddrinfo(name, STORE_PORT, type=socket.SOCK_STREAM)
            found.extend(str(row[4][0]) for row in rows)
        except OSError as error:
            failed.append(error.strerror or str(error))
        finally:
            lookups.release()

    if not lookups.acquire(timeout=left(deadline)):
        raise Unreachable("too many look-ups are waiting for an answer")
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(left(deadline))
    if found:
        return list(found)
    why = failed[0] if failed else "no answer in time"
    raise Unreachable(f'the name "{name}" does not resolve ({why})')


def increment(address: str, deadline: float) -> str:
    with socket.create_connection((address, STORE_PORT), timeout=left(deadline)) as connection:
        connection.sendall(b"INCR hits\r\n")
        answer = b""
        while not answer.endswith(b"\r\n") and len(answer) < REQUEST_BYTES:
            connection.settimeout(left(deadline))
            more = connection.recv(1024)
            if not more:
                raise Unreachable(f"{address} port {STORE_PORT}: it hung up without an answer")
            answer += more
    text = answer.decode("latin-1").strip()
    if not text.startswith(":"):
        raise Unreachable(f"{address} says {text.removeprefix('-')}")
    return text[1:]


def left(deadline: float) -> float:
    return max(0.01, deadline - time.monotonic())


def page(method: str, path: str) -> tuple[int, str]:
    if method not in ("GET", "HEAD"):
        return 405, "only GET and HEAD"
    if path.partition("?")[0] != "/":
        return 404, "there is only /"
    try:
        return 200, f"hits: {hit()} served-by: {socket.gethostname()}"
    except Unreachable as error:
        return 500, f"redis unreachable: {error}"


def serve(client: socket.socket, peer: str) -> None:
    try:
        with client:
            client.settimeout(CLIENT_TIMEOUT_S)
            request = read_request(client)
            if not request:
                return  # somebody looked whether the port is open
            method, path, protocol = [*request.split(), "", "", ""][:3]
            is_http = protocol.startswith("HTTP/")
            status, text = page(method, path) if is_http else (400, "this is an HTTP port")
            say(f"{peer} {method} {path} {status} {text}")
            body = f"{text}\n".encode()
            head = (
                f"HTTP/1.1 {status} {REASONS.get(status, 'Internal Server Error')}\r\n"
                "Server: stand-in for trainingwheels\r\n"
                "Content-Type: text/plain; charset=utf-8\r\n"
                f"Content-Length: {len(body)}\r\n"
                "Connection: close\r\n\r\n"
            )
            client.sendall(head.encode() + (b"" if method == "HEAD" else body))
    except OSError:
        return  # the client went away
    finally:
        requests.release()


def read_request(client: socket.socket) -> str:
    """The first line; the headers are read to their end, or the client would see a reset."""
    request = b""
    while b"\r\n\r\n" not in request and len(request) < REQUEST_BYTES:
        more = client.recv(4096)
        if not more:
            break
        request += more
    return request.partition(b"\r\n")[0].decode("latin-1")


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    # Process 1 ignores signals that it has no handler for, and docker stop would wait ten seconds.
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, lambda *_: os._exit(0))
    if "--check" in sys.argv:
        return
    say(f"jpetazzo/trainingwheels is Slipway's stand-in: {os.environ.get('STAND_IN', '')}.")
    with socket.create_server(("", PORT), backlog=WAITING_CONNECTIONS) as listener:
        say(f"{socket.gethostname()} listens on {PORT}")
        while True:
            requests.acquire()
            try:
                client, peer = listener.accept()
            except OSError:  # the client left before it was its turn
                requests.release()
                continue
            try:
                threading.Thread(target=serve, args=(client, peer[0]), daemon=True).start()
            except RuntimeError:  # the machine has no room for one more thread
                client.close()
                requests.release()


if __name__ == "__main__":
    main()
