# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Birth and death of processes, and what a waiting one takes."""

import pyvm
from benchmarks import harness
from benchmarks.harness import Answer, now_ns, seconds_since, want
from pyvm import Pid, receive, send, spawn


@pyvm.process
def nothing() -> None:
    pass


@pyvm.process
def spawn_exit(name: str, p: dict[str, int]) -> Answer:
    n, alive = p.get("n", 300_000), p.get("alive", 10_000)
    done = 0
    t0 = now_ns()
    while done < n:
        k = min(alive, n - done)
        for _ in range(k):
            spawn(nothing, monitor=True)
        for _ in range(k):
            match receive():
                case ("DOWN", _, "process", _, "normal"):
                    done += 1
    return [("spawns", "spawns/s", n / seconds_since(t0))], done


@pyvm.process
def waits() -> None:
    while True:
        match receive():
            case ("ping", who):
                send(who, "pong")
            case "stop":
                return


@pyvm.process
def spawn_alive(name: str, p: dict[str, int]) -> Answer:
    n = p.get("n", 200_000)
    before = pyvm.python(harness.rss)
    t0 = now_ns()
    pids = [spawn(waits) for _ in range(n)]
    s = seconds_since(t0)
    pyvm.sleep(0.3)
    after = pyvm.python(harness.rss)
    me = pyvm.self()
    for pid in pids:
        send(pid, ("ping", me))
    pongs = 0
    while pongs < n:
        match receive():
            case "pong":
                pongs += 1
    for pid in pids:
        send(pid, "stop")
    size = (after - before) / n
    return [("spawns", "spawns/s", n / s), ("bytes", "B/process", size)], pongs


@pyvm.process
def part(n: int, parent: Pid) -> None:
    if n <= 2:
        send(parent, ("fib", 1))
        return
    me = pyvm.self()
    spawn(part, n - 1, me)
    spawn(part, n - 2, me)
    total = 0
    for _ in range(2):
        match receive():
            case ("fib", x):
                total += x
    send(parent, ("fib", total))


@pyvm.process
def fib(name: str, p: dict[str, int]) -> Answer:
    n = p.get("n", 25)
    t0 = now_ns()
    spawn(part, n, pyvm.self())
    match receive():
        case ("fib", f):
            s = seconds_since(t0)
    want(f == harness.fib(n), "fib")
    return [("processes", "processes/s", (2 * f - 1) / s)], f
