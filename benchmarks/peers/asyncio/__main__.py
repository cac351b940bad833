# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Runs one asyncio workload: `python benchmarks/peers/asyncio WORKLOAD key=number ...`."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[3])

from benchmarks import harness  # noqa: E402
from benchmarks.peers.asyncio import messages, receive, spawning, timing  # noqa: E402

Workload = Callable[[str, harness.Params], Awaitable[harness.Answer]]

WORKLOADS: dict[str, Workload] = {
    "spawn_exit": spawning.spawn_exit,
    "spawn_alive": spawning.spawn_alive,
    "fib": spawning.process_fib,
    "ring": messages.ring,
    "threadring": messages.ring,
    "pingpong": messages.pingpong,
    "fan_in": messages.fan_in,
    "fan_in_1": messages.fan_in,
    "counting": messages.counting,
    "all_to_all": messages.all_to_all,
    "big": messages.big,
    "chameneos": messages.chameneos,
    "payload_tuple": messages.payload,
    "payload_1k": messages.payload,
    "payload_1m": messages.payload,
    "selective_marker": receive.selective_marker,
    "selective_reverse": receive.selective_reverse,
    "selective_prio": receive.selective_prio,
    "call_1": receive.call,
    "call_50": receive.call,
    "timers": timing.timers,
    "fairness": timing.fairness,
}


def drive(workload: Workload, name: str, params: harness.Params) -> harness.Answer:
    """Runs the workload in an event loop of its own."""

    async def start() -> harness.Answer:
        return await workload(name, params)

    return asyncio.run(start())


harness.run(WORKLOADS, drive)
