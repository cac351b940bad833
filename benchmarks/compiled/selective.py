# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Selective receive in full mailboxes."""

import pyvm
from benchmarks.harness import Answer, now_ns, seconds_since, want
from pyvm import Pid, receive, send, spawn


@pyvm.process
def echo_ref() -> None:
    while True:
        match receive():
            case (who, ref, x):
                send(who, (ref, x))


@pyvm.process
def selective_marker(name: str, p: dict[str, int]) -> Answer:
    preload, n = p.get("preload", 10_000), p.get("calls", 5000)
    me, server = pyvm.self(), spawn(echo_ref)
    empty = timed_calls(n, server, me)
    for i in range(preload):
        send(me, ("junk", i))
    full = timed_calls(n, server, me)
    return [("calls", "calls/s", n / full), ("calls_empty_mailbox", "calls/s", n / empty)], n


def timed_calls(n: int, server: Pid, me: Pid) -> float:
    t0 = now_ns()
    for i in range(n):
        ref = pyvm.make_ref()
        send(server, (me, ref, i))
        match receive():
            case (got, x) if got == ref:
                want(x == i, "reply")
    return seconds_since(t0)


@pyvm.process
def selective_reverse(name: str, p: dict[str, int]) -> Answer:
    n, rounds = p.get("n", 10_000), p.get("rounds", 1)
    me = pyvm.self()
    count = 0
    t0 = now_ns()
    for _ in range(rounds):
        for i in range(1, n + 1):
            send(me, ("tag", i))
        for i in range(n, 0, -1):
            match receive():
                case ("tag", k) if k == i:
                    count += 1
    s = seconds_since(t0)
    scans = rounds * n * (n + 1) / 2
    return [("messages", "messages/s", count / s), ("scans", "scans/s", scans / s)], count


@pyvm.process
def selective_prio(name: str, p: dict[str, int]) -> Answer:
    n, rounds = p.get("n", 10_000), p.get("rounds", 1)
    me = pyvm.self()
    count = 0
    t0 = now_ns()
    for _ in range(rounds):
        for i in range(1, n + 1):
            send(me, ("high" if i % 100 == 0 else "low", i))
        high = low = 0
        for _ in range(n):
            match receive(timeout=0):
                case ("high", _):
                    want(low == 0, "high before low")
                    high += 1
                case pyvm.TIMEOUT:
                    match receive():
                        case ("low", _):
                            low += 1
        want(high == n // 100, "high")
        count += high + low
    s = seconds_since(t0)
    return [("messages", "messages/s", count / s)], count
