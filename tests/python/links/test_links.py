# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Links: two-way, at most one a pair, gone without a trace."""

import random

from process_kit import (
    dead_pid,
    down,
    fail_with,
    gone,
    idle,
    killed,
    order,
    puppet,
    silence,
    take,
    until_told,
)

import pyvm
from pyvm import receive, send, spawn


async def links_of(pid):
    return await pyvm.ainfo(pid, "links")


async def test_link_is_listed_on_both_sides_until_unlinked():
    """C1."""
    p, q = spawn(puppet), spawn(puppet)
    await order(p, "link", q)
    assert await links_of(p) == [q]
    assert await links_of(q) == [p]
    await order(q, "unlink", p)
    assert await links_of(q) == []
    assert await links_of(p) == []
    await order(q, "link", p)
    assert await links_of(p) == [q]
    assert await links_of(q) == [p]


async def test_spawned_link_is_listed_at_once():
    """C1: spawn with link is one step."""
    pid = spawn(idle, link=True)
    assert pyvm.process_info(pyvm.self(), "links") == [pid]
    assert await links_of(pid) == [pyvm.self()]
    pyvm.unlink(pid)
    assert pyvm.process_info(pyvm.self(), "links") == []
    assert await links_of(pid) == []


async def test_trapping_process_is_told_and_the_link_is_gone():
    """C2."""
    pyvm.process_flag("trap_exit", True)
    pid = spawn(until_told, link=True)
    send(pid, ("end", "died"))
    assert await take() == ("EXIT", pid, "died")
    assert pyvm.process_info(pyvm.self(), "links") == []


async def test_end_of_a_trapping_process_ends_those_that_do_not_trap():
    """C3."""

    async def trapping(tester):
        pyvm.process_flag("trap_exit", True)
        send(tester, spawn(idle, link=True))
        await receive("die")
        pyvm.exit("died")

    pid = spawn(trapping, pyvm.self())
    child = await take(pyvm.Pid)
    ref = pyvm.monitor(child)
    send(pid, "die")
    assert await down(ref) == "died"


async def test_normal_end_leaves_linked_processes_alone():
    """Promise exit normal: dropped by who does not trap, a message for who does."""
    pid = spawn(until_told, link=True)
    send(pid, ("end", "normal"))
    await gone(pid)
    await silence()
    pyvm.process_flag("trap_exit", True)
    pid = spawn(until_told, link=True)
    send(pid, ("end", "normal"))
    assert await take() == ("EXIT", pid, "normal")


async def test_link_to_self_does_nothing():
    """C4."""
    me = pyvm.self()
    assert pyvm.link(me) in (True, None)
    assert pyvm.process_info(me, "links") == []
    assert pyvm.unlink(me) in (True, None)


async def test_link_is_at_most_one_a_pair():
    """C5."""
    pid = spawn(puppet)
    for _ in range(2):
        pyvm.link(pid)
    await order(pid, "link", pyvm.self())
    assert pyvm.process_info(pyvm.self(), "links") == [pid]
    pyvm.unlink(pid)
    assert await links_of(pid) == []
    pyvm.exit(pid, "bang")
    await gone(pid)

    pyvm.process_flag("trap_exit", True)
    pid = spawn(idle)
    for _ in range(2):
        pyvm.link(pid)
    pyvm.exit(pid, "bang")
    assert await take() == ("EXIT", pid, "bang")
    await silence(0.02)


async def test_link_to_the_dead_is_noproc():
    """C7: the local half; one message, no entry left."""
    pid = await dead_pid()
    pyvm.process_flag("trap_exit", True)
    pyvm.link(pid)
    assert await take() == ("EXIT", pid, "noproc")
    assert pyvm.process_info(pyvm.self(), "links") == []
    await silence(0.02)


async def test_link_to_the_dead_ends_who_does_not_trap():
    """C7."""
    dead = await dead_pid()

    async def links():
        pyvm.link(dead)
        await receive("never")

    pid, ref = spawn(links, monitor=True)
    assert await down(ref) == "noproc"
    assert not pyvm.is_alive(pid)


