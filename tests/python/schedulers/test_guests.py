# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""A compiled process that a coroutine wakes runs beside it, whatever the coroutine does then."""

import time

import pytest
from process_kit import patience

import pyvm
from pyvm import receive, send, spawn, whereis


@pyvm.process
def worker():
    while True:
        match receive():
            case ("ping", who):
                send(who, "pong")
            case ("at once", name):
                pyvm.register(name)
            case ("later", name):
                match receive(timeout=0.01):
                    case pyvm.TIMEOUT:
                        pyvm.register(name)
            case ("work", n, who):
                total = 0
                for i in range(n):
                    total += i
                send(who, total)
            case "stop":
                return


async def talk(pid, times):
    for _ in range(times):
        send(pid, ("ping", pyvm.self()))
        assert await receive("pong", timeout=patience()) == "pong"


@pytest.mark.parametrize("when", ["at once", "later"])
async def test_what_a_coroutine_wakes_runs_while_the_coroutine_computes(when):
    for n in range(10):
        pid = spawn(worker)
        await talk(pid, 100)
        name = f"guest-{when}-{n}"
        send(pid, (when, name))
        end = time.monotonic() + patience()
        while whereis(name) is None:  # without ever giving way
            assert time.monotonic() < end
        send(pid, "stop")


async def test_what_needs_more_than_a_guest_gets_is_finished_all_the_same():
    pid = spawn(worker)
    for n in (10, 10_000, 10, 300_000, 10):
        await talk(pid, 20)
        send(pid, ("work", n, pyvm.self()))
        assert await receive(int, timeout=patience()) == n * (n - 1) // 2
    send(pid, "stop")


async def test_many_are_woken_at_once():
    me = pyvm.self()
    pids = [spawn(worker) for _ in range(50)]
    for _ in range(20):
        for pid in pids:
            send(pid, ("ping", me))
        for _ in pids:
            assert await receive("pong", timeout=patience()) == "pong"
    for pid in pids:
        send(pid, "stop")
