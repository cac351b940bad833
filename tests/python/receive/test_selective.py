# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Selective receive: what is skipped stays, in order."""

import random

import pytest
from process_kit import drained, idle, killed, order, puppet, silence, take

import pyvm
from pyvm import TIMEOUT, receive, send, spawn


async def test_skipped_messages_keep_their_order():
    """A22."""
    me = pyvm.self()
    for number in range(100):
        send(me, ("n", number))
    for wanted in (50, 3, 99):
        assert await take(("n", wanted)) == ("n", wanted)
    for _ in range(10):
        assert await receive("never", TIMEOUT, timeout=0) is TIMEOUT
    assert await drained() == [("n", n) for n in range(100) if n not in (50, 3, 99)]


async def test_random_selective_receives_agree_with_a_list():
    """A22: a plain list is the model."""
    choose = random.Random(7)
    me, model = pyvm.self(), []
    for step in range(3000):
        kind = choose.choice("abc")
        if choose.random() < 0.55:
            send(me, (kind, step))
            model.append((kind, step))
            continue
        expected = next((m for m in model if m[0] == kind), TIMEOUT)
        assert await receive((kind, int), TIMEOUT, timeout=0) == expected
        if expected is not TIMEOUT:
            model.remove(expected)
    assert await drained() == model


async def test_oldest_message_wins_over_the_order_of_cases():
    """Design section 2: the oldest message that some case accepts."""
    me = pyvm.self()
    send(me, ("b", 1))
    send(me, ("a", 2))
    match await receive(timeout=5):
        case ("a", _):
            pytest.fail("a younger message was taken first")
        case ("b", n):
            assert n == 1
    assert await receive(("b", int), ("a", int), timeout=5) == ("a", 2)


async def test_two_receives_give_priorities():
    """Design section 2: timeout=0 looks once."""
    me = pyvm.self()
    for message in (("low", 1), ("high", 1), ("low", 2), ("high", 2)):
        send(me, message)
    seen = []
    while True:
        message = await receive(("high", int), TIMEOUT, timeout=0)
        if message is TIMEOUT:
            message = await receive(TIMEOUT, ..., timeout=0)
        if message is TIMEOUT:
            break
        seen.append(message)
    assert seen == [("high", 1), ("high", 2), ("low", 1), ("low", 2)]


async def test_guard_decides_what_is_taken():
    """Design section 2: guard included."""
    me = pyvm.self()
    for number in (1, 2, 30, 4):
        send(me, ("n", number))
    match await receive(timeout=5):
        case ("n", k) if k > 10:
            assert k == 30
    assert await drained() == [("n", 1), ("n", 2), ("n", 4)]


async def test_bound_names_hold_the_parts():
    """Design section 2: a case binds as in Python."""
    send(pyvm.self(), ("put", {"key": "k", "rest": [1, 2, 3]}))
    match await receive(timeout=5):
        case ("put", {"key": key, "rest": [first, *others]}):
            assert (key, first, others) == ("k", 1, [2, 3])


async def test_match_takes_later_what_it_waits_for():
    """A22: the process sleeps with unwanted messages in its mailbox."""

    async def late(to):
        await pyvm.sleep(0.02)
        for message in ("junk", ("wanted", 5)):
            send(to, message)

    send(pyvm.self(), "old junk")
    spawn(late, pyvm.self())
    match await receive(timeout=10):
        case ("wanted", n):
            assert n == 5
    assert await drained() == ["old junk", "junk"]


async def test_info_shows_the_mailbox_growing_in_order():
    """A18."""
    pid = spawn(puppet)
    send(pid, "own")
    assert await pyvm.ainfo(pid, "messages") == ["own"]
    for count in range(1, 6):
        send(pid, "ABCDE"[count - 1])
        assert await pyvm.ainfo(pid, "messages") == ["own", *"ABCDE"[:count]]
        assert await pyvm.ainfo(pid, "message_queue_len") == count + 1
    for expected in ("own", *"ABCDE"):
        assert await order(pid, "receive", str) == expected
    assert await pyvm.ainfo(pid, "messages") == []


async def test_suspended_process_loses_nothing():
    """A19, A20: the local half; there is one way to store a mailbox."""
    pid = spawn(idle)
    pyvm.suspend(pid)
    for letter in "ABC":
        send(pid, letter)
    assert await pyvm.ainfo(pid, "messages") == ["A", "B", "C"]
    for letter in "DE":
        send(pid, letter)
    pyvm.resume(pid)
    assert await pyvm.ainfo(pid, "messages") == ["A", "B", "C", "D", "E"]
    await killed(pid)


async def test_messages_aliases_and_trapped_exits_arrive_as_sent():
    """A21: all are signals of one sender."""
    choose = random.Random(21)
    me = pyvm.self()
    pyvm.process_flag("trap_exit", True)
    alias = pyvm.alias()
    sent = []
    for number in range(300):
        kind = choose.choice(("message", "alias", "exit"))
        if kind == "exit":
            pyvm.exit(me, ("reason", number))
            sent.append(("EXIT", me, ("reason", number)))
        else:
            send(alias if kind == "alias" else me, number)
            sent.append(number)
    assert [await take() for _ in sent] == sent
    await silence()


async def test_queue_order_is_arrival_order_between_senders():
    """A22: each sender's messages keep their order in the one queue."""

    async def count(to, name):
        for number in range(200):
            send(to, (name, number))
            if number % 10 == 0:
                await pyvm.yield_now()

    for name in range(5):
        spawn(count, pyvm.self(), name)
    messages = [await take((int, int)) for _ in range(1000)]
    for name in range(5):
        assert [n for who, n in messages if who == name] == list(range(200))


async def test_plain_receive_takes_the_oldest():
    """Design section 2: `msg = receive()`."""
    for number in range(3):
        send(pyvm.self(), number)
    first = await receive()
    second = await receive(timeout=1)
    assert (first, second, await take()) == (0, 1, 2)


async def test_plain_receive_with_timeout_gives_timeout():
    """A1: a receive without clauses."""
    got = await receive(timeout=0)
    assert got is TIMEOUT
