"""Servers of a test's own on this machine, and who has called them."""

from __future__ import annotations

import select
import socket
import subprocess
import threading
from contextlib import contextmanager
from ipaddress import ip_interface
from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from collections.abc import Iterator

THIS_MACHINE = "127.0.0.1"
CALL_BYTES = 100
WAIT_S = 60


@contextmanager
def listener_on_every_address() -> Iterator[tuple[int, list[str]]]:
    """Its port, and the callers so far, for streams and datagrams of IPv4 and IPv6.

    Datagrams need no way back, so one alone would show a hole.
    """
    callers: list[str] = []
    over = threading.Event()
    with (
        socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as server,
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as datagrams,
    ):
        port: int = server.getsockname()[1]
        datagrams.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        datagrams.bind(("::", port))

        def serve() -> None:
            while not over.is_set():
                ready, _, _ = select.select([server, datagrams], [], [], 0.05)
                if server in ready:
                    connection, address = server.accept()
                    connection.close()
                    callers.append(address[0].removeprefix("::ffff:"))
                if datagrams in ready:
                    sender = datagrams.recvfrom(CALL_BYTES)[1][0]
                    callers.append(sender.removeprefix("::ffff:"))

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield port, callers
        finally:
            over.set()
            thread.join()


async def call_from_this_machine(port: int, callers: list[str]) -> None:
    """Both ways, until the listener has noticed; whatever came earlier is noticed by then too."""
    wanted = callers.count(THIS_MACHINE) + 2
    with socket.create_connection((THIS_MACHINE, port)):
        pass
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.sendto(b"here", (THIS_MACHINE, port))
    with anyio.fail_after(WAIT_S):
        while callers.count(THIS_MACHINE) < wanted:
            await anyio.sleep(0.02)


def addresses_of_this_machine() -> set[str]:
    """Link-local ones included; loopback's and those of the ends of containers' cables left out."""
    listed = subprocess.run(
        ["ip", "-o", "addr", "show"], capture_output=True, text=True, check=True
    )
    rows = [line.split() for line in listed.stdout.splitlines()]
    found = {ip_interface(row[3]).ip for row in rows if not row[1].startswith("veth")}
    return {str(address) for address in found if not address.is_loopback}
