# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Timers, and what processes that never wait do to others."""

import pyvm
from benchmarks.compiled.messages import ponger
from benchmarks.harness import Answer, latency, lateness, lcg, now_ns, seconds_since
from pyvm import Pid, receive, send, spawn


@pyvm.process
def collector(main: Pid) -> None:
    lates: list[int] = []
    expected = -1
    while len(lates) != expected:
        match receive():
            case ("t", due):
                lates.append(now_ns() - due)
            case ("expect", n):
                expected = n
    send(main, ("collected", len(lates), lateness(lates)))


@pyvm.process
def timers(name: str, p: dict[str, int]) -> Answer:
    n, longest = p.get("n", 1_000_000), p.get("max_ms", 1000)
    pid = spawn(collector, pyvm.self())
    t0 = now_ns()
    x, cancelled, left = 42, 0, n
    while left:
        batch = []
        for _ in range(min(left, 1000)):
            x = lcg(x)
            ms = (x >> 8) % longest + 1
            due = now_ns() + ms * 1_000_000
            batch.append(pyvm.send_after(ms / 1000, pid, ("t", due)))
        left -= len(batch)
        for ref in batch[0 : len(batch) - 1 : 2]:
            cancelled += pyvm.cancel_timer(ref) is not False
    started = seconds_since(t0)
    send(pid, ("expect", n - cancelled))
    match receive():
        case ("collected", fired, late):
            total = seconds_since(t0)
    metrics = [("timer_ops", "ops/s", (n + n // 2) / started), ("total", "s", total)]
    return metrics + late, fired + cancelled


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
