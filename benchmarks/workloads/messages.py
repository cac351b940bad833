# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Messages from one process to another, copied at each send."""

from typing import Any

import pyvm
from benchmarks import harness
from benchmarks.compiled.messages import ponger as compiled_ponger
from benchmarks.harness import Answer, now_ns, seconds_since, want
from pyvm import Pid, receive, send, spawn


@pyvm.process
async def node(me: int, main: Pid) -> None:
    match await receive():
        case ("next", following):
            pass
    while True:
        match await receive():
            case 0:
                send(main, ("ring_done", me))
                return
            case k:
                send(following, k - 1)


@pyvm.process
async def ring(name: str, p: dict[str, int]) -> Answer:
    procs, hops = p.get("procs", 1000), p.get("hops", 500_000)
    pids = [spawn(node, i + 1, pyvm.self()) for i in range(procs)]
    for i, pid in enumerate(pids):
        send(pid, ("next", pids[(i + 1) % procs]))
    await pyvm.sleep(0.05)
    t0 = now_ns()
    send(pids[0], hops)
    match await receive():
        case ("ring_done", last):
            s = seconds_since(t0)
    want(last == hops % procs + 1, "the process it ended at")
    return [("hops", "hops/s", hops / s)], last


@pyvm.process
async def ponger() -> None:
    while True:
        match await receive():
            case ("ping", who):
                send(who, "pong")


PONGERS = {"pingpong": ponger, "pingpong_mixed": compiled_ponger}


@pyvm.process
async def pingpong(name: str, p: dict[str, int]) -> Answer:
    n = p.get("n", 300_000)
    me, other = pyvm.self(), spawn(PONGERS[name])
    count = 0
    t0 = now_ns()
    for _ in range(n):
        send(other, ("ping", me))
        match await receive():
            case "pong":
                count += 1
    s = seconds_since(t0)
    return [("round_trips", "round trips/s", n / s)], count


@pyvm.process
async def sender(receiver: Pid, me: int, each: int) -> None:
    match await receive():
        case "go":
            pass
    for k in range(each, 0, -1):
        send(receiver, ("msg", me, k))
        if k % 1000 == 0:
            await pyvm.yield_now()


@pyvm.process
async def fan_in(name: str, p: dict[str, int]) -> Answer:
    senders, each = p.get("senders", 100), p.get("each", 5000)
    pids = [spawn(sender, pyvm.self(), i, each) for i in range(senders)]
    await pyvm.sleep(0.05)
    t0 = now_ns()
    for pid in pids:
        send(pid, "go")
    total = 0
    for _ in range(senders * each):
        match await receive():
            case ("msg", _, k):
                total += k
    s = seconds_since(t0)
    want(total == senders * (each * (each + 1) // 2), "sum")
    return [("messages", "messages/s", senders * each / s)], total


@pyvm.process
async def counter() -> None:
    count = 0
    while True:
        match await receive():
            case "inc":
                count += 1
            case ("get", who):
                send(who, ("count", count))
                return


@pyvm.process
async def counting(name: str, p: dict[str, int]) -> Answer:
    n = p.get("n", 1_000_000)
    pid = spawn(counter)
    t0 = now_ns()
    for _ in range(n):
        send(pid, "inc")
    send(pid, ("get", pyvm.self()))
    match await receive():
        case ("count", count):
            s = seconds_since(t0)
    want(count == n, "count")
    return [("messages", "messages/s", n / s)], count


@pyvm.process
async def echo() -> None:
    while True:
        match await receive():
            case (who, data):
                send(who, (pyvm.self(), data))


@pyvm.process
async def payload(name: str, p: dict[str, int]) -> Answer:
    n = p.get("n", 200_000)
    data: Any
    data, size = harness.payload(name)
    me, other = pyvm.self(), spawn(echo)
    t0 = now_ns()
    for _ in range(n):
        send(other, (me, data))
        match await receive():
            case (_, back):
                want(len(back) == len(data), "size")
    s = seconds_since(t0)
    bandwidth = 2 * n * size / s / 1e6
    return [("round_trips", "round trips/s", n / s), ("bandwidth", "MB/s", bandwidth)], n
