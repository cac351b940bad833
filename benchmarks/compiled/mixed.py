# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""A compiled process whose partner is a coroutine."""

import pyvm
from benchmarks.harness import Answer, now_ns, seconds_since
from benchmarks.workloads.messages import ponger
from pyvm import receive, send, spawn


@pyvm.process
def pingpong(name: str, p: dict[str, int]) -> Answer:
    n = p.get("n", 300_000)
    me, other = pyvm.self(), spawn(ponger)
    count = 0
    t0 = now_ns()
    for _ in range(n):
        send(other, ("ping", me))
        match receive():
            case "pong":
                count += 1
    s = seconds_since(t0)
    return [("round_trips", "round trips/s", n / s)], count
