"""Tiny x86-64 programs that make system calls and exit with the errno: a node has no compiler.

A program is a list of calls and a block of data. Each call must succeed for the next to be made;
the exit status is 0 when all did, else the errno of the one that failed.
Sources: System V ABI, AMD64 supplement (calling sequence); elf(5); syscall(2).
"""

from __future__ import annotations

import base64
import gzip
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MACHINE = "x86_64"
BASE = 0x400000
DATA = 0x600000
HEADERS_BYTES = 64 + 2 * 56
EXIT = 60
# mov REGISTER, imm64 and mov REGISTER, rbx for the six arguments, in order.
IMMEDIATE = (b"\x48\xbf", b"\x48\xbe", b"\x48\xba", b"\x49\xba", b"\x49\xb8", b"\x49\xb9")
FROM_RBX = (
    b"\x48\x89\xdf", b"\x48\x89\xde", b"\x48\x89\xda", b"\x49\x89\xda", b"\x49\x89\xd8",
    b"\x49\x89\xd9",
)  # fmt: skip
# The 32-bit way in takes its arguments elsewhere: ebx, ecx, edx, esi, edi.
IMMEDIATE_32 = (b"\xbb", b"\xb9", b"\xba", b"\xbe", b"\xbf")
SYSCALL, INT_80 = b"\x0f\x05", b"\xcd\x80"


@dataclass(frozen=True, slots=True)
class At:
    """The address of a byte of the program's data."""

    offset: int


class Previous:
    """What the call before returned."""


@dataclass(frozen=True, slots=True)
class Call:
    """``by_32_bit`` enters the kernel by int 0x80, where numbers and arguments are i386's."""

    number: int
    arguments: Sequence[int | At | Previous] = ()
    by_32_bit: bool = False


def program(calls: Sequence[Call], data: bytes = b"") -> bytes:
    """A static executable for Linux."""
    blocks = [_block(call) for call in calls]
    done = b"\xbf\x00\x00\x00\x00" + _leave()  # mov edi, 0
    failed = b"\xf7\xd8\x89\xc7" + _leave()  # neg eax; mov edi, eax
    lengths = [len(block) + 9 for block in blocks]  # 6 for js, 3 for mov rbx, rax
    code = b""
    for number, block in enumerate(blocks):
        to_failed = 3 + sum(lengths[number + 1 :]) + len(done)
        code += block + b"\x0f\x88" + struct.pack("<i", to_failed) + b"\x48\x89\xc3"
    return _elf(code + done + failed, data or b"\0")


def install(calls: Sequence[Call], path: str, data: bytes = b"") -> str:
    """The shell command that writes the program down where it shall run."""
    text = base64.b64encode(gzip.compress(program(calls, data), mtime=0)).decode()
    return f"echo {text} | base64 -d | gunzip >{path} && chmod 755 {path}"


def _block(call: Call) -> bytes:
    code = b""
    for place, argument in enumerate(call.arguments):
        if isinstance(argument, Previous):
            code += FROM_RBX[place]
            continue
        value = DATA + argument.offset if isinstance(argument, At) else argument
        if call.by_32_bit:
            code += IMMEDIATE_32[place] + struct.pack("<I", value & 0xFFFFFFFF)
        else:
            code += IMMEDIATE[place] + struct.pack("<Q", value & 0xFFFFFFFFFFFFFFFF)
    if call.by_32_bit:
        # mov eax, number; int 0x80; cdqe; test rax, rax
        return code + b"\xb8" + struct.pack("<I", call.number) + INT_80 + b"\x48\x98\x48\x85\xc0"
    # mov rax, number; syscall; test rax, rax
    return code + b"\x48\xb8" + struct.pack("<Q", call.number) + SYSCALL + b"\x48\x85\xc0"


def _leave() -> bytes:
    return b"\xb8" + struct.pack("<I", EXIT) + SYSCALL  # mov eax, EXIT


def _elf(code: bytes, data: bytes) -> bytes:
    """Two segments: the code, and behind it in the file the data, which may be written to."""
    entry = BASE + HEADERS_BYTES
    head = struct.pack(
        "<16sHHIQQQIHHHHHH",
        b"\x7fELF\x02\x01\x01", 2, 62, 1, entry, 64, 0, 0, 64, 56, 2, 0, 0, 0,
    )  # fmt: skip
    text_bytes = HEADERS_BYTES + len(code)
    # A segment's offset in the file and its address must be alike within a page.
    at = -(-text_bytes // 4096) * 4096
    text = struct.pack("<IIQQQQQQ", 1, 5, 0, BASE, BASE, text_bytes, text_bytes, 4096)
    room = len(data) + 4096
    block = struct.pack("<IIQQQQQQ", 1, 6, at, DATA, DATA, len(data), room, 4096)
    return (head + text + block + code).ljust(at, b"\0") + data
