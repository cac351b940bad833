# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Timers: never early, each once, cancelled without a trace."""

import math
import random
import time

import pytest
from process_kit import at_once, down, drained, idle, killed, order, puppet, silence, take

import pyvm
from pyvm import (
    TIMEOUT,
    cancel_timer,
    read_timer,
    receive,
    send,
    send_after,
    spawn,
    start_timer,
    testing,
)


async def test_start_timer_delivers_its_ref_and_message():
    """F1: scaled by ten."""
    start = time.monotonic()
    ref = start_timer(0.1, pyvm.self(), "m")
    assert await take() == ("timeout", ref, "m")
    assert time.monotonic() - start >= 0.1
    assert read_timer(ref) is False
    assert cancel_timer(ref) is False


async def test_cancel_gives_what_is_left():
    """F2."""
    ref = start_timer(1.0, pyvm.self(), "m")
    left = cancel_timer(ref)
    assert 0.0 < left <= 1.0
    assert cancel_timer(ref) is False
    assert read_timer(ref) is False


async def test_cancelled_timer_does_not_fire():
    """F2."""
    for _ in range(100):
        ref = send_after(0.01, pyvm.self(), "m")
        assert cancel_timer(ref) is not False
    await silence(0.05)


async def test_send_after_delivers_the_bare_message():
    """F3."""
    ref = send_after(0.01, pyvm.self(), ("bare", [1]))
    assert await take() == ("bare", [1])
    assert read_timer(ref) is False


async def in_the_order_they_fire(*milliseconds: int) -> list[int]:
    for count in milliseconds:
        send_after(count / 1000, pyvm.self(), count)
    return [await take(int) for _ in milliseconds]


@pytest.mark.parametrize("milliseconds", [(500, 0, 20, 10, 50, 30, 40), (103, 101, 102, 100)])
def test_timers_fire_in_the_order_of_their_times(milliseconds):
    """F4, scaled by ten, and F5: in virtual time, for setting them takes real time that counts."""
    for seed in range(20):
        assert testing.seeded(in_the_order_they_fire, *milliseconds, seed=seed) == sorted(milliseconds)


async def test_what_is_due_a_while_before_fires_before():
    """F4, F5: in real time, each due between the instants before and after its call."""
    me, earliest, latest = pyvm.self(), {}, {}
    for number in range(300):
        seconds = (number * 37 % 100) / 1000
        earliest[number] = time.monotonic() + seconds
        send_after(seconds, me, number)
        latest[number] = time.monotonic() + seconds
    due = 0.0
    for _ in earliest:
        number = await take(int)
        assert latest[number] >= due - 0.002
        due = max(due, earliest[number])


async def test_cancel_of_a_fresh_ref():
    """F6."""
    assert cancel_timer(pyvm.make_ref()) is False
    assert read_timer(pyvm.make_ref()) is False


@pytest.mark.parametrize("seconds", [-4, -0.001, 2.0**64, math.nan, math.inf, "soon", None, b"1"])
@pytest.mark.parametrize("function", [send_after, start_timer])
async def test_bad_time_is_refused_and_named(function, seconds):
    """F8: fractions are good, times are in seconds."""
    with pytest.raises((ValueError, TypeError), match="seconds"):
        function(seconds, pyvm.self(), "m")


@pytest.mark.parametrize("destination", [1, None, (1, 2), [], b"name"])
async def test_bad_destination_is_refused(destination):
    """F8."""
    with pytest.raises(TypeError):
        send_after(0.01, destination, "m")


@pytest.mark.parametrize("item", [1, "ref", None])
@pytest.mark.parametrize("function", [cancel_timer, read_timer])
async def test_what_is_no_timer_is_refused(function, item):
    """F8."""
    with pytest.raises(TypeError):
        function(item)


async def test_pid_is_no_timer():
    """F8."""
    with pytest.raises(TypeError):
        cancel_timer(pyvm.self())


async def test_message_that_cannot_be_sent_is_refused_at_the_call():
    """F8."""
    with pytest.raises(TypeError):
        send_after(0.01, pyvm.self(), object())


async def test_long_timer_counts_down():
    """F9: 2^31 milliseconds, cancelled after 0.1 s."""
    whole = 2.0**31 / 1000
    ref = send_after(whole, pyvm.self(), "m")
    await pyvm.sleep(0.1)
    left = cancel_timer(ref)
    assert whole - left + 0.002 >= 0.1
    assert whole - left < 10


async def test_read_and_cancel_agree():
    """F10: or differ by what passed between."""
    ref = send_after(100, pyvm.self(), "m")
    first = read_timer(ref)
    second = read_timer(ref)
    last = cancel_timer(ref)
    assert 100 >= first >= second >= last > 90


