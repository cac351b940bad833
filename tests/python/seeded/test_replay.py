# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Seeded runs: the same seed replays exactly, in one interpreter and in fresh ones; others differ."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import pyvm
from pyvm import TIMEOUT, receive, send, spawn, testing

SEEDS = 50


async def worker(trace: Any, number: int) -> None:
    """Deals with random peers at random times until it is told to stop, and notes what it sees."""
    me = pyvm.self()
    note = trace.value.append
    known = []
    while True:
        message = await receive(TIMEOUT, ..., timeout=random.random() / 50)
        match message:
            case pyvm.TIMEOUT:
                note((number, "tick", round(testing.virtual_time(), 9)))
            case ("peers", *pids):
                known = list(pids)
                continue
            case ("hello", sender, hops):
                note((number, "hello", str(sender), hops))
                if hops > 0 and known:
                    send(random.choice(known), ("hello", me, hops - 1))
                continue
            case ("DOWN", ref, "process", pid, reason):
                note((number, "down", str(ref), str(pid), reason))
                continue
            case "stop":
                note((number, "stop"))
                return
        choice = random.randrange(6)
        if choice == 0 and known:
            send(random.choice(known), ("hello", me, 3))
        elif choice == 1:
            child, ref = spawn(short_life, random.randrange(3), monitor=True)
            note((number, "spawned", str(child), str(ref)))
        elif choice == 2 and known:
            note((number, "monitors", str(pyvm.monitor(random.choice(known)))))
        elif choice == 3:
            note((number, "timer", str(pyvm.send_after(random.random() / 100, me, ("hello", me, 0)))))
        elif choice == 4:
            await pyvm.yield_now()


async def short_life(turns: int) -> None:
    for _ in range(turns):
        await pyvm.yield_now()
    pyvm.exit("done")


