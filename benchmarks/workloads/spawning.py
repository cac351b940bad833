# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Birth and death of processes, and what a waiting one takes."""

import time

import pyvm
from benchmarks import harness
from benchmarks.harness import Answer, now_ns, rss, seconds_since, want
from pyvm import Pid, receive, send, spawn


@pyvm.process
async def nothing() -> None:
    pass


@pyvm.process
async def spawn_exit(name: str, p: dict[str, int]) -> Answer:
    n, alive = p.get("n", 300_000), p.get("alive", 10_000)
    done = 0
    t0 = now_ns()
    while done < n:
        k = min(alive, n - done)
        for _ in range(k):
            spawn(nothing, monitor=True)
        for _ in range(k):
            match await receive():
                case ("DOWN", _, "process", _, "normal"):
                    done += 1
    return [("spawns", "spawns/s", n / seconds_since(t0))], done


@pyvm.process
async def waits() -> None:
    while True:
        match await receive():
            case ("ping", who):
                send(who, "pong")
            case "stop":
                return


@pyvm.process
async def spawn_alive(name: str, p: dict[str, int]) -> Answer:
    n = p.get("n", 200_000)
    before = rss()
    t0 = now_ns()
    pids = [spawn(waits) for _ in range(n)]
    await pyvm.yield_now()  # each has reached its receive, as a task of asyncio its queue
    s = seconds_since(t0)
    await pyvm.sleep(0.3)
    after = rss()
    me = pyvm.self()
    for pid in pids:
        send(pid, ("ping", me))
    pongs = 0
    while pongs < n:
        match await receive():
            case "pong":
                pongs += 1
    for pid in pids:
        send(pid, "stop")
    size = (after - before) / n
    return [("spawns", "spawns/s", n / s), ("bytes", "B/process", size)], pongs


@pyvm.process
async def idle(name: str, p: dict[str, int]) -> Answer:
    n, timers, seconds = p.get("n", 1_000_000), p.get("timers", 100_000), p.get("seconds", 5)
    for _ in range(n):
        spawn(waits)
    for number in range(timers):
        pyvm.send_after(600 + number % 3000, pyvm.self(), "stop")
    await pyvm.sleep(1)
    before = time.process_time()
    await pyvm.sleep(seconds)
    share = 100 * (time.process_time() - before) / seconds
    return [("idle", "% of a core", share)], "ok"


@pyvm.process
async def part(n: int, parent: Pid) -> None:
    if n <= 2:
        send(parent, ("fib", 1))
        return
    me = pyvm.self()
    spawn(part, n - 1, me)
    spawn(part, n - 2, me)
    total = 0
    for _ in range(2):
        match await receive():
            case ("fib", x):
                total += x
    send(parent, ("fib", total))


@pyvm.process
async def fib(name: str, p: dict[str, int]) -> Answer:
    n = p.get("n", 25)
    t0 = now_ns()
    spawn(part, n, pyvm.self())
    match await receive():
        case ("fib", f):
            s = seconds_since(t0)
    want(f == harness.fib(n), "fib")
    return [("processes", "processes/s", (2 * f - 1) / s)], f
