# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Messages from one process to another, copied at each send."""

from typing import Any

import pyvm
from benchmarks import harness
from benchmarks.harness import Answer, now_ns, seconds_since, want
from pyvm import Pid, receive, send, spawn

_PAYLOADS: dict[str, tuple[Any, int]] = {
    name: harness.payload(name) for name in ("payload_tuple", "payload_1k", "payload_1m")
}


@pyvm.process
def node(me: int, main: Pid) -> None:
    match receive():
        case ("next", following):
            pass
    while True:
        match receive():
            case 0:
                send(main, ("ring_done", me))
                return
            case k:
                send(following, k - 1)


@pyvm.process
def ring(name: str, p: dict[str, int]) -> Answer:
    procs, hops = p.get("procs", 1000), p.get("hops", 500_000)
    pids = [spawn(node, i + 1, pyvm.self()) for i in range(procs)]
    for i, pid in enumerate(pids):
        send(pid, ("next", pids[(i + 1) % procs]))
    pyvm.sleep(0.05)
    t0 = now_ns()
    send(pids[0], hops)
    match receive():
        case ("ring_done", last):
            s = seconds_since(t0)
    want(last == hops % procs + 1, "the process it ended at")
    return [("hops", "hops/s", hops / s)], last


@pyvm.process
def ponger() -> None:
    while True:
        match receive():
            case ("ping", who):
                send(who, "pong")


@pyvm.process
def pingpong(name: str, p: dict[str, int]) -> Answer:
    return round_trips(spawn(ponger), p)


def round_trips(other: Pid, p: dict[str, int]) -> Answer:
    """With a ponger, of whatever body."""
    n = p.get("n", 300_000)
    me = pyvm.self()
    count = 0
    t0 = now_ns()
    for _ in range(n):
        send(other, ("ping", me))
        match receive():
            case "pong":
                count += 1
    s = seconds_since(t0)
    return [("round_trips", "round trips/s", n / s)], count


@pyvm.process
def sender(receiver: Pid, me: int, each: int) -> None:
    match receive():
        case "go":
            pass
    for k in range(each, 0, -1):
        send(receiver, ("msg", me, k))


@pyvm.process
def fan_in(name: str, p: dict[str, int]) -> Answer:
    senders, each = p.get("senders", 100), p.get("each", 5000)
    pids = [spawn(sender, pyvm.self(), i, each) for i in range(senders)]
    pyvm.sleep(0.05)
    t0 = now_ns()
    for pid in pids:
        send(pid, "go")
    total = 0
    for _ in range(senders * each):
        match receive():
            case ("msg", _, k):
                total += k
    s = seconds_since(t0)
    want(total == senders * (each * (each + 1) // 2), "sum")
    return [("messages", "messages/s", senders * each / s)], total


@pyvm.process
def counter() -> None:
    count = 0
    while True:
        match receive():
            case "inc":
                count += 1
            case ("get", who):
                send(who, ("count", count))
                return


@pyvm.process
def counting(name: str, p: dict[str, int]) -> Answer:
    n = p.get("n", 1_000_000)
    pid = spawn(counter)
    t0 = now_ns()
    for _ in range(n):
        send(pid, "inc")
    send(pid, ("get", pyvm.self()))
    match receive():
        case ("count", count):
            s = seconds_since(t0)
    want(count == n, "count")
    return [("messages", "messages/s", n / s)], count


@pyvm.process
def echo() -> None:
    while True:
        match receive():
            case (who, data):
                send(who, (pyvm.self(), data))


@pyvm.process
def payload(name: str, p: dict[str, int]) -> Answer:
    n = p.get("n", 200_000)
    data, size = _PAYLOADS[name]
    me, other = pyvm.self(), spawn(echo)
    t0 = now_ns()
    for _ in range(n):
        send(other, (me, data))
        match receive():
            case (_, back):
                want(len(back) == len(data), "size")
    s = seconds_since(t0)
    bandwidth = 2 * n * size / s / 1e6
    return [("round_trips", "round trips/s", n / s), ("bandwidth", "MB/s", bandwidth)], n
