"""System calls that belong to the machine, made as they are, through every door of the kernel."""

from __future__ import annotations

import platform
import struct
from errno import EINVAL, ENOSYS, EPERM
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.support.machine_code import DATA, MACHINE, At, Call, Previous, install

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.support.places import ClassEngineContainer, Place

pytestmark = pytest.mark.anyio
HERE = -100  # AT_FDCWD
FOLDER = "/tmp/calls"  # noqa: S108 - in a node


class Attempt(NamedTuple):
    calls: Sequence[Call]
    data: bytes = b""


def words(*numbers: int) -> bytes:
    return struct.pack(f"<{len(numbers)}I", *numbers)


# A program for the kernel that only returns 0: r0 = 0; exit.
BPF_PROGRAM = struct.pack("<BBhi", 0xB7, 0, 0, 0) + struct.pack("<BBhi", 0x95, 0, 0, 0)
BPF_LOAD = struct.pack("<IIQQ", 1, 2, DATA + 64, DATA + 80).ljust(64, b"\0") + BPF_PROGRAM + b"GPL"
# A file on a real disk: its handle by the kernel's own word, its mount, and the handle opened.
# The data is the path, at 16 the mount's number, at 24 the handle with room for 120 bytes.
HANDLE = b"/etc/hosts\0".ljust(24, b"\0") + words(120, 0) + bytes(120)
PERF_CLOCK = words(1, 64, 0, 0).ljust(64, b"\0")
KEY = b"user\0\0\0\0test\0\0\0\0data"

ATTEMPTS = {
    "init_module": Attempt([Call(175, [At(0), 16, At(0)])], bytes(16)),
    "finit_module": Attempt([Call(313, [-1, At(0), 0])], b"\0"),
    "kexec_load": Attempt([Call(246, [0, 0, 0, 0xDEAD])]),
    "kexec_file_load": Attempt([Call(320, [-1, -1, 0, At(0), 0xDEAD])], b"\0"),
    "bpf": Attempt([Call(321, [5, At(0), 64])], BPF_LOAD),
    "open_by_handle_at": Attempt(
        [
            Call(303, [HERE, At(0), At(24), At(16), 0]),
            Call(257, [HERE, At(0), 0]),
            Call(304, [Previous(), At(24), 0]),
        ],
        HANDLE,
    ),
    "open_by_handle_at of nothing": Attempt([Call(304, [-1, At(24), 0])], HANDLE),
    "AF_ALG": Attempt([Call(41, [38, 5, 0])]),
    "AF_VSOCK": Attempt([Call(41, [40, 1, 0])]),
    "io_uring_setup": Attempt([Call(425, [4, At(0)])], bytes(128)),
    "userfaultfd": Attempt([Call(323, [1])]),
    "perf_event_open": Attempt([Call(298, [At(0), 0, -1, -1, 0])], PERF_CLOCK),
    "add_key": Attempt([Call(248, [At(0), At(8), At(16), 4, -2])], KEY),
    "request_key": Attempt([Call(249, [At(0), At(8), 0, 0])], KEY),
    "fanotify_init": Attempt([Call(300, [0x200, 0])]),
    "memfd_secret": Attempt([Call(447, [0])]),
    "process_vm_readv": Attempt([Call(310, [1, 0, 0, 0, 0, 0])]),
    "unshare a user namespace": Attempt([Call(272, [0x10000000])]),
    "unshare it with mounts": Attempt([Call(272, [0x10020000])]),
    "AF_RDS": Attempt([Call(41, [21, 5, 0])]),
    "AF_TIPC": Attempt([Call(41, [30, 5, 0])]),
}
# The same by the numbers of a 32-bit program, and of x32 (bit 30); and a family with its upper
# half set, which the kernel does not look at.
DOORS = {
    "bpf by 32 bit": Attempt([Call(357, [5, At(0), 64], by_32_bit=True)], BPF_LOAD),
    "AF_VSOCK by 32 bit": Attempt([Call(359, [40, 1, 0], by_32_bit=True)]),
    "AF_VSOCK by socketcall": Attempt([Call(102, [1, At(0)], by_32_bit=True)], words(40, 1, 0)),
    "bpf by x32": Attempt([Call(1 << 30 | 321, [5, At(0), 64])], BPF_LOAD),
    "AF_VSOCK with an upper half": Attempt([Call(41, [1 << 32 | 40, 1, 0])]),
}
# The class engine may not do these either, where the kernel has them, so it is no control case.
NEED_MORE = {
    "init_module", "finit_module", "kexec_load", "kexec_file_load", "open_by_handle_at",
}  # fmt: skip
# Programs are in x86-64's machine code.
CASES = {**ATTEMPTS, **DOORS} if platform.machine() == MACHINE else {}


async def errno_of(place: Place, name: str, attempt: Attempt) -> int:
    return (await errnos_of(place, {name: attempt}))[name]


async def errnos_of(place: Place, attempts: Mapping[str, Attempt]) -> dict[str, int]:
    """All in one go: starting a program in a place costs more than the program."""
    script = f"mkdir -p {FOLDER} && cd {FOLDER} || exit 1\n"
    for number, attempt in enumerate(attempts.values()):
        install_it = install(attempt.calls, f"./{number}", attempt.data)
        script += f"{install_it} && timeout 30 ./{number}; echo $?\n"
    made = await place.run(script)
    codes = made.output.split()
    assert len(codes) == len(attempts), made
    return dict(zip(attempts, map(int, codes), strict=True))


@pytest.mark.row(6, 7, 8, 9, 10, 11)
async def test_no_call_that_belongs_to_the_machine_is_permitted(place: Place) -> None:
    found = await errnos_of(place, CASES)
    assert {name: code for name, code in found.items() if code != EPERM} == {}


async def test_it_is_not_for_want_of_the_call(control: ClassEngineContainer) -> None:
    """Without the filter each fails for another reason, or not at all."""
    attempts = {name: attempt for name, attempt in CASES.items() if name not in NEED_MORE}
    found = await errnos_of(control, attempts)
    assert [name for name, code in found.items() if code == EPERM] == []


@pytest.mark.parametrize("name", ["getpid"] if CASES else [])
async def test_a_call_that_is_nobody_else_s_business_succeeds(place: Place, name: str) -> None:
    """So the programs are sound, and what they report is the kernel's answer."""
    assert await errno_of(place, name, Attempt([Call(39)])) == 0


@pytest.mark.parametrize("name", ["clone3"] if CASES else [])
async def test_a_call_that_a_filter_can_t_see_into_is_said_to_be_missing(
    place: Place, control: ClassEngineContainer, name: str
) -> None:
    clone3 = Attempt([Call(435, [At(0), 0])], bytes(8))
    assert await errno_of(place, name, clone3) == ENOSYS
    assert await errno_of(control, name, clone3) == EINVAL
