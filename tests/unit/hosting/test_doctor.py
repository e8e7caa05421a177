"""The doctor over planted machines: what is wrong is found, and nothing with a sound one."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

from app.hosting.doctor import engines, kernel_rules, surroundings
from app.hosting.doctor.machine import Machine
from app.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from app.hosting.doctor.finding import Finding
    from tests.support.site import Site

V2 = "22 1 0:20 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw,nsdelegate\n"
V1 = (
    "31 1 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n"
    "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
    "33 31 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    "34 31 0:31 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n"
)
V1_TABLE = "#subsys_name\thierarchy\tnum_cgroups\tenabled\n" + "".join(
    f"{name}\t2\t1\t1\n" for name in ("cpu", "memory", "pids")
)
SOUND = {
    "/proc/sys/kernel/osrelease": "6.1.0-18-amd64\n",
    "/proc/sys/user/max_user_namespaces": "96365\n",
    "/proc/sys/vm/panic_on_oom": "0\n",
    "/proc/sys/vm/overcommit_memory": "0\n",
    "/proc/sys/kernel/pid_max": "4194304\n",
    "/proc/self/mountinfo": V2,
    "/sys/fs/cgroup/cgroup.controllers": "cpuset cpu io memory pids\n",
    "/proc/meminfo": "MemTotal: 16000000 kB\nMemAvailable: 12000000 kB\nSwapTotal: 0 kB\n",
    "/etc/subuid": "ann:100000:65536\ndockremap:200000:65536\n",
}
NOON_2027 = 1_800_000_000.0
GOOD_HOST = {"Driver": "overlay2", "SecurityOptions": ["name=apparmor"], "MemoryLimit": True}
GOOD_CLASS = {"Driver": "overlay2", "SecurityOptions": ["name=seccomp,profile=x", "name=userns"]}
UNIX = engines.DEFAULT_ADDRESS


@pytest.fixture
def plant(tmp_path: Path) -> Callable[..., Machine]:
    """A sound machine but for these files; one without a text is not there."""

    def make(changes: dict[str, str | None] | None = None) -> Machine:
        for path, text in {**SOUND, **(changes or {})}.items():
            if text is None:
                continue
            file = tmp_path / "root" / path.lstrip("/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return Machine(tmp_path / "root", clock=lambda: NOON_2027, in_step=lambda: True)

    return make


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state_dir=tmp_path / "var", port=0)


def of_machine(machine: Machine, settings: Settings) -> list[Finding]:
    return [
        *kernel_rules.kernel_version(machine),
        *kernel_rules.user_namespaces(machine, settings),
        *kernel_rules.unprivileged(machine, rootless=False),
        *kernel_rules.cgroups(machine),
        *kernel_rules.out_of_memory(machine),
        *kernel_rules.limits(machine, settings),
        *kernel_rules.modules(machine),
        *kernel_rules.subordinate_ids(machine),
        *surroundings.memory(machine, settings),
        *surroundings.clock(machine, settings),
    ]


def told(rows: Iterable[Finding], about: str) -> Finding:
    """The one finding of this name that has a cure."""
    (row,) = [row for row in rows if row.about == about and row.mend]
    return row


def test_nothing_is_wrong_with_a_sound_machine(
    plant: Callable[..., Machine], settings: Settings
) -> None:
    rows = of_machine(plant(), settings)
    assert [row for row in rows if not row.fine or row.mend] == []
    assert {"kernel", "user-namespaces", "cgroups", "memory", "clock"} <= {r.about for r in rows}


@pytest.mark.parametrize(
    ("about", "changes", "what", "cure"),
    [
        ("kernel", {"/proc/sys/kernel/osrelease": "5.4.0-99-generic"}, "Linux 5.4", "5.11"),
        (
            "user-namespaces",
            {"/proc/sys/user/max_user_namespaces": "0"},
            "max_user_namespaces is 0",
            "sysctl -w user.max_user_namespaces=2000,",
        ),
        ("user-namespaces", {"/proc/sys/user/max_user_namespaces": None}, "no user namespaces",
         "CONFIG_USER_NS"),
        (
            "cgroup-controllers",
            {"/sys/fs/cgroup/cgroup.controllers": "cpuset cpu pids"},
            "controller memory is missing",
            "cgroup_enable=memory",
        ),
        (
            "cgroup-controllers",
            {
                "/proc/self/mountinfo": V1,
                "/proc/cgroups": V1_TABLE.replace("pids\t2\t1\t1", "pids\t2\t1\t0"),
            },
            "controller pids is missing",
            "cgroup_enable=pids",
        ),
        ("cgroups", {"/proc/self/mountinfo": ""}, "no cgroups are mounted", "mount -t cgroup2"),
        (
            "cgroups",
            {"/proc/self/mountinfo": V2.replace(" rw,relatime", " ro,relatime")},
            "read-only here (/sys/fs/cgroup)",
            "remount,rw,bind /sys/fs/cgroup",
        ),
        (
            "cgroups",
            {
                "/proc/self/mountinfo": V1.replace("memory rw", "memory ro"),
                "/proc/cgroups": V1_TABLE,
            },
            "read-only here (/sys/fs/cgroup/memory)",
            "remount,rw,bind /sys/fs/cgroup/memory",
        ),
        (
            "out-of-memory",
            {"/proc/sys/vm/panic_on_oom": "2"},
            "panic_on_oom is 2",
            "panic_on_oom=0",
        ),
        (
            "overcommit",
            {"/proc/sys/vm/overcommit_memory": "2"},
            "overcommit_memory is 2",
            "overcommit_memory=0",
        ),
        (
            "memory",
            {"/proc/meminfo": "MemAvailable: 900000 kB\n"},
            "not enough for one sandbox",
            "SLIPWAY_MEMORY_RESERVE_MB",
        ),
        (
            "kernel-modules",
            {"/lib/modules/6.1.0-18-amd64/modules.dep": "kernel/net/bridge/bridge.ko.xz:\n"},
            "",
            "",
        ),
    ],
)  # fmt: skip
def test_each_fault_is_found_with_its_cure(
    plant: Callable[..., Machine],
    settings: Settings,
    *,
    about: str,
    changes: dict[str, str | None],
    what: str,
    cure: str,
) -> None:
    wrong = [row for row in of_machine(plant(changes), settings) if not row.fine]
    assert {row.about for row in wrong} == {about}
    assert what in wrong[0].what
    assert cure in wrong[0].mend


def test_a_cgroup_v1_machine_is_sound_too(
    plant: Callable[..., Machine], settings: Settings
) -> None:
    machine = plant({"/proc/self/mountinfo": V1, "/proc/cgroups": V1_TABLE})
    assert all(row.fine for row in of_machine(machine, settings))


def test_modules_that_are_nowhere_are_told_one_by_one(plant: Callable[..., Machine]) -> None:
    release = "/lib/modules/6.1.0-18-amd64"
    machine = plant(
        {
            f"{release}/modules.dep": "kernel/net/bridge/bridge.ko.xz: kernel/net/llc/llc.ko.xz\n",
            f"{release}/modules.builtin": "kernel/net/veth.ko\nkernel/net/br-netfilter.ko\n",
            "/sys/module/overlay/refcnt": "1",
        }
    )
    missing = {row.what.split()[3].rstrip(":"): row.fine for row in kernel_rules.modules(machine)}
    assert missing == {"vxlan": False, "macvlan": False, "ipvlan": True, "ip_vs": True}


@pytest.mark.parametrize(
    ("about", "name", "value"),
    [
        ("apparmor", "apparmor_restrict_unprivileged_userns", "1"),
        ("unprivileged-user-namespaces", "unprivileged_userns_clone", "0"),
    ],
)
def test_restrictions_of_the_unprivileged_matter_to_a_rootless_engine_only(
    plant: Callable[..., Machine], about: str, name: str, value: str
) -> None:
    machine = plant({f"/proc/sys/kernel/{name}": value})
    (row,) = kernel_rules.unprivileged(machine, rootless=False)
    assert (row.about, row.fine, row.mend) == (about, True, "")
    (row,) = kernel_rules.unprivileged(machine, rootless=True)
    assert not row.fine
    assert f"sysctl -w kernel.{name}=" in row.mend


def test_a_low_limit_is_told_with_its_value_and_its_cure(
    plant: Callable[..., Machine], settings: Settings
) -> None:
    rows = list(kernel_rules.limits(plant({"/proc/sys/kernel/pid_max": "32768"}), settings))
    row = told(rows, "kernel-limits")
    assert row.fine
    assert row.what.startswith("kernel.pid_max is 32768")
    assert "sysctl -w kernel.pid_max=304768" in row.mend


def test_ids_that_a_user_shares_with_nodes_are_told(plant: Callable[..., Machine]) -> None:
    machine = plant({"/etc/subuid": "ann:165536:65536\nbob:265536:65536\nbroken\n"})
    (row,) = kernel_rules.subordinate_ids(machine)
    assert "ann" in row.what
    assert "--del-subuids 165536-231071" in row.mend


@pytest.mark.parametrize(
    ("now", "words"), [(0.0, "the clock says 1970-01-01"), (9e11, "the clock says 9999-12-31")]
)
def test_a_clock_of_another_century_is_wrong(
    tmp_path: Path, settings: Settings, now: float, words: str
) -> None:
    machine = Machine(tmp_path, clock=lambda: now, in_step=lambda: True)
    row = told(surroundings.clock(machine, settings), "clock")
    assert not row.fine
    assert row.what.startswith(words)
    assert "timedatectl" in row.mend


def test_a_clock_behind_the_database_is_wrong(
    plant: Callable[..., Machine], settings: Settings
) -> None:
    settings.state_dir.mkdir()
    database = settings.state_dir / "slipway.db"
    database.touch()
    os.utime(database, (NOON_2027, NOON_2027))
    assert not told_wrong(surroundings.clock(plant(), settings))
    os.utime(database, (NOON_2027 + 90_000, NOON_2027 + 90_000))
    (row,) = told_wrong(surroundings.clock(plant(), settings))
    assert "but the database was written at" in row.what


def test_a_clock_that_nobody_keeps_is_worth_a_word(tmp_path: Path, settings: Settings) -> None:
    machine = Machine(tmp_path, clock=lambda: NOON_2027, in_step=lambda: False)
    assert told(surroundings.clock(machine, settings), "clock").fine


def test_a_taken_address_is_told_unless_we_are_there(site: Site, settings: Settings) -> None:
    machine = Machine()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        mine = settings.model_copy(update={"port": taken.getsockname()[1]})
        row = told(surroundings.address(machine, mine), "address")
    assert not row.fine
    assert "ss -ltnp" in row.mend
    mine = settings.model_copy(update={"port": int(site.url.rpartition(":")[2])})
    (row,) = surroundings.address(machine, mine)
    assert row.fine
    assert row.what.startswith("a site of ours listens")


def test_an_address_that_others_reach_wants_a_password(settings: Settings) -> None:
    beyond = settings.model_copy(update={"host": "0.0.0.0"})  # noqa: S104 - not listened on
    assert "slipway password" in told(surroundings.address(Machine(), beyond), "password").mend


def test_an_address_of_another_machine_is_told(settings: Settings) -> None:
    row = told(
        surroundings.address(Machine(), settings.model_copy(update={"host": "192.0.2.1"})),
        "address",
    )
    assert "SLIPWAY_HOST" in row.mend


def test_a_folder_on_another_machine_is_no_place_for_sqlite(
    plant: Callable[..., Machine], settings: Settings
) -> None:
    line = f"40 1 0:50 / {settings.state_dir.parent} rw - nfs4 server:/home rw,vers=4.2\n"
    machine = plant({"/proc/self/mountinfo": V2 + line})
    (row,) = told_wrong(surroundings.state_folder(machine, settings))
    assert (row.about, "SLIPWAY_DATABASE_URL" in row.mend) == ("network-folder", True)
    postgres = settings.model_copy(update={"database_url": "postgresql+psycopg://db/slipway"})
    assert not told_wrong(surroundings.state_folder(machine, postgres))


def test_packages_of_another_version_are_named(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[project]\ndependencies = ["anyio==0.1", "psycopg[binary]==0", "no-such==1.0"]\n'
    )
    (row,) = surroundings.packages(tmp_path)
    assert not row.fine
    assert "anyio 4" in row.what
    assert "no-such is missing" in row.what
    assert told_wrong(surroundings.packages()) == []


@pytest.mark.parametrize(
    ("about", "version", "changes", "cure"),
    [
        ("host-engine", "19.03.15", {}, "20.10 or later"),
        ("host-engine", "", {}, "20.10 or later"),
        ("host-engine-rights", "28.5.2", {"SecurityOptions": ["name=rootless"]}, "DOCKER_HOST="),
        ("host-engine-rights", "28.5.2", {"SecurityOptions": ["name=userns"]}, "daemon.json"),
        ("host-engine-kind", "28.5.2", {"DockerRootDir": "/var/snap/docker/1"}, "snap remove"),
        ("host-engine-kind", "28.5.2", {"OperatingSystem": "Docker Desktop"}, "on Linux"),
        ("host-engine-limits", "28.5.2", {"PidsLimit": False}, "docker info"),
        ("storage-driver", "28.5.2", {"Driver": "vfs"}, "overlay2"),
        ("storage-driver", "28.5.2", {"DriverStatus": [["Supports d_type", "false"]]}, "ftype=1"),
    ],
)  # fmt: skip
def test_a_host_engine_that_is_not_fit_is_found(
    about: str, version: str, changes: dict[str, object], cure: str
) -> None:
    rows = engines.host_engine({"Version": version}, {**GOOD_HOST, **changes}, UNIX)
    (row,) = told_wrong(rows)
    assert (row.about, cure in row.mend) == (about, True)


def test_a_host_engine_on_another_machine_is_told() -> None:
    rows = engines.host_engine({"Version": "20.10.24"}, GOOD_HOST, "tcp://10.0.0.1:2375")
    assert [row.about for row in told_wrong(rows)] == ["host-engine-elsewhere"]
    assert not told_wrong(engines.host_engine({"Version": "20.10.24"}, GOOD_HOST, UNIX))


def test_a_class_engine_that_is_not_fit_is_found() -> None:
    assert not told_wrong(engines.class_engine({"Version": "26.1.5"}, GOOD_CLASS, "Do it."))
    rows = engines.class_engine({"Version": "20.10.24"}, {"Driver": "vfs"}, "Do it.")
    wrong = {row.about: row.mend for row in told_wrong(rows)}
    assert set(wrong) == {"class-engine", "isolation", "storage-driver"}
    assert wrong["isolation"] == "Do it."


@pytest.mark.parametrize(
    ("said", "wanted", "wrong"),
    [("2.26.1", True, 0), ("v2.24.0", True, 0), ("2.9.0", True, 1), ("", True, 1), ("", False, 0),
     ("1.29.2", False, 0)],
)  # fmt: skip
def test_compose_matters_where_images_were_made_for_it(said: str, wanted: bool, wrong: int) -> None:
    assert len(told_wrong(engines.compose(said, wanted=wanted))) == wrong


def test_whatever_files_contain_the_doctor_goes_on(
    plant: Callable[..., Machine], settings: Settings
) -> None:
    garbage = dict.fromkeys(SOUND, "\x00\xff - - : 99999999999999999999999 kB\n - \n")
    for row in of_machine(plant(garbage), settings):
        assert row.fine or row.mend


def told_wrong(rows: Iterable[Finding]) -> list[Finding]:
    return [row for row in rows if not row.fine]
