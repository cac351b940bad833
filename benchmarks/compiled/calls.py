# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Calls: `pid.call(request)`, a request under a monitor whose reference takes the reply."""

import pyvm
from benchmarks.harness import Answer, now_ns, seconds_since, want
from pyvm import Pid, receive, send, spawn


@pyvm.process
def server() -> None:
    total = 0
    while True:
        match receive():
            case ("echo", x, reply_to):
                total += 1
                send(reply_to, x)
            case ("total", reply_to):
                send(reply_to, total)


def calls(pid: Pid, each: int) -> None:
    for k in range(each, 0, -1):
        want(pid.call(("echo", k)) == k, "reply")


@pyvm.process
def client(pid: Pid, each: int) -> None:
    calls(pid, each)


@pyvm.process
def call(name: str, p: dict[str, int]) -> Answer:
    clients, each = p.get("clients", 1), p.get("each", 200_000)
    pid = spawn(server)
    t0 = now_ns()
    for _ in range(clients):
        spawn(client, pid, each, monitor=True)
    for _ in range(clients):
        match receive():
            case ("DOWN", _, "process", _, reason):
                want(reason == "normal", "a client's end")
    s = seconds_since(t0)
    total = pid.call("total")
    want(total == clients * each, "total")
    return [("calls", "calls/s", total / s)], total


@pyvm.process
def call_junk(name: str, p: dict[str, int]) -> Answer:
    n, junk = p.get("n", 50_000), p.get("junk", 100_000)
    me, pid = pyvm.self(), spawn(server)
    t0 = now_ns()
    calls(pid, n)
    empty = seconds_since(t0)
    for i in range(junk):
        send(me, ("junk", i))
    t0 = now_ns()
    calls(pid, n)
    full = seconds_since(t0)
    want(pyvm.process_info(me, "message_queue_len") == junk, "junk left")
    return [
        ("calls", "calls/s", n / full),
        ("calls_no_junk", "calls/s", n / empty),
        ("cost_of_junk", "times", full / empty),
    ], pid.call("total")
