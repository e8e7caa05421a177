"""Pools that look at everything often, so that no test waits for it."""

from dataclasses import replace

from app.sandboxes.pace import Pace

FAST = Pace(
    heartbeat_s=0.02,
    reconnect_s=0.02,
    # As long as it takes: these engines answer at once, unless they are made to hang.
    answer_timeout_s=30,
    sweep_s=0.05,
    stock_s=0.05,
    disk_count_s=0,
    breath_s=0,
)

# With engines that hang, to find out soon.
HASTY = replace(FAST, answer_timeout_s=0.2)

# A real engine needs its time to answer, even when it is well.
BRISK = Pace(
    heartbeat_s=0.5,
    reconnect_s=0.5,
    answer_timeout_s=6,
    sweep_s=1,
    stock_s=1,
    disk_count_s=1,
)
