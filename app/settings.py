"""Every setting: an environment variable SLIPWAY_*, its default, and a line that explains it."""

from __future__ import annotations

import os
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent

PASSWORD_CHARACTERS = 12


class Settings(BaseSettings):
    """Read from the environment when made; immutable afterwards."""

    model_config = SettingsConfigDict(env_prefix="SLIPWAY_", frozen=True, extra="ignore")

    host: str = Field("127.0.0.1", description="Address the site listens on.")
    port: int = Field(8000, ge=0, le=65535, description="Port the site listens on; 0 takes any.")
    public_url: str = Field(
        "",
        description="The address browsers use, when a proxy stands in front; WebSockets and "
        "changes are accepted from this origin only. Empty: the request's own Host.",
    )
    allowed_hosts: str = Field(
        "",
        description="Names of this machine that browsers may use, separated by spaces, besides "
        "localhost, its host name and its addresses.",
    )
    trusted_proxies: str = Field(
        "127.0.0.1 ::1",
        description="Addresses and networks of reverse proxies, separated by spaces; forwarded "
        "headers of anybody else are ignored.",
    )
    connections_per_address: int = Field(
        2048,
        ge=1,
        description="Connections that browsers of one address may have at once. Of trusted proxies "
        "they are not counted.",
    )
    state_dir: Path = Field(
        ROOT / "var",
        description="Folder for the database, the cookie secret and the class engine's socket.",
    )
    content_dir: Path = Field(ROOT / "content", description="Folder of the lessons.")
    database_url: str = Field(
        "", description="SQLAlchemy URL; empty: a SQLite file in the state folder."
    )
    instance: str = Field(
        "slipway",
        pattern=r"^[a-z][a-z0-9-]{0,19}$",
        description="Prefix of every container, network and volume; two Slipways on one machine "
        "need two.",
    )
    instructor_password: str = Field(
        "",
        repr=False,
        validate_default=True,
        description="The instructor's password, of 12 characters or more; empty: the one that "
        "'slipway password' made. Without any, the site listens on this machine only.",
    )
    image_way: Literal["auto", "alpine", "debian"] = Field(
        "auto",
        description="Where images come from: alpine (Docker Hub and Alpine's packages), debian "
        "(PyPI and Debian's packages), or auto: the first where it answers, else the second.",
    )
    log_format: Literal["console", "json"] = Field("console", description="How logs are written.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least that is worth a line in the log."
    )

    max_sandboxes: int = Field(
        500,
        ge=1,
        le=1000,
        description="Sandboxes at once on this machine, if its memory and disk allow; more "
        "students wait.",
    )
    sandbox_memory_mb: int = Field(
        100, ge=16, description="MiB of memory that must be free for one more sandbox to start."
    )
    memory_reserve_mb: int = Field(
        1024, ge=0, description="MiB of memory that sandboxes leave to the machine."
    )
    sandbox_disk_mb: int = Field(
        200, ge=1, description="MiB of disk that must be free for one more sandbox to start."
    )
    disk_reserve_mb: int = Field(
        1024, ge=0, description="MiB of disk that sandboxes leave to the machine."
    )
    warm_sandboxes: int = Field(
        2, ge=0, le=100, description="Sandboxes kept ready for the next students; 0 for none."
    )
    warm_ahead_s: float = Field(
        300, ge=0, description="Seconds before an announced class that its sandboxes are made."
    )
    node_memory_mb: int = Field(512, ge=128, description="Memory of a node, in MiB; no swap.")
    node_pids: int = Field(512, ge=64, description="Processes and threads of a node.")
    node_cpus: float = Field(1.0, gt=0, description="Processors a node may use at most.")
    node_disk_mb: int = Field(
        4096, ge=64, description="MiB of disk a node may fill before it is stopped."
    )
    node_open_files: int = Field(4096, ge=1024, description="Open files per process of a node.")
    start_timeout_s: float = Field(
        30, gt=0, description="Seconds until a sandbox that is not ready counts as failed."
    )
    sandbox_idle_s: float = Field(
        3600,
        gt=0,
        description="Seconds without a keystroke, a click or a program at work before a sandbox "
        "ends.",
    )
    idle_warning_s: float = Field(
        300, ge=0, description="Seconds before that end at which the student is warned."
    )
    spare_node_s: float = Field(
        600,
        gt=0,
        description="Seconds after a lesson of several nodes was left for one of fewer until the "
        "others are removed.",
    )
    resets_per_minute: int = Field(
        6,
        ge=1,
        description="Resets of a sandbox or a node a student may ask for a minute, and as many "
        "restarts of nodes.",
    )
    starts_at_once: int = Field(
        0,
        ge=0,
        le=64,
        description="Sandboxes started at the same time, the others queue; 0: as many as there "
        "are processors.",
    )

    check_timeout_s: float = Field(5, gt=0, description="Seconds a step's check may take.")
    check_output_bytes: int = Field(
        16_384, ge=256, description="Bytes of a check's output that are read; the rest is dropped."
    )
    setup_timeout_s: float = Field(
        30, gt=0, description="Seconds a lesson may take to prepare a node."
    )
    checks_per_minute: int = Field(60, ge=1, description="Checks a student may ask for a minute.")

    terminals_per_student: int = Field(8, ge=1, description="Open shells per student.")
    terminals_per_minute: int = Field(
        60, ge=1, description="Shells a student may open a minute, the closed ones counted too."
    )
    sockets_per_terminal: int = Field(4, ge=1, description="Browser tabs attached to one shell.")
    terminal_idle_s: float = Field(
        900, gt=0, description="Seconds a shell without any browser is kept."
    )
    shells_socket: str = Field(
        "",
        description="Socket of a holder of shells that somebody else runs, as Compose does; "
        "empty: the app starts one of its own.",
    )
    replay_bytes: int = Field(
        1_048_576,
        ge=4096,
        description="Bytes of a shell's output kept for browsers that come back.",
    )

    @field_validator("public_url")
    @classmethod
    def _is_an_origin(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.netloc):
            raise ValueError("it has to be like https://course.example")
        if parts.path not in ("", "/") or parts.query or parts.fragment:
            raise ValueError("the site can't be in a folder; leave out what follows the name")
        return value.rstrip("/")

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        for address in value.split():
            ip_network(address)
        return value

    @field_validator("instructor_password")
    @classmethod
    def _is_long_enough(cls, value: str) -> str:
        if value and len(value) < PASSWORD_CHARACTERS:
            raise ValueError(f"it has to have {PASSWORD_CHARACTERS} characters or more")
        return value

    @property
    def listens_beyond(self) -> bool:
        """Whether other machines can reach the site without a proxy on this one."""
        try:
            return not ip_address(self.host).is_loopback
        except ValueError:
            return self.host != "localhost"

    @property
    def makers(self) -> int:
        """How many sandboxes may be in the making at the same time."""
        return self.starts_at_once or os.cpu_count() or 1

    @property
    def engine_dir(self) -> Path:
        """Holds the class engine's socket; mounted into its container."""
        return self.state_dir / "engine"

    @property
    def engine_socket(self) -> Path:
        return self.engine_dir / "docker.sock"

    @property
    def holder_socket(self) -> Path:
        """Of the process that holds shells while no app does."""
        return Path(self.shells_socket or self.state_dir / "holder.sock")

    @property
    def sqlalchemy_url(self) -> str:
        return self.database_url or f"sqlite:///{self.state_dir / 'slipway.db'}"


def describe() -> list[tuple[str, str, str]]:
    """Each setting's variable, default and help line, in order of declaration."""
    rows = []
    for name, field in Settings.model_fields.items():
        shown = field.default
        if isinstance(shown, Path) and shown.is_relative_to(ROOT):
            shown = shown.relative_to(ROOT)
        rows.append((f"SLIPWAY_{name.upper()}", str(shown), field.description or ""))
    return rows
