# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Monitors: one way, many, each tells exactly once or not at all."""

import random

import pytest
from process_kit import (
    at_once,
    dead_pid,
    down,
    drained,
    end_of,
    fail_with,
    gone,
    idle,
    killed,
    order,
    puppet,
    silence,
    take,
)

import pyvm
from pyvm import TIMEOUT, receive, send, spawn


async def test_monitor_of_a_process_that_ends_soon():
    """D1."""
    for _ in range(100):
        pid = spawn(at_once)
        ref = pyvm.monitor(pid)
        message = await take()
        assert message == ("DOWN", ref, "process", pid, message[4])
        assert message[4] in ("normal", "noproc")


async def test_spawned_monitor_is_never_noproc():
    """D2."""
    for _ in range(300):
        assert await end_of(at_once) == "normal"


async def test_reason_of_an_exit_then_noproc():
    """D3."""
    pid = spawn(idle)
    ref = pyvm.monitor(pid)
    pyvm.exit(pid, "frop")
    assert await take() == ("DOWN", ref, "process", pid, "frop")
    ref = pyvm.monitor(pid)
    assert await take() == ("DOWN", ref, "process", pid, "noproc")


@pytest.mark.parametrize("reason", ["normal", "frop"])
async def test_monitor_by_name_names_name_and_node(reason):
    """D4."""
    pid = spawn(fail_after_go, reason, name="named")
    ref = pyvm.monitor("named")
    send(pid, "go")
    named = ("named", pyvm.node())
    assert await take() == ("DOWN", ref, "process", named, reason)
    ref = pyvm.monitor("named")
    assert await take() == ("DOWN", ref, "process", named, "noproc")


async def fail_after_go(reason):
    await receive("go")
    pyvm.exit(reason)


@pytest.mark.parametrize("item", [1, 1.5, None, ["name"], ("name", "node", "extra"), b"name"])
async def test_monitor_of_what_is_no_process_is_refused(item):
    """D6."""
    with pytest.raises((TypeError, ValueError)):
        pyvm.monitor(item)
    await silence()


@pytest.mark.parametrize("item", [1, "ref", None, (1,)])
async def test_demonitor_of_what_is_no_ref_is_refused(item):
    """D7, D12."""
    with pytest.raises(TypeError, match="ref"):
        pyvm.demonitor(item)
    with pytest.raises(TypeError, match="ref"):
        pyvm.demonitor(item, flush=True)


async def test_demonitor_of_a_fresh_ref():
    """D8."""
    assert pyvm.demonitor(pyvm.make_ref()) is True


async def test_monitor_of_self_never_tells():
    """D9, D16: by pid and by name, and no entry is kept."""
    me = pyvm.self()
    pyvm.register("me")
    for target in (me, "me"):
        ref = pyvm.monitor(target)
        assert isinstance(ref, pyvm.Ref)
        assert pyvm.process_info(me, "monitors") == []
        assert pyvm.demonitor(ref) is True
        assert pyvm.demonitor(ref) is True
    await silence(0.02)


async def test_demonitored_end_is_not_told():
    """D10."""
    pid = spawn(idle)
    ref = pyvm.monitor(pid)
    assert pyvm.demonitor(ref) is True
    await killed(pid)
    await silence(0.02)


async def test_flush_takes_the_down_out_of_the_mailbox():
    """D13: of four monitors, flushed before, flushed after, and not flushed."""
    pid = spawn(idle)
    refs = [pyvm.monitor(pid) for _ in range(4)]
    assert pyvm.demonitor(refs[0], flush=True) is True
    pyvm.exit(pid, "bang")
    assert await take(("DOWN", refs[1], ..., ..., ...)) == ("DOWN", refs[1], "process", pid, "bang")
    await gone(pid)
    pyvm.demonitor(refs[2], flush=True)
    pyvm.demonitor(refs[3])
    assert await drained() == [("DOWN", refs[3], "process", pid, "bang")]


async def test_flush_leaves_other_messages_in_place():
    """D13."""
    pid = spawn(idle)
    ref, other = pyvm.monitor(pid), pyvm.monitor(pid)
    send(pyvm.self(), "before")
    pyvm.exit(pid, "bang")
    await gone(pid)
    send(pyvm.self(), "after")
    pyvm.demonitor(ref, flush=True)
    assert await drained() == ["before", ("DOWN", other, "process", pid, "bang"), "after"]


async def test_info_tells_whether_the_down_is_there():
    """D14: 20 groups of 30 dying targets. True: no DOWN ever; False: it is in the queue already."""
    for _ in range(20):
        pids = [spawn(at_once) for _ in range(30)]
        refs = [pyvm.monitor(pid) for pid in pids]
        for ref in refs:
            if random.random() < 0.3:
                await pyvm.yield_now()
            removed = pyvm.demonitor(ref, info=True)
            found = await receive(("DOWN", ref, ..., ..., ...), TIMEOUT, timeout=0)
            assert (found is TIMEOUT) == removed
        await silence()


async def test_info_of_a_ref_that_is_no_monitor():
    """D14."""
    assert pyvm.demonitor(pyvm.make_ref(), info=True) is False


async def test_monitor_belongs_to_who_made_it():
    """D7, D15."""
    pid, other = spawn(idle), spawn(puppet)
    ref = pyvm.monitor(pid)
    assert await order(other, "demonitor", ref) is True
    pyvm.exit(pid, "bang")
    assert await down(ref) == "bang"


@pytest.mark.parametrize("size", [1, 100, 5000])
async def test_large_reason_arrives_whole(size):
    """D17."""
    reason = (("nested", ("tuple", size)), b"b" * size * 10, ["x"] * size)
    for _ in range(10):
        assert await end_of(fail_with, reason) == reason