async def test_timer_to_a_process_that_ends_says_nothing():
    """F12: what is left after the end is a timer that fires into nothing or is gone."""
    pid = spawn(idle)
    refs = [send_after(0.05, pid, "late") for _ in range(100)]
    await killed(pid)
    await pyvm.sleep(0.1)
    for ref in refs:
        assert read_timer(ref) is False
        assert cancel_timer(ref) is False
    await silence()


async def test_name_is_looked_up_when_the_timer_fires():
    """F13."""
    ref = start_timer(0.05, "later", "m")
    pyvm.register("later")
    assert await take() == ("timeout", ref, "m")
    send_after(0.02, "later", "dropped")
    pyvm.unregister("later")
    await silence(0.05)


async def test_name_that_nobody_has_is_dropped():
    """F13: no error at expiry."""
    send_after(0.0, "nobody", "m")
    ref = send_after(0.01, "nobody", "m")
    await silence(0.03)
    assert read_timer(ref) is False


async def test_many_timers_at_one_instant_with_some_cancelled():
    """F14: 30,000; every third cancelled."""
    me, instant, count = pyvm.self(), time.monotonic() + 1.0, 30_000
    refs = [send_after(max(0.0, instant - time.monotonic()), me, n) for n in range(count)]
    cancelled = {n for n in range(0, count, 3) if cancel_timer(refs[n]) is not False}
    got = [await take(int) for _ in range(count - len(cancelled))]
    assert len(set(got)) == len(got)
    assert not cancelled & set(got)
    await silence(0.02)


async def test_random_timers_are_never_early_and_never_twice():
    """F15: 10 processes for 0.5 s."""

    async def evil(seed, seconds, parent):
        choose, me = random.Random(seed), pyvm.self()
        end = time.monotonic() + seconds
        pending, due, fired = {}, {}, 0
        number = 0
        while time.monotonic() < end or pending:
            if time.monotonic() < end and len(pending) < 200:
                number += 1
                delay = choose.choice((0.0, 0.001, 0.01, 0.05, choose.random() / 10))
                due[number] = time.monotonic() + delay
                pending[number] = send_after(delay, me, number)
            if pending and choose.random() < 0.3:
                which = choose.choice(list(pending))
                if cancel_timer(pending[which]) is not False:
                    del pending[which], due[which]
            got = await receive(int, TIMEOUT, timeout=choose.choice((0, 0.0005)))
            if got is not TIMEOUT:
                assert time.monotonic() >= due.pop(got), "early"
                del pending[got]
                fired += 1
        assert await receive(int, TIMEOUT, timeout=0.02) is TIMEOUT, "twice, or cancelled"
        send(parent, ("fired", fired))

    refs = [spawn(evil, seed, 0.5, pyvm.self(), monitor=True)[1] for seed in range(10)]
    for ref in refs:
        assert await down(ref) == "normal"
    assert sum(count for _, count in await drained()) > 100


async def test_zero_timers_set_in_a_burst_do_not_starve_others():
    """F16."""

    async def chain(left, parent):
        while left:
            send_after(0, pyvm.self(), "again")
            await receive("again")
            left -= 1
        send(parent, "chain done")

    for _ in range(20):
        spawn(chain, 100, pyvm.self())
    send_after(0.01, pyvm.self(), "single")
    seen = [await take() for _ in range(21)]
    assert seen.count("chain done") == 20
    assert "single" in seen


async def test_timer_outlives_the_process_that_set_it():
    """F17: it is the destination's, not the setter's."""

    async def sets(to):
        send_after(0.05, to, "from the dead")

    _, ref = spawn(sets, pyvm.self(), monitor=True)
    assert await down(ref) == "normal"
    assert await take() == "from the dead"


async def test_timer_fires_when_schedulers_were_taken_offline():
    """F17."""
    refs = [send_after(0.1, pyvm.self(), number) for number in range(50)]
    old = pyvm.set_schedulers_online(1)
    assert sorted([await take(int) for _ in refs]) == list(range(50))
    pyvm.set_schedulers_online(old)


async def test_timer_can_be_read_and_cancelled_by_another_process():
    """F6, F10: the ref is all it takes."""
    other = spawn(puppet)
    ref = send_after(100, pyvm.self(), "m")
    assert 90 < await order(other, "read_timer", ref) <= 100
    assert 90 < await order(other, "cancel_timer", ref) <= 100
    assert read_timer(ref) is False


async def test_timer_from_outside_of_processes_and_back():
    """F1: set by a thread that runs no process."""
    me = pyvm.self()
    await pyvm.offload(send_after, 0.01, me, "from a thread")
    assert await take() == "from a thread"
    _, ref = spawn(at_once, monitor=True)
    assert await down(ref) == "normal"
