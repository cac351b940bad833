# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Receives that give up: when, and what they leave in the mailbox."""

import math
import time

import pytest
from process_kit import at_once, down, idle, killed, patience, silence, take

import pyvm
from pyvm import TIMEOUT, receive, send, spawn


async def test_zero_timeout_looks_once_and_takes_nothing():
    """A1."""
    me = pyvm.self()
    send(me, "x")
    send(me, "y")
    assert await receive("z", TIMEOUT, timeout=0) is TIMEOUT
    send(me, "w")
    with pytest.raises(pyvm.ReceiveTimeout, match=r"0\.000 s"):
        await receive("z", timeout=0)
    assert [await take() for _ in range(3)] == ["x", "y", "w"]


async def test_zero_timeout_in_a_match_statement():
    """A1, in the form of `match`."""
    send(pyvm.self(), "x")
    match await receive(timeout=0):
        case "z":
            pytest.fail("matched what was never sent")
        case pyvm.TIMEOUT:
            pass
    assert await take() == "x"


@pytest.mark.parametrize("zero", [0, 0.0])
async def test_zero_timeout_in_a_variable(zero):
    """A2."""
    send(pyvm.self(), "x")
    assert await receive("z", TIMEOUT, timeout=zero) is TIMEOUT
    assert await take() == "x"


@pytest.mark.parametrize(
    "timeout", [-1, -0.001, math.nan, -math.inf, -(10**40), "1", b"1", [1], object()], ids=repr
)
async def test_bad_timeout_is_refused_and_named(timeout):
    """A3: times are seconds here, so 0.5 is good and what is no time at all is not."""
    with pytest.raises((ValueError, TypeError), match="timeout"):
        await receive("never", timeout=timeout)
    with pytest.raises((ValueError, TypeError), match="timeout"):
        await receive(timeout=timeout)


async def test_bad_timeout_is_refused_in_a_match_statement():
    """A3."""

    @pyvm.process
    async def body():
        match await receive(timeout=-1):
            case "never":
                pass

    with pytest.raises(ValueError, match="timeout"):
        await body()


async def test_longest_timeout_waits_and_can_be_killed():
    """A4: 2^32 - 1 milliseconds; 500 processes for 0.2 s."""

    async def wait(parent):
        await receive("never", timeout=4294967.295)
        send(parent, "woke")

    started = [spawn(wait, pyvm.self(), monitor=True) for _ in range(500)]
    await silence(0.2)
    for pid, _ in started:
        pyvm.exit(pid, "kill")
    assert {await down(ref) for _, ref in started} == {"killed"}


async def test_message_ends_a_receive_with_a_big_timeout():
    """A5."""

    async def send_after_a_yield(to):
        await pyvm.yield_now()
        send(to, "here")

    spawn(send_after_a_yield, pyvm.self())
    assert await receive("here", TIMEOUT, timeout=4150682.179) == "here"


async def test_timeout_is_never_early():
    """A6: while another process wakes every 10 ms."""

    async def wake_often():
        while True:
            await pyvm.sleep(0.01)

    spawn(wake_often)
    for seconds in (0.0, 0.001, 0.0125, 0.1, 0.25):
        start = time.monotonic()
        assert await receive("never", TIMEOUT, timeout=seconds) is TIMEOUT
        assert time.monotonic() - start >= seconds


@pytest.mark.unsanitized
async def test_timeout_is_not_late_on_an_idle_machine():
    """A6: the best of ten, for the machine may be busy."""
    late = []
    for _ in range(10):
        start = time.monotonic()
        await receive("never", TIMEOUT, timeout=0.05)
        late.append(time.monotonic() - start - 0.05)
    assert min(late) < 0.020


async def test_shrinking_sleeps_all_end():
    """A7: scaled by ten."""
    seconds = 0.5
    while seconds > 0.0005:
        await pyvm.sleep(seconds)
        seconds /= 2


async def test_timer_of_an_answered_receive_is_gone():
    """A8: the second receive outlives the deadline of the first."""

    async def waiter(parent):
        await receive("a", timeout=0.1)
        send(parent, "first")
        await receive("end", timeout=100)
        send(parent, "second")

    pid = spawn(waiter, pyvm.self())
    send(pid, "a")
    assert await take() == "first"
    for letter in "bcd":
        send(pid, letter)
    await silence(0.25)
    send(pid, "end")
    assert await take() == "second"


async def test_many_timeouts_at_one_instant():
    """A9: 10,000 processes."""

    async def wait_until(instant):
        await pyvm.sleep(max(0.0, instant - time.monotonic()))

    instant = time.monotonic() + 0.5
    refs = [spawn(wait_until, instant, monitor=True)[1] for _ in range(10_000)]
    for ref in refs:
        assert await down(ref) == "normal"


async def test_timeout_none_waits_for_a_message():
    """A5: no timeout is for ever."""
    pyvm.send_after(0.05, pyvm.self(), "late")
    assert await receive("late", timeout=None) == "late"


async def test_timeout_case_runs_with_a_guard():
    """Design section 2: a case, guard included, decides what TIMEOUT does."""
    taken = []
    for flag in (True, False):
        try:
            match await receive(timeout=0):
                case pyvm.TIMEOUT if flag:
                    taken.append("case")
        except pyvm.ReceiveTimeout:
            taken.append("raised")
    assert taken == ["case", "raised"]


async def test_unmatched_messages_do_not_prolong_a_timeout():
    """A6: a flood of what is not wanted does not restart the clock."""

    async def flood(to):
        while True:
            send(to, "noise")
            await pyvm.sleep(0.002)

    noisy = spawn(flood, pyvm.self())
    start = time.monotonic()
    assert await receive("signal", TIMEOUT, timeout=0.1) is TIMEOUT
    assert 0.1 <= time.monotonic() - start < patience()
    await killed(noisy)


async def test_process_waiting_with_a_timeout_can_be_sent_to_before_it_runs():
    """A5: the message is there before the receive begins."""
    pid = spawn(idle)
    send(pid, "early")
    assert await pyvm.ainfo(pid, "messages") == ["early"]
    await killed(pid)
    _, ref = spawn(at_once, monitor=True)
    assert await down(ref) == "normal"