async def crowd(size: int = 8, seconds: float = 0.3) -> list[Any]:
    """The trace of a crowd of workers; nothing in it is decided but by the seed."""
    trace: list[Any] = []
    opaque = pyvm.opaque(trace)
    workers = [spawn(worker, opaque, number) for number in range(size)]
    for pid in workers:
        send(pid, ("peers", *workers))
    await pyvm.sleep(seconds)
    for pid in workers[: size // 2]:
        send(pid, "stop")
    links = [spawn(linked, opaque, number) for number in range(size)]
    for pid in links:
        send(pid, ("link", *links))
    await pyvm.sleep(seconds / 3)
    send(links[0], "fail")
    await pyvm.sleep(seconds / 3)
    return list(trace)


@pyvm.process
async def linked(trace: Any, number: int) -> None:
    """One of a clique of links; when one fails all hear of it, in an order that the seed decides."""
    pyvm.process_flag("trap_exit", True)
    while True:
        match await receive():
            case ("link", *pids):
                for pid in pids:
                    pyvm.link(pid)
            case "fail":
                pyvm.exit("failed")
            case ("EXIT", pid, reason):
                trace.value.append((number, "exit", str(pid), reason))
                if random.randrange(3) == 0:
                    pyvm.exit(("after", number))


def test_the_same_seed_replays_exactly():
    lengths = set()
    for seed in range(SEEDS):
        first = testing.seeded(crowd, seed=seed)
        assert testing.seeded(crowd, seed=seed) == first, f"seed {seed}"
        lengths.add(len(first))
    assert min(lengths) > 100  # there was something to replay
    assert len(lengths) > 10


def test_different_seeds_differ():
    traces = {json.dumps(testing.seeded(crowd, seed=seed)) for seed in range(20)}
    assert len(traces) == 20


def test_a_fresh_interpreter_replays_the_same_run():
    program = (
        "import sys, json; sys.path.insert(0, sys.argv[1]); import test_replay; "
        "print(json.dumps([test_replay.testing.seeded(test_replay.crowd, seed=s) for s in (3, 4, 3)]))"
    )
    here = str(Path(__file__).parent)
    command = [sys.executable, "-c", program, here]
    runs = [
        json.loads(subprocess.run(command, stdout=subprocess.PIPE, cwd=here, check=True).stdout)
        for _ in range(2)
    ]
    assert runs[0] == runs[1]
    assert runs[0][0] == runs[0][2] != runs[0][1]
    assert json.loads(json.dumps(testing.seeded(crowd, seed=3))) == runs[0][0]


def test_the_order_of_ready_processes_is_the_seeds():
    async def first_come() -> tuple[int, ...]:
        async def tell(parent: pyvm.Pid, number: int) -> None:
            send(parent, number)

        for number in range(4):
            spawn(tell, pyvm.self(), number)
        return tuple([await receive(...) for _ in range(4)])

    orders = {testing.seeded(first_come, seed=seed) for seed in range(200)}
    assert len(orders) == 24  # each order comes up


def test_time_jumps_from_timer_to_timer():
    async def late() -> tuple[list[Any], float]:
        async def after(parent: pyvm.Pid, seconds: float) -> None:
            await pyvm.sleep(seconds)
            send(parent, (seconds, testing.virtual_time()))

        start = testing.virtual_time()
        await pyvm.sleep(1000)
        assert 1000 <= testing.virtual_time() - start < 1000.01
        waits = [86_400.0, 0.5, 3600.0, 0.0, 7.25]
        for seconds in waits:
            spawn(after, pyvm.self(), seconds)
        told = [await receive((float, float)) for _ in waits]
        with pytest.raises(pyvm.ReceiveTimeout):
            await receive(int, timeout=500_000)
        return told, testing.virtual_time() - start

    began = time.monotonic()
    told, elapsed = testing.seeded(late, seed=5)
    assert time.monotonic() - began < 5
    assert [seconds for seconds, _ in told] == [0.0, 0.5, 7.25, 3600.0, 86_400.0]
    for (seconds, when), (_, first) in zip(told, told[:1] * len(told), strict=True):
        assert seconds <= when - first <= seconds + 0.01
    assert 587_400 <= elapsed < 587_401


def test_pythons_random_is_seeded_and_given_back():
    async def draw() -> float:
        return random.random()

    random.seed(99)
    expected = random.Random(99).random()
    first = testing.seeded(draw, seed=1)
    assert testing.seeded(draw, seed=1) == first
    assert testing.seeded(draw, seed=2) != first
    assert random.random() == expected


def test_asyncio_and_threads_are_waited_for_in_real_time():
    import asyncio

    async def both() -> tuple[str, str, float]:
        start = testing.virtual_time()
        pyvm.send_after(3600, pyvm.self(), "hour")
        slept = await pyvm.aio(asyncio.sleep(0.02, "slept"))
        ran = await pyvm.offload(lambda: time.sleep(0.02) or "ran")
        passed = testing.virtual_time() - start
        assert await receive(...) == "hour"
        return slept, ran, passed

    slept, ran, passed = testing.seeded(both, seed=0)
    assert (slept, ran) == ("slept", "ran")
    assert passed < 1  # the hour did not pass meanwhile


def test_nothing_runs_after_main_has_returned():
    async def main() -> list[int]:
        steps = [0]
        cell = pyvm.opaque(steps)

        async def spin(cell: Any) -> None:
            while True:
                cell.value[0] += 1
                await pyvm.yield_now()

        spawn(spin, cell)
        for _ in range(50):
            await pyvm.yield_now()
        return steps

    counts = set()
    for _ in range(20):
        steps = testing.seeded(main, seed=11)
        counts.add(steps[0])
    assert len(counts) == 1


def test_explore_names_the_seed_that_fails():
    async def main() -> None:
        async def tell(parent: pyvm.Pid, number: int) -> None:
            send(parent, number)

        spawn(tell, pyvm.self(), 1)
        spawn(tell, pyvm.self(), 2)
        assert await receive(...) == 1, "2 came first"

    with pytest.raises(AssertionError, match="2 came first") as caught:
        testing.explore(main)
    note = caught.value.__notes__[-1]
    seed = int(note.split("seed=")[1].split(")")[0])
    with pytest.raises(AssertionError):
        pyvm.run(main, seed=seed)
    testing.explore(main, seeds=range(seed))
