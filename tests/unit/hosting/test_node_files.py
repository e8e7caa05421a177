"""The files that make a node's engine small leave in it what any release of it needs."""

import tomllib

from app.settings import ROOT

CONTAINERD = ROOT / "images" / "node" / "rootfs" / "etc" / "containerd" / "slipway.toml"
# Without one of each, containerd 1.7 or 2 serves no containers, no tasks or no leases.
NEEDED = (
    *("io.containerd.runtime.v1.", "io.containerd.runtime.v2.", "io.containerd.shim.v1."),
    *("io.containerd.metadata.v1.", "io.containerd.content.v1.", "io.containerd.gc.v1."),
    *("io.containerd.service.v1.tasks", "io.containerd.grpc.v1.tasks", "io.containerd.event.v1."),
    *("io.containerd.service.v1.containers", "io.containerd.grpc.v1.containers"),
    *("io.containerd.service.v1.leases", "io.containerd.grpc.v1.leases", "io.containerd.lease."),
    "io.containerd.snapshotter.v1.native",
)


def test_containerd_is_left_with_all_that_tasks_need() -> None:
    left_out = tomllib.loads(CONTAINERD.read_text(encoding="utf-8"))["disabled_plugins"]
    assert len(left_out) == len(set(left_out))
    assert [plugin for plugin in left_out if plugin.startswith(NEEDED)] == []
