"""A pool that looks at everything often, so that no test waits for it."""

from app.sandboxes.pace import Pace

FAST = Pace(
    heartbeat_s=0.02,
    reconnect_s=0.02,
    answer_timeout_s=0.2,
    sweep_s=0.05,
    stock_s=0.05,
    disk_count_s=0,
)
