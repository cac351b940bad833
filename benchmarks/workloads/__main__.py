# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Runs one workload: `python benchmarks/workloads WORKLOAD key=number ...`.

`schedulers` is how many native schedulers the runtime has; it is not shown among the parameters.
"""

import sys
from pathlib import Path
from typing import Any

# Last, so that an installed pyvm is found before the sources of a checkout.
sys.path[:1] = []
sys.path.append(str(Path(__file__).resolve().parents[2]))

from benchmarks import harness  # noqa: E402
from benchmarks.in_runtime import drive  # noqa: E402
from benchmarks.workloads import (  # noqa: E402
    calls,
    crowds,
    messages,
    selective,
    spawning,
    timing,
)

WORKLOADS: dict[str, Any] = {
    "spawn_exit": spawning.spawn_exit,
    "spawn_alive": spawning.spawn_alive,
    "idle": spawning.idle,
    "fib": spawning.fib,
    "ring": messages.ring,
    "threadring": messages.ring,
    "pingpong": messages.pingpong,
    "pingpong_mixed": messages.pingpong,
    "fan_in": messages.fan_in,
    "fan_in_1": messages.fan_in,
    "counting": messages.counting,
    "payload_tuple": messages.payload,
    "payload_1k": messages.payload,
    "payload_1m": messages.payload,
    "all_to_all": crowds.all_to_all,
    "big": crowds.big,
    "chameneos": crowds.chameneos,
    "selective_marker": selective.selective_marker,
    "selective_reverse": selective.selective_reverse,
    "selective_prio": selective.selective_prio,
    "call_1": calls.call,
    "call_50": calls.call,
    "call_junk": calls.call_junk,
    "timers": timing.timers,
    "fairness": timing.fairness,
}


harness.run(WORKLOADS, drive)
