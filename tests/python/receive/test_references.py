# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Receives that wait for a reference made just before: right however refs mix, and fast."""

import time

import pytest
from process_kit import dead_pid, drained, echo, silence, take

import pyvm
from pyvm import TIMEOUT, receive, send, spawn

JUNK = 500_000


async def reply_server():
    while True:
        who, ref, times = await receive((pyvm.Pid, pyvm.Ref, int))
        for number in range(times):
            send(who, (ref, number))


async def ask(server, times=1):
    """A monitored call, as gen_server makes it."""
    ref = pyvm.monitor(server)
    send(server, (pyvm.self(), ref, times))
    for number in range(times):
        assert await take((ref, int)) == (ref, number)
    pyvm.demonitor(ref, flush=True)


async def cost(work, rounds):
    """The least processor time of three attempts, in seconds: the machine may stop us as it likes."""
    costs = []
    for _ in range(3):
        start = time.process_time()
        for _ in range(rounds):
            await work()
        costs.append(time.process_time() - start)
    return min(costs)


async def test_receive_in_between():
    """A10: 20,000 requests, each with a message of its own between ref and reply."""
    server, me = spawn(reply_server), pyvm.self()
    for _ in range(20_000):
        send(me, "dummy")
        ref = pyvm.make_ref()
        send(server, (me, ref, 1))
        assert await receive("dummy", timeout=10) == "dummy"
        assert await receive((ref, int), timeout=10) == (ref, 0)
    await silence()


async def test_ref_made_in_code_that_failed_does_not_hide_an_older_one():
    """A11."""
    me = pyvm.self()

    async def fails():
        second = pyvm.make_ref()
        send(me, second)
        raise LookupError(second)

    first = pyvm.make_ref()
    send(me, first)
    with pytest.raises(LookupError) as caught:
        await fails()
    assert await receive(first, TIMEOUT, timeout=0) == first
    assert await drained() == [caught.value.args[0]]


async def test_nested_receive_of_a_ref_does_not_hide_an_older_one():
    """A13."""
    me = pyvm.self()
    dead = await dead_pid()

    async def inner():
        ref = pyvm.make_ref()
        send(dead, ref)
        assert await receive(ref, TIMEOUT, timeout=0) is TIMEOUT

    outer = pyvm.make_ref()
    send(me, outer)
    await inner()
    assert await receive(outer, TIMEOUT, timeout=0) == outer


async def test_signals_between_do_not_stop_selective_receives():
    """A14."""
    me = pyvm.self()

    async def sender(to):
        for number in range(1, 201):
            send(to, number)
            if number == 100:
                pyvm.monitor(to)
        send(to, "stop")

    spawn(sender, me)
    for number in range(1, 201):
        assert await take(number) == number
    ref = pyvm.make_ref()
    send(me, ref)
    assert await take(ref) == ref
    assert await take("stop") == "stop"


async def test_old_ref_is_found_before_messages_that_came_later():
    """A13: a mark belongs to one ref and to no other."""
    me = pyvm.self()
    refs = [pyvm.make_ref() for _ in range(50)]
    for ref in refs:
        send(me, ref)
    for ref in reversed(refs):
        assert await receive(ref, TIMEOUT, timeout=0) == ref
    await silence()


@pytest.mark.unsanitized
async def test_call_does_not_depend_on_a_huge_mailbox():
    """A12."""
    server, me = spawn(reply_server), pyvm.self()
    empty = await cost(lambda: ask(server), 100)
    for _ in range(JUNK):
        send(me, "junk")
    full = await cost(lambda: ask(server), 100)
    assert full < 10 * empty
    assert pyvm.process_info(me, "message_queue_len") == JUNK


@pytest.mark.unsanitized
@pytest.mark.parametrize("short_calls", [0, 10])
async def test_nested_calls_do_not_depend_on_a_huge_mailbox(short_calls):
    """A16; A17 with the short calls. 20 rounds of two nested calls, 100 replies each."""
    servers, me = [spawn(reply_server) for _ in range(3)], pyvm.self()

    async def nested():
        outer = pyvm.make_ref()
        send(servers[0], (me, outer, 100))
        inner = pyvm.make_ref()
        send(servers[1], (me, inner, 100))
        for number in range(100):
            assert await receive((inner, int), timeout=10) == (inner, number)
        for _ in range(short_calls):
            await ask(servers[2], 2)
        for number in range(100):
            assert await receive((outer, int), timeout=10) == (outer, number)

    empty = await cost(nested, 20)
    for _ in range(JUNK):
        send(me, "junk")
    assert pyvm.process_info(me, "message_queue_len") == JUNK
    full = await cost(nested, 20)
    assert full <= 10 * empty
    assert pyvm.process_info(me, "message_queue_len") == JUNK


async def test_calls_get_through_a_flood():
    """A15: for 0.5 s a server adds junk and exit signals that do nothing around each reply."""

    async def flooder():
        while True:
            who, ref = await receive((pyvm.Pid, pyvm.Ref))
            for number in range(20):
                send(who, ("junk", number))
                pyvm.exit(who, "normal")
            send(who, (ref, "pong"))
            pyvm.exit(who, "normal")

    server, me, calls = spawn(flooder), pyvm.self(), 0
    limit = time.monotonic() + 0.5
    while time.monotonic() < limit:
        ref = pyvm.monitor(server)
        send(server, (me, ref))
        assert await take((ref, "pong")) == (ref, "pong")
        pyvm.demonitor(ref, flush=True)
        calls += 1
    assert calls > 0
    other = spawn(echo)
    send(other, (me, "ping"))
    assert await take(("echo", "ping")) == ("echo", "ping")
    assert pyvm.process_info(me, "message_queue_len") == 20 * calls
