# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Many processes that talk to many."""

import pyvm
from benchmarks.harness import Answer, complement, lcg, now_ns, seconds_since, want
from pyvm import Pid, receive, send, spawn


@pyvm.process
def everyone(main: Pid) -> None:
    me = pyvm.self()
    match receive():
        case ("peers", pids):
            peers = [pid for pid in pids if pid != me]
    while True:
        match receive():
            case "go":
                pass
        for pid in peers:
            send(pid, ("ping", me))
        pings = pongs = len(peers)
        while pings or pongs:
            match receive():
                case ("ping", who):
                    send(who, ("pong", me))
                    pings -= 1
                case ("pong", _):
                    pongs -= 1
        send(main, "done")


@pyvm.process
def all_to_all(name: str, p: dict[str, int]) -> Answer:
    n, rounds = p.get("procs", 500), p.get("rounds", 2)
    pids = [spawn(everyone, pyvm.self()) for _ in range(n)]
    for pid in pids:
        send(pid, ("peers", pids))
    pyvm.sleep(0.2)
    t0 = now_ns()
    for _ in range(rounds):
        for pid in pids:
            send(pid, "go")
        for _ in range(n):
            match receive():
                case "done":
                    pass
    s = seconds_since(t0)
    messages = 2 * n * (n - 1) * rounds
    return [("messages", "messages/s", messages / s)], messages


@pyvm.process
def actor(main: Pid, pings: int, seed: int) -> None:
    me = pyvm.self()
    match receive():
        case ("peers", peers):
            pass
    x, left, actors = lcg(seed), pings, len(peers)
    send(peers[(x >> 8) % actors], ("ping", me))
    while True:
        match receive():
            case ("ping", who):
                send(who, "pong")
            case "pong":
                left -= 1
                if left == 0:
                    send(main, "done")
                else:
                    x = lcg(x)
                    send(peers[(x >> 8) % actors], ("ping", me))
            case "stop":
                return


@pyvm.process
def big(name: str, p: dict[str, int]) -> Answer:
    pings, actors = p.get("pings", 3000), p.get("actors", 120)
    pids = [spawn(actor, pyvm.self(), pings, i * 7919 + 1) for i in range(1, actors + 1)]
    t0 = now_ns()
    for pid in pids:
        send(pid, ("peers", tuple(pids)))
    for _ in range(actors):
        match receive():
            case "done":
                pass
    s = seconds_since(t0)
    for pid in pids:
        send(pid, "stop")
    messages = 2 * pings * actors
    return [("messages", "messages/s", messages / s)], messages


@pyvm.process
def creature(mall: Pid, colour: int) -> None:
    me, meetings = pyvm.self(), 0
    while True:
        send(mall, ("meet", colour, me))
        match receive():
            case ("meet", other, who):
                colour = complement(colour, other)
                send(who, ("change", colour))
                meetings += 1
            case ("change", new):
                colour = new
                meetings += 1
            case "exit":
                send(mall, ("count", meetings))
                return


@pyvm.process
def chameneos(name: str, p: dict[str, int]) -> Answer:
    n, meetings = p.get("chameneos", 100), p.get("meetings", 200_000)
    t0 = now_ns()
    for i in range(n):
        spawn(creature, pyvm.self(), i % 3)
    waiting = None
    left, faded, total = meetings, 0, 0
    while faded < n:
        match receive():
            case ("meet", colour, who):
                if left == 0:
                    send(who, "exit")
                elif waiting is None:
                    waiting = who
                else:
                    send(waiting, ("meet", colour, who))
                    waiting = None
                    left -= 1
            case ("count", k):
                faded += 1
                total += k
    s = seconds_since(t0)
    want(total == 2 * meetings, "meetings")
    return [("meetings", "meetings/s", meetings / s)], total
