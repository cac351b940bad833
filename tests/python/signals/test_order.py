# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Signals from one process to another arrive in the order sent, of whatever kind they are."""

from process_kit import (
    dead_pid,
    down,
    drained,
    end_of,
    idle,
    killed,
    order,
    puppet,
    silence,
    take,
)

import pyvm
from pyvm import receive, send, spawn


async def only_ok():
    while True:
        assert await receive(...) == "ok"


async def test_exit_is_ordered_with_messages():
    """B1: 300 times."""
    for _ in range(300):
        pid = spawn(only_ok)
        for _ in range(3):
            send(pid, "ok")
        pyvm.exit(pid, "good")
        for _ in range(3):
            send(pid, "bad")
        ref = pyvm.monitor(pid)
        assert await down(ref) in ("good", "noproc")


async def test_exit_after_messages_lets_the_monitor_see_its_reason():
    """B1: with the monitor first, the reason is never `bad` nor lost."""
    for _ in range(300):
        pid, ref = spawn(only_ok, monitor=True)
        send(pid, "ok")
        pyvm.exit(pid, "good")
        send(pid, "bad")
        assert await down(ref) == "good"


async def test_messages_sent_before_the_end_arrive_before_down_and_exit():
    """B20: by pid and by name, linked and monitored."""
    pyvm.process_flag("trap_exit", True)

    async def talks(to):
        await receive("go")
        for number in range(10):
            send(to, number)

    for round_number in range(50):
        pid = spawn(talks, pyvm.self(), link=True, name="talker")
        by_pid = pyvm.monitor(pid)
        by_name = pyvm.monitor("talker")
        send(pid, "go")
        messages = [await take() for _ in range(13)]
        assert messages[:10] == list(range(10)), round_number
        assert {m[0] for m in messages[10:]} == {"EXIT", "DOWN"}
        assert {m[1] for m in messages[10:]} == {pid, by_pid, by_name}
        await silence()


async def test_many_unlinks_at_once_are_all_handled():
    """B21: 20 rounds of 100 processes."""
    me = pyvm.self()

    async def unlinks(to):
        pyvm.link(to)
        await receive("go")
        pyvm.unlink(to)
        send(to, "done")

    for _ in range(20):
        pids = [spawn(unlinks, me) for _ in range(100)]
        for pid in pids:
            send(pid, "go")
        for _ in pids:
            assert await take("done") == "done"
        assert pyvm.process_info(me, "links") == []


async def test_unlink_stops_exits_that_are_not_there_yet():
    """B18: after unlink no new EXIT comes; one may be in the queue already."""
    pyvm.process_flag("trap_exit", True)
    for _ in range(200):
        pid = spawn(idle, link=True)
        pyvm.exit(pid, "bang")
        pyvm.unlink(pid)
        at_unlink = await drained()
        assert at_unlink in ([], [("EXIT", pid, "bang")])
        assert await down(pyvm.monitor(pid)) in ("bang", "noproc")
        await silence()


async def test_is_alive_barrier_handles_earlier_signals_first():
    """Promise is_process_alive: all earlier signals of the caller are handled first."""
    for _ in range(100):
        pid = spawn(idle)
        pyvm.exit(pid, "kill")
        assert await pyvm.is_alive_after_signals(pid) is False
    pid = spawn(idle)
    assert await pyvm.is_alive_after_signals(pid) is True
    await killed(pid)


async def test_name_is_free_when_the_down_arrives():
    """Promise resources first, D20: names are released before DOWN and EXIT are sent."""
    pyvm.process_flag("trap_exit", True)
    for _ in range(200):
        pid, ref = spawn(idle, name="held", link=True, monitor=True)
        pyvm.exit(pid, "kill")
        first = await take()
        assert pyvm.whereis("held") is None
        assert first[0] in ("EXIT", "DOWN")
        second = await take()
        assert {first[1], second[1]} == {pid, ref}


async def test_send_to_the_dead_is_silent():
    """Promise send to dead pid: nothing happens."""
    pid = await dead_pid()
    for _ in range(10):
        send(pid, "hello")
    pyvm.exit(pid, "hello")
    pyvm.unlink(pid)
    await silence()


async def test_messages_and_requests_are_ordered():
    """Promise ordering: an info request sees all that was sent before it."""
    pid = spawn(idle)
    for number in range(200):
        send(pid, number)
        assert await pyvm.ainfo(pid, "message_queue_len") == number + 1
    await killed(pid)


async def test_exit_signal_is_received_without_a_receive():
    """Promise reception: at any time, not only in receive; here between two steps."""
    pid, ref = spawn(puppet, monitor=True)
    send(pid, "unread")
    assert await order(pid, "yield_now") in (True, None)
    pyvm.exit(pid, "now")
    assert await down(ref) == "now"


async def test_ping_pong_keeps_its_count():
    """Promise ordering: 5,000 round trips between two processes."""

    async def pong(parent, rounds):
        for number in range(rounds):
            assert await receive(int) == number
            send(parent, number)

    pid, ref = spawn(pong, pyvm.self(), 5000, monitor=True)
    for number in range(5000):
        send(pid, number)
        assert await take(int) == number
    assert await down(ref) == "normal"


async def test_process_that_ends_at_once_is_seen_to_end():
    """D2: spawn and monitor are one step; 1,000 times."""
    for _ in range(1000):
        assert await end_of(nothing) == "normal"


async def nothing():
    pass
