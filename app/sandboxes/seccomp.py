"""The system calls a node may not make, each with its reason.

A node needs most of the kernel's network and mount calls, so this names what is refused and leaves
the rest to the user namespace, which bounds what a call can reach. What is named here either
reaches past namespaces, or has a history of kernel bugs and no use in a lesson.
Source: the profile format of Docker Engine (libseccomp actions and operators).
"""

from __future__ import annotations

from typing import Any

EPERM = 1
AF_ALG, AF_VSOCK = 38, 40

REFUSED: dict[str, tuple[str, ...]] = {
    "kernel modules belong to the machine": (
        "create_module", "delete_module", "finit_module", "init_module",
    ),
    "another kernel, or this one restarted": ("kexec_file_load", "kexec_load", "reboot"),
    "programs in the kernel, and its counters": ("bpf", "perf_event_open"),
    "opens files by handle, past every mount": ("open_by_handle_at",),
    "page faults handled by user space make kernel bugs easy to use": ("userfaultfd",),
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
REFUSED_FAMILIES = {
    AF_ALG: "the kernel's cryptography",
    AF_VSOCK: "sockets to the machine below",
}


def profile() -> dict[str, Any]:
    """The profile as the Engine API takes it in ``SecurityOpt``, once it is JSON."""
    calls = [
        {"names": list(names), "action": "SCMP_ACT_ERRNO", "errnoRet": EPERM, "comment": reason}
        for reason, names in REFUSED.items()
    ]
    families = [
        {
            "names": ["socket", "socketpair"],
            "action": "SCMP_ACT_ERRNO",
            "errnoRet": EPERM,
            "comment": reason,
            # The kernel looks at the lower 32 bits of the argument only, so nothing else may.
            "args": [
                {"index": 0, "op": "SCMP_CMP_MASKED_EQ", "value": 0xFFFFFFFF, "valueTwo": family}
            ],
        }
        for family, reason in REFUSED_FAMILIES.items()
    ]
    return {
        "defaultAction": "SCMP_ACT_ALLOW",
        "archMap": [
            {
                "architecture": "SCMP_ARCH_X86_64",
                "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"],
            },
            {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"]},
        ],
        "syscalls": [*calls, *families],
    }
