# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What processes that never wait do to others."""

import pyvm
from benchmarks.compiled.messages import ponger
from benchmarks.harness import Answer, latency, now_ns
from pyvm import receive, send, spawn


@pyvm.process
def busy() -> None:
    k = 0
    while True:
        k = (k + 1) & 0xFFFFFF


@pyvm.process
def fairness(name: str, p: dict[str, int]) -> Answer:
    loops, pings, longest = p.get("busy", 100), p.get("pings", 10_000), p.get("max_s", 5)
    pids = [spawn(busy) for _ in range(loops)]
    me, other = pyvm.self(), spawn(ponger)
    pyvm.sleep(0.3)
    deadline = now_ns() + longest * 10**9
    times = []
    for _ in range(pings):
        t0 = now_ns()
        send(other, ("ping", me))
        match receive():
            case "pong":
                t1 = now_ns()
        times.append(t1 - t0)
        if t1 > deadline:
            break
    for pid in pids:
        pyvm.exit(pid, "kill")
    return latency(times), "ok"