async def test_pid_of_an_earlier_life_is_dead():
    """C8, D21: the place in the table is used again, the pid is not."""
    pyvm.process_flag("trap_exit", True)
    old = [await dead_pid() for _ in range(50)]
    young = [spawn(idle) for _ in range(200)]
    assert not set(old) & set(young)
    for pid in old:
        assert not pyvm.is_alive(pid)
        pyvm.link(pid)
        assert await take() == ("EXIT", pid, "noproc")
        assert await down(pyvm.monitor(pid)) == "noproc"
    assert all(pyvm.is_alive(pid) for pid in young)


async def test_concurrent_link_and_unlink_agree_in_the_end():
    """C9: 200 pairs, each side 0 to 9 random steps; a quiet pair lists both or neither."""
    choose = random.Random(9)

    async def side(steps):
        other = await receive(pyvm.Pid)
        for step in steps:
            (pyvm.link if step else pyvm.unlink)(other)
            if step == 2:
                await pyvm.yield_now()
        await puppet()

    for _ in range(200):
        steps = [[choose.randrange(3) for _ in range(choose.randrange(10))] for _ in range(2)]
        p, q = spawn(side, steps[0]), spawn(side, steps[1])
        send(p, q)
        send(q, p)
        for pid in (p, q, p, q):
            await order(pid, "yield_now")
        lists = [await links_of(p) == [q], await links_of(q) == [p]]
        assert lists[0] == lists[1], steps
        if not steps[0] or not steps[1]:
            acting = steps[0] or steps[1]
            assert lists[0] == bool(acting and acting[-1])
        await killed(p)
        await killed(q)


async def test_last_step_of_one_side_decides():
    """C9: link and unlink many times, the other side idle."""
    p, q = spawn(puppet), spawn(idle)
    for _ in range(30):
        await order(p, "link", q)
        await order(p, "unlink", q)
    assert await links_of(p) == []
    assert await links_of(q) == []
    await order(p, "link", q)
    assert await links_of(q) == [p]
    pyvm.exit(q, "bang")
    await gone(p)


async def test_children_of_a_parent_that_exits_all_get_its_reason():
    """C13: 100 parents, each ends 0 to 4 yields after it spawned 3."""

    async def parent(tester, delay):
        for _ in range(3):
            send(tester, spawn(idle, link=True))
        for _ in range(delay):
            await pyvm.yield_now()
        pyvm.exit("kaboom")

    for number in range(100):
        _, ref = spawn(parent, pyvm.self(), number % 5, monitor=True)
        children = [await take(pyvm.Pid) for _ in range(3)]
        refs = [pyvm.monitor(pid) for pid in children]
        assert await down(ref) == "kaboom"
        for child_ref in refs:
            assert await down(child_ref) in ("kaboom", "noproc")


async def test_unlinked_process_survives():
    """B18: neither dies of the other after unlink."""
    pid = spawn(puppet, link=True)
    pyvm.unlink(pid)
    pyvm.exit(pid, "bang")
    await gone(pid)
    await silence(0.02)


async def test_reason_travels_a_ring_once():
    """C2: 100 processes in a ring; all end, each with the reason."""
    pids = [spawn(puppet) for _ in range(100)]
    for index, pid in enumerate(pids):
        await order(pid, "link", pids[index - 1])
    refs = [pyvm.monitor(pid) for pid in pids]
    pyvm.exit(pids[50], ("broken", 50))
    for ref in refs:
        assert await down(ref) == ("broken", 50)


async def test_trap_exit_set_late_counts_at_reception():
    """Promise trap_exit: what counts is the flag when the signal is received."""
    pid = spawn(puppet)
    await order(pid, "process_flag", "trap_exit", True)
    await order(pid, "link", spawn(fail_with, "oops"))
    message = await order(pid, "receive", tuple)
    assert message[0] == "EXIT"
    assert message[2] in ("oops", "noproc")
    await order(pid, "process_flag", "trap_exit", False)
    ref = pyvm.monitor(pid)
    pyvm.exit(pid, "end")
    assert await down(ref) == "end"
