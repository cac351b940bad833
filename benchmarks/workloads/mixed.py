# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""A coroutine process whose partner is a compiled one."""

import pyvm
from benchmarks.compiled.messages import ponger
from benchmarks.harness import Answer, now_ns, seconds_since
from pyvm import receive, send, spawn


@pyvm.process
async def pingpong(name: str, p: dict[str, int]) -> Answer:
    n = p.get("n", 300_000)
    me, other = pyvm.self(), spawn(ponger)
    count = 0
    t0 = now_ns()
    for _ in range(n):
        send(other, ("ping", me))
        match await receive():
            case "pong":
                count += 1
    s = seconds_since(t0)
    return [("round_trips", "round trips/s", n / s)], count
