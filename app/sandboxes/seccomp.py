"""The system calls a node may not make, each with its reason.

A node needs most of the kernel's network and mount calls, so this names what is refused and leaves
the rest to the user namespace, which bounds what a call can reach. What is named here either
reaches past namespaces, or has a history of kernel bugs and no use in a lesson.
Source: the profile format of Docker Engine (libseccomp actions and operators).
"""

from __future__ import annotations

from typing import Any

EPERM, ENOSYS = 1, 38
CLONE_NEWUSER = 0x10000000
# The kernel looks at the lower 32 bits of these arguments only, so nothing else may.
LOWER_HALF = 0xFFFFFFFF

REFUSED: dict[str, tuple[str, ...]] = {
    "kernel modules belong to the machine": (
        "create_module", "delete_module", "finit_module", "init_module",
    ),
    "another kernel, or this one restarted": ("kexec_file_load", "kexec_load", "reboot"),
    "programs in the kernel, and its counters": ("bpf", "perf_event_open"),
    "opens files by handle, past every mount": ("open_by_handle_at",),
    "page faults handled by user space make kernel bugs easy to use": ("userfaultfd",),
    "watching whole file systems is counted per user id, which all nodes share": (
        "fanotify_init", "fanotify_mark",
    ),
    "memory that nobody can look into": ("memfd_secret",),
    "asynchronous I/O that walks around this filter": (
        "io_uring_enter", "io_uring_register", "io_uring_setup",
    ),
    "disk quotas, swap and accounting of the machine": (
        "acct", "quotactl", "quotactl_fd", "swapoff", "swapon",
    ),
    "the machine's clock": (
        "adjtimex", "clock_adjtime", "clock_adjtime64", "clock_settime", "clock_settime64",
        "settimeofday", "stime",
    ),
    "the kernel's log": ("syslog",),
    "keys are counted per user id, which all nodes share": ("add_key", "request_key"),
    "another process's memory": ("process_vm_readv", "process_vm_writev"),
    "the processor's I/O ports": ("ioperm", "iopl"),
    "memory of the machine, placed and moved": ("migrate_pages", "move_pages", "mbind"),
    "obsolete, or only for programs of other systems": (
        "_sysctl", "get_kernel_syms", "lookup_dcookie", "modify_ldt", "nfsservctl", "personality",
        "query_module", "sysfs", "uselib", "ustat", "vm86", "vm86old",
    ),
    "the 32-bit way to open sockets, which can't be told apart by family": ("socketcall",),
}  # fmt: skip
# AF_UNIX, AF_INET, AF_INET6, AF_NETLINK and AF_PACKET: those of the course and its tools. A socket
# of another family makes the machine load a module that hardly anybody has looked at.
FAMILIES = (1, 2, 10, 16, 17)
OTHER_FAMILIES = "a family of sockets that no lesson uses"
# A user namespace inside the node's would give back every capability that was taken away.
NESTED = "another user namespace gives back the capabilities that were taken away"
# Programs take ENOSYS for an old kernel and use clone instead, whose flags a filter can see.
CLONE3 = "its flags are out of a filter's sight; clone is used instead"


def profile() -> dict[str, Any]:
    """The profile as the Engine API takes it in ``SecurityOpt``, once it is JSON."""
    return {
        "defaultAction": "SCMP_ACT_ALLOW",
        "archMap": [
            {
                "architecture": "SCMP_ARCH_X86_64",
                "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"],
            },
            {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"]},
        ],
        "syscalls": [
            *(_rule(names, reason) for reason, names in REFUSED.items()),
            _rule(("clone3",), CLONE3, errno=ENOSYS),
            *(
                _rule((name,), NESTED, _where(0, CLONE_NEWUSER, CLONE_NEWUSER))
                for name in ("clone", "unshare")
            ),
            *(
                _rule(("socket", "socketpair"), OTHER_FAMILIES, condition)
                for condition in _other_families()
            ),
        ],
    }


def _other_families() -> list[dict[str, Any]]:
    below = [n for n in range(max(FAMILIES)) if n not in FAMILIES and n != 0]
    above = {"index": 0, "op": "SCMP_CMP_GT", "value": max(FAMILIES), "valueTwo": 0}
    return [*(_where(0, LOWER_HALF, family) for family in below), above]


def _where(index: int, mask: int, value: int) -> dict[str, Any]:
    return {"index": index, "op": "SCMP_CMP_MASKED_EQ", "value": mask, "valueTwo": value}


def _rule(
    names: tuple[str, ...],
    reason: str,
    condition: dict[str, Any] | None = None,
    errno: int = EPERM,
) -> dict[str, Any]:
    rule = {
        "names": list(names),
        "action": "SCMP_ACT_ERRNO",
        "errnoRet": errno,
        "comment": reason,
    }
    return {**rule, "args": [condition]} if condition else rule
