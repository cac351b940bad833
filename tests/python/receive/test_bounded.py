# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Bounded mailboxes: drop, exit, or suspend the sender."""

import pytest
from process_kit import down, gone, idle, killed, order, puppet, take

import pyvm
from pyvm import receive, send, spawn


async def test_full_mailbox_drops_the_new_message():
    """Design section 4: max_mailbox with drop."""
    pid = spawn(idle, max_mailbox=10, on_full="drop")
    for number in range(100):
        send(pid, number)
    assert await pyvm.ainfo(pid, "messages") == list(range(10))
    await killed(pid)


async def test_room_again_after_a_drop():
    """Design section 4: the bound counts what waits, not what came."""
    pid = spawn(puppet, max_mailbox=3, on_full="drop")
    for number in range(6):
        send(pid, number)
    assert await pyvm.ainfo(pid, "message_queue_len") == 3
    await killed(pid)
    pid = spawn(in_turn, pyvm.self(), max_mailbox=3, on_full="drop")
    for number in range(50):
        send(pid, number)
        assert await take(("got", number)) == ("got", number)
    await killed(pid)


async def in_turn(to):
    while True:
        send(to, ("got", await receive(int)))


async def test_full_mailbox_ends_its_process():
    """Design section 4: max_mailbox with exit."""
    pid, ref = spawn(idle, max_mailbox=10, on_full="exit", monitor=True)
    for number in range(100):
        send(pid, number)
    assert await down(ref) not in ("normal", "noproc")


async def test_full_mailbox_suspends_the_sender():
    """Design section 4: max_mailbox with suspend; all messages arrive, in order."""
    me = pyvm.self()

    async def slow(parent):
        await receive("go")
        for number in range(1000):
            assert await receive(int) == number
        send(parent, "all in order")

    async def fast(to, parent):
        for number in range(1000):
            send(to, number)
            await pyvm.yield_now()
        send(parent, "all sent")

    receiver = spawn(slow, me, max_mailbox=10, on_full="suspend")
    spawn(fast, receiver, me)
    for _ in range(100):
        await pyvm.yield_now()
    assert await pyvm.ainfo(receiver, "message_queue_len") < 100
    send(receiver, "go")
    assert {await take(str), await take(str)} == {"all in order", "all sent"}


@pytest.mark.parametrize("size", [2, 3])
async def test_ring_of_full_mailboxes_stops_nobody_for_ever(size):
    """Each floods the next one before it takes anything; one of them goes on, over the bound."""

    async def member():
        following = await receive(pyvm.Pid)
        for number in range(100):
            send(following, number)
            await pyvm.yield_now()
        for number in range(100):
            assert await receive(int) == number

    ring = [spawn(member, max_mailbox=5, on_full="suspend", monitor=True) for _ in range(size)]
    for index, (pid, _) in enumerate(ring):
        send(pid, ring[(index + 1) % size][0])
    for _, ref in ring:
        assert await down(ref) == "normal"


async def test_suspended_sender_goes_on_when_the_receiver_ends():
    """Design section 4: sending never fails; a receiver's end frees whom it blocked."""

    async def fast(to):
        for number in range(1000):
            send(to, number)
            await pyvm.yield_now()

    receiver = spawn(idle, max_mailbox=10, on_full="suspend")
    _, ref = spawn(fast, receiver, monitor=True)
    for _ in range(50):
        await pyvm.yield_now()
    pyvm.exit(receiver, "kill")
    assert await down(ref) == "normal"


async def test_signals_pass_a_full_mailbox():
    """Design section 4: the bound is for messages; exits and monitors go through."""
    pid = spawn(idle, max_mailbox=1, on_full="drop")
    for number in range(10):
        send(pid, number)
    ref = pyvm.monitor(pid)
    pyvm.exit(pid, "stop")
    assert await down(ref) == "stop"


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"max_mailbox": -1}, "max_mailbox"),
        ({"max_mailbox": "10"}, "max_mailbox"),
        ({"max_mailbox": 10, "on_full": "explode"}, "on_full"),
        ({"max_heap": -1}, "max_heap"),
    ],
)
async def test_bad_bound_is_refused_and_named(options, named):
    """E14."""
    with pytest.raises((ValueError, TypeError), match=named):
        spawn(idle, **options)


async def test_bound_set_by_flag():
    """E14, E15: process_flag gives the old value and sets the bound."""
    pid = spawn(puppet, max_mailbox=3, on_full="drop")
    assert await order(pid, "process_flag", "max_mailbox", 5) == 3
    for number in range(10):
        send(pid, number)
    assert await pyvm.ainfo(pid, "message_queue_len") == 5
    pyvm.exit(pid, "done")
    await gone(pid)
