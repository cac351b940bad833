# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""random and time in compiled code: within their bounds, the process's own, replayed by a seed."""

import random
import time

import pytest
from library_kit import needs_machine
from process_kit import take

import pyvm
from pyvm import send, spawn

pytestmark = needs_machine


@pyvm.process
def draws(who, n):
    numbers = [random.random() for _ in range(n)]
    send(who, ("unit", min(numbers), max(numbers), sum(numbers) / n))
    send(who, ("int", sorted({random.randint(1, 6) for _ in range(n)})))
    send(who, ("range", sorted({random.randrange(10, 0, -3) for _ in range(n)})))
    big = [random.randrange(10**30) for _ in range(50)]
    send(who, ("big", max(big) < 10**30 and max(big) > 10**28, random.getrandbits(100) < 2**100))
    items = list(range(100))
    random.shuffle(items)
    send(who, ("shuffled", sorted(items) == list(range(100)) and items != list(range(100))))
    part = random.sample(items, 20)
    send(who, ("sample", len(set(part)), all(one in items for one in part)))
    send(who, ("choice", sorted({random.choice("abc") for _ in range(n)})))
    picked = random.choices([1, 2, 3], weights=[1, 0, 3], k=n)
    send(
        who,
        ("choices", 2 not in picked, picked.count(3) > picked.count(1), len(random.choices("ab"))),
    )
    normal = [random.gauss(10, 2) for _ in range(n)]
    send(
        who,
        (
            "gauss",
            sum(normal) / n,
            random.uniform(2, 3),
            random.expovariate(1.0) >= 0,
            len(random.randbytes(7)),
        ),
    )


@pyvm.process
def seeded(who):
    random.seed(5)
    first = [random.randrange(1000) for _ in range(10)]
    random.seed(5)
    send(who, first == [random.randrange(1000) for _ in range(10)])


@pyvm.process
def some_numbers(who):
    send(who, [random.getrandbits(60) for _ in range(5)])


@pyvm.process
def fails(who):
    calls = [
        lambda: random.randrange(0),
        lambda: random.randrange(5, 5),
        lambda: random.randrange(1, 5, 0),
    ]
    calls += [
        lambda: random.randrange(5, 1, 1),
        lambda: random.choice([]),
        lambda: random.sample([1], 2),
    ]
    calls += [
        lambda: random.sample({1}, 1),
        lambda: random.shuffle((1, 2)),
        lambda: random.randrange(1, 5, -2),
    ]
    calls += [lambda: random.choices([1, 2], weights=[1]), lambda: random.choices([1], weights=[0])]
    for call in calls:
        try:
            call()
        except Exception as error:
            send(who, (str(error),))


@pyvm.process
def clocks(who):
    before = (time.monotonic(), time.perf_counter_ns())
    wall = (time.time(), time.time_ns())
    pyvm.sleep(0.01)
    send(who, (wall, time.monotonic() - before[0], time.perf_counter_ns() - before[1]))


async def test_numbers_are_spread():
    spawn(draws, pyvm.self(), 2000)
    _, least, most, mean = await take(("unit", ..., ..., ...))
    assert 0 <= least < 0.05
    assert 0.95 < most < 1
    assert 0.45 < mean < 0.55
    assert await take(("int", ...)) == ("int", [1, 2, 3, 4, 5, 6])
    assert await take(("range", ...)) == ("range", [1, 4, 7, 10])
    assert await take(("big", ..., ...)) == ("big", True, True)
    assert await take(("shuffled", ...)) == ("shuffled", True)
    assert await take(("sample", ..., ...)) == ("sample", 20, True)
    assert await take(("choice", ...)) == ("choice", ["a", "b", "c"])
    assert await take(("choices", ..., ..., ...)) == ("choices", True, True, 1)
    _, mean, uniform, positive, size = await take(("gauss", ..., ..., ..., ...))
    assert 9.5 < mean < 10.5
    assert 2 <= uniform < 3
    assert positive
    assert size == 7


async def test_each_process_has_its_own_numbers():
    for _ in range(2):
        spawn(some_numbers, pyvm.self())
    assert await take(list) != await take(list)
    spawn(seeded, pyvm.self())
    assert await take(bool) is True


async def test_errors_are_those_of_cpython():
    spawn(fails, pyvm.self())
    calls = [
        lambda: random.randrange(0),
        lambda: random.randrange(5, 5),
        lambda: random.randrange(1, 5, 0),
        lambda: random.randrange(5, 1, 1),
        lambda: random.choice([]),
        lambda: random.sample([1], 2),
        lambda: random.sample({1}, 1),
        lambda: random.shuffle((1, 2)),
        lambda: random.randrange(1, 5, -2),
        lambda: random.choices([1, 2], weights=[1]),
        lambda: random.choices([1], weights=[0]),
    ]
    for call in calls:
        with pytest.raises((IndexError, TypeError, ValueError)) as raised:
            call()
        assert await take((str,)) == (str(raised.value),)


async def test_clocks():
    spawn(clocks, pyvm.self())
    (seconds, ns), slept, slept_ns = await take((tuple, float, int))
    assert abs(seconds - time.time()) < 60
    assert abs(ns / 1e9 - seconds) < 60
    assert slept >= 0.01
    assert slept_ns >= 10_000_000


def test_a_seeded_run_replays_numbers_and_time():
    async def main():
        spawn(some_numbers, pyvm.self())
        numbers = await take(list)
        spawn(clocks, pyvm.self())
        return numbers, await take((tuple, float, int))

    pyvm.stop()
    first, second = (pyvm.run(main, seed=11) for _ in range(2))
    assert first == second
    assert first[1][0][0] < 1_800_000_000