async def test_lists_show_monitors_on_both_sides_until_they_go():
    """D18."""
    me = pyvm.self()
    pid = spawn(puppet, name="listed")
    by_pid = pyvm.monitor(pid)
    assert pyvm.process_info(me, "monitors") == [pid]
    assert await pyvm.ainfo(pid, "monitored_by") == [me]
    pyvm.demonitor(by_pid)
    assert pyvm.process_info(me, "monitors") == []
    assert await pyvm.ainfo(pid, "monitored_by") == []
    by_name = pyvm.monitor("listed")
    assert pyvm.process_info(me, "monitors") == [("listed", pyvm.node())]
    assert await pyvm.ainfo(pid, "monitored_by") == [me]
    pyvm.exit(pid, "kill")
    await down(by_name)
    assert pyvm.process_info(me, "monitors") == []


async def test_end_of_the_monitoring_side_leaves_nothing():
    """D18."""
    target, watcher = spawn(idle), spawn(puppet)
    for _ in range(3):
        await order(watcher, "monitor", target)
    assert await pyvm.ainfo(target, "monitored_by") == [watcher] * 3
    await killed(watcher)
    assert await pyvm.ainfo(target, "monitored_by") == []


async def test_monitors_in_all_directions_agree():
    """D19: the local half; six processes watch one and are watched by it."""
    centre, others = spawn(puppet), [spawn(puppet) for _ in range(6)]
    outgoing, incoming = [], []
    for pid in others:
        outgoing.append(await order(centre, "monitor", pid))
        incoming.append(await order(pid, "monitor", centre))
    for item in ("monitors", "monitored_by"):
        assert sorted(await pyvm.ainfo(centre, item), key=str) == sorted(others, key=str)
        for pid in others:
            assert await pyvm.ainfo(pid, item) == [centre]
    for pid, out, into in zip(others[:3], outgoing, incoming, strict=False):
        await order(centre, "demonitor", out)
        await order(pid, "demonitor", into)
    for pid in others[3:]:
        await killed(pid)
    for item in ("monitors", "monitored_by"):
        assert await pyvm.ainfo(centre, item) == []
        for pid in others[:3]:
            assert await pyvm.ainfo(pid, item) == []
    assert len(await pyvm.ainfo(centre, "messages")) == 3


async def test_name_can_be_registered_again_when_down_arrives():
    """D20: while others keep the schedulers busy."""

    async def busy():
        while True:
            await pyvm.yield_now()

    spinners = [spawn(busy) for _ in range(4)]
    for _ in range(200):
        pid = spawn(idle, name="again")
        ref = pyvm.monitor("again")
        pyvm.exit(pid, "kill")
        await down(ref)
        young = spawn(idle)
        pyvm.register("again", young)
        pyvm.unregister("again")
        await killed(young)
    for pid in spinners:
        await killed(pid)


async def test_tag_stands_in_place_of_down():
    """D22: for an end, for noproc, for a name, and through spawn."""
    tag = ("tag", 7)
    pid = spawn(idle)
    ref = pyvm.monitor(pid, tag=tag)
    pyvm.exit(pid, "bang")
    assert await take() == (tag, ref, "process", pid, "bang")
    ref = pyvm.monitor(pid, tag=tag)
    assert await take() == (tag, ref, "process", pid, "noproc")
    ref = pyvm.monitor("nobody", tag="T")
    assert await take() == ("T", ref, "process", ("nobody", pyvm.node()), "noproc")
    pid, ref = spawn(fail_with, "r", monitor=True, tag=tag)
    assert await take() == (tag, ref, "process", pid, "r")


async def test_tag_through_spawn_request():
    """D22."""
    request = pyvm.spawn_request(fail_with, "r", monitor=True, tag="T")
    _, _, _, pid = await take(("spawn_reply", request, "ok", ...))
    assert await take() == ("T", request, "process", pid, "r")


async def test_each_monitor_tells_once():
    """D23: n monitors, n messages with n refs; before and after the end."""
    pid = spawn(idle)
    refs = [pyvm.monitor(pid) for _ in range(50)]
    assert len(set(refs)) == 50
    pyvm.exit(pid, "bang")
    seen = [await take(("DOWN", ..., "process", pid, "bang")) for _ in refs]
    assert {m[1] for m in seen} == set(refs)
    await silence(0.02)
    dead = await dead_pid()
    refs = [pyvm.monitor(dead) for _ in range(50)]
    seen = [await take(("DOWN", ..., "process", dead, "noproc")) for _ in refs]
    assert {m[1] for m in seen} == set(refs)


async def test_monitor_does_not_end_the_watcher():
    """D1: one way."""
    watcher, target = spawn(puppet), spawn(puppet)
    await order(watcher, "monitor", target)
    pyvm.exit(watcher, "bang")
    await gone(watcher)
    assert await order(target, "yield_now") in (True, None)


async def test_demonitor_and_monitor_again_race_with_the_end():
    """D14: 300 times, whatever came first, one message at most for each ref."""
    choose = random.Random(14)
    for _ in range(300):
        pid = spawn(idle)
        first = pyvm.monitor(pid)
        if choose.random() < 0.5:
            pyvm.exit(pid, "bang")
        if choose.random() < 0.5:
            await pyvm.yield_now()
        pyvm.demonitor(first, flush=True)
        second = pyvm.monitor(pid)
        pyvm.exit(pid, "bang")
        assert await down(second) in ("bang", "noproc")
        await silence()
