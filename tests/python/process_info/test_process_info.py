# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""process_info and its kin: what is said of a process, and of what is none."""

import contextlib

import pytest
from process_kit import (
    at_once,
    dead_pid,
    down,
    gone,
    idle,
    killed,
    order,
    puppet,
    take,
)

import pyvm
from pyvm import process_flag, process_info, receive, send, spawn

ITEMS = {
    "status", "message_queue_len", "messages", "links", "monitors", "monitored_by", "dictionary",
    "trap_exit", "priority", "registered_name", "initial_call", "current_function",
    "current_stacktrace", "reductions", "memory", "parent", "suspending", "label", "max_heap",
    "max_mailbox", "aliases",
}  # fmt: skip


@pytest.mark.parametrize("item", sorted(ITEMS))
async def test_each_item_is_there_for_self_and_for_others(item):
    """Promise process_info items."""
    process_info(pyvm.self(), item)
    pid = spawn(idle)
    await pyvm.ainfo(pid, item)
    assert set(process_info(pyvm.self(), [item])) == {item}
    assert set(await pyvm.ainfo(pid, [item])) == {item}


async def test_without_items_a_dict_of_the_usual_ones():
    """Promise process_info/1 default."""
    usual = {
        "initial_call", "status", "message_queue_len", "links", "dictionary", "trap_exit",
        "priority",
    }  # fmt: skip
    everything = process_info(pyvm.self())
    assert usual <= set(everything)
    assert set(await pyvm.ainfo(spawn(idle))) == set(everything)


async def test_item_of_a_waiting_process():
    """Promise process_info."""
    pid = spawn(idle)
    await pyvm.yield_now()
    info = await pyvm.ainfo(pid, ["status", "message_queue_len", "parent", "initial_call", "label"])
    assert info["status"] == "waiting"
    assert info["message_queue_len"] == 0
    assert info["parent"] == pyvm.self()
    assert "idle" in str(info["initial_call"])
    assert process_info(pyvm.self(), "status") == "running"


async def test_current_function_and_stack_name_the_place():
    """Promise process_info: where a coroutine waits."""

    async def outer_frame():
        await inner_frame()

    async def inner_frame():
        await receive("never")

    pid = spawn(outer_frame)
    await pyvm.yield_now()
    assert "inner_frame" in str(await pyvm.ainfo(pid, "current_function"))
    stack = str(await pyvm.ainfo(pid, "current_stacktrace"))
    assert "outer_frame" in stack
    assert "inner_frame" in stack


async def test_dead_process_has_no_info():
    """E25."""
    pid = await dead_pid()
    assert await pyvm.ainfo(pid, "status") is None
    assert await pyvm.ainfo(pid) is None
    assert await pyvm.ainfo(pid, ["status", "links"]) is None
    assert pyvm.is_alive(pid) is False


async def test_info_on_another_process_is_awaited():
    """API: the error names the cure."""
    with pytest.raises(RuntimeError, match="ainfo"):
        process_info(spawn(idle))


@pytest.mark.parametrize("item", ["nonsense", 1, ["status", "nonsense"], b"status"])
async def test_unknown_item_is_refused(item):
    """E25."""
    with pytest.raises((ValueError, TypeError)):
        process_info(pyvm.self(), item)


@pytest.mark.parametrize("item", [1, "name", None, (1, 2)])
async def test_info_on_what_is_no_pid_is_refused(item):
    """E25."""
    with pytest.raises(TypeError):
        process_info(item)
    with pytest.raises(TypeError):
        pyvm.is_alive(item)


async def test_exiting_process_is_not_alive():
    """E25."""
    pid, ref = spawn(idle, monitor=True)
    pyvm.exit(pid, "bang")
    await down(ref)
    assert pyvm.is_alive(pid) is False


async def test_reductions_and_memory_grow():
    """Promise process_info: reductions count steps, memory counts what is held."""
    pid = spawn(puppet)
    before = await pyvm.ainfo(pid, ["reductions", "memory"])
    for number in range(50):
        send(pid, ("held", "x" * 1000, number))
        await order(pid, "yield_now")
    after = await pyvm.ainfo(pid, ["reductions", "memory"])
    assert after["reductions"] > before["reductions"]
    assert after["memory"] > before["memory"] + 40_000


@pytest.mark.parametrize(
    ("flag", "value"),
    [
        ("trap_exit", "yes"), ("trap_exit", 1), ("priority", 3), ("priority", "urgent"),
        ("max_heap", -1), ("max_heap", "big"), ("max_mailbox", -1), ("max_mailbox", "many"),
        ("nonsense", True), (1, True),
    ],
)  # fmt: skip
async def test_bad_flag_is_refused(flag, value):
    """E14."""
    with pytest.raises((ValueError, TypeError)):
        process_flag(flag, value)


async def test_flag_gives_the_old_value():
    """E15."""
    assert process_flag("trap_exit", True) is False
    assert process_flag("trap_exit", False) is True
    assert process_flag("priority", "high") == "normal"
    assert process_flag("priority", "normal") == "high"
    assert process_info(pyvm.self(), "priority") == "normal"


async def test_dictionary_of_a_process():
    """E23."""
    assert pyvm.put("k", 1) is None
    assert pyvm.put("k", [2]) == 1
    pyvm.put(("t", 1), {"v": 2})
    assert pyvm.get("k") == [2]
    assert pyvm.get("missing") is None
    assert pyvm.get("missing", "default") == "default"
    assert pyvm.get() == {"k": [2], ("t", 1): {"v": 2}}
    assert process_info(pyvm.self(), "dictionary") == {"k": [2], ("t", 1): {"v": 2}}
    assert pyvm.erase("k") == [2]
    assert pyvm.erase("k") is None
    pyvm.erase()
    assert pyvm.get() == {}


async def test_dictionary_holds_copies():
    """E23: a value is a term."""
    value = [1]
    pyvm.put("k", value)
    value.append(2)
    assert pyvm.get("k") == [1]
    with pytest.raises(TypeError):
        pyvm.put("k", object())


async def test_dictionary_is_not_inherited():
    """E23."""
    pyvm.put("k", 1)

    async def look(parent):
        send(parent, pyvm.get())

    spawn(look, pyvm.self())
    assert await take() == {}
    pid = spawn(puppet)
    await order(pid, "put", "own", 2)
    assert await pyvm.ainfo(pid, "dictionary") == {"own": 2}
    assert pyvm.get("own") is None


async def test_processes_lists_the_living():
    """E27: who said "I am up" is in it, whose DOWN came is not."""

    async def up(parent):
        send(parent, ("up", pyvm.self()))
        await receive("end")

    me = pyvm.self()
    for _ in range(20):
        pids = [spawn(up, me) for _ in range(20)]
        for _ in pids:
            await take(("up", ...))
        listed = pyvm.processes()
        assert set(pids) <= set(listed)
        assert me in listed
        assert len(set(listed)) == len(listed)
        for pid in pids[:10]:
            await killed(pid)
        listed = pyvm.processes()
        assert not set(pids[:10]) & set(listed)
        assert set(pids[10:]) <= set(listed)
        for pid in pids[10:]:
            await killed(pid)
    assert pyvm.processes() == [me]


async def test_processes_under_concurrent_spawns():
    """E27: others come and go meanwhile; the steady ones are always listed."""

    async def churn():
        while True:
            _, ref = spawn(at_once, monitor=True)
            await down(ref)

    steady = [spawn(idle) for _ in range(20)]
    for _ in range(3):
        spawn(churn)
    for _ in range(100):
        assert set(steady) <= set(pyvm.processes())
        await pyvm.yield_now()


async def test_refs_are_unique():
    """E28: 8 processes, 10,000 each."""

    async def make(count, parent):
        send(parent, [pyvm.make_ref() for _ in range(count)])

    for _ in range(8):
        spawn(make, 10_000, pyvm.self())
    refs = [ref for _ in range(8) for ref in await take(list)]
    assert len(set(refs)) == 80_000


async def test_suspend_stops_and_resume_goes_on():
    """A19, Promise suspending: counts, one resume for each suspend."""
    pid = spawn(counter, pyvm.self())
    assert await take(int) == 0
    pyvm.suspend(pid)
    pyvm.suspend(pid)
    await pyvm.ainfo(pid, "status")
    send(pid, "go")
    assert await pyvm.ainfo(pid, "message_queue_len") == 1
    assert await pyvm.ainfo(pid, "status") == "suspended"
    pyvm.resume(pid)
    await pyvm.ainfo(pid, "status")
    for _ in range(20):
        await pyvm.yield_now()
    assert await pyvm.ainfo(pid, "message_queue_len") == 1
    pyvm.resume(pid)
    assert await take(int) == 1


async def counter(parent):
    number = 0
    while True:
        send(parent, number)
        await receive("go")
        number += 1


async def test_suspend_of_the_dead_and_of_no_pid():
    """A19: no process, no effect; no pid, an error."""
    pid = await dead_pid()
    for function in (pyvm.suspend, pyvm.resume):
        with contextlib.suppress(ValueError):
            function(pid)
        with pytest.raises(TypeError):
            function("name")


async def test_end_of_the_suspender_resumes():
    """A19: who suspended and ended holds nobody."""
    pid, other = spawn(counter, pyvm.self()), spawn(puppet)
    assert await take(int) == 0
    await order(other, "suspend", pid)
    await killed(other)
    send(pid, "go")
    assert await take(int) == 1


async def test_info_of_many_processes_at_once():
    """A18: 500 requests, also to suspended ones."""
    pids = [spawn(idle) for _ in range(500)]
    for pid in pids[::2]:
        pyvm.suspend(pid)
    for index, pid in enumerate(pids):
        send(pid, index)
    for index, pid in enumerate(pids):
        assert await pyvm.ainfo(pid, "messages") == [index]


async def test_info_of_a_process_that_ends_meanwhile():
    """E25: the answer is information or None, never nothing."""
    for _ in range(200):
        pid = spawn(at_once)
        info = await pyvm.ainfo(pid, "status")
        assert info is None or isinstance(info, str)
        await gone(pid)


async def test_system_info_counts():
    """API."""
    info = pyvm.system_info()
    assert {"schedulers", "schedulers_online", "process_count", "process_limit"} <= set(info)
    pids = [spawn(idle) for _ in range(10)]
    assert pyvm.system_info()["process_count"] == info["process_count"] + 10
    for pid in pids:
        await killed(pid)
    assert pyvm.system_info()["process_count"] == info["process_count"]
    assert info["process_limit"] >= 1_000_000


async def test_node_and_self():
    """API."""
    assert pyvm.node() == "nonode@nohost"
    assert isinstance(pyvm.self(), pyvm.Pid)
    assert pyvm.is_alive(pyvm.self()) is True


async def test_pids_and_refs_compare_and_hash():
    """API: equal after a journey, different from each other, keys of a dict."""
    pid, ref = spawn(puppet), pyvm.make_ref()
    back = await order(pid, "self")
    assert back == pid
    assert hash(back) == hash(pid)
    assert {pid: 1}[back] == 1
    send(pyvm.self(), (pid, ref))
    assert await take(tuple) == (pid, ref)
    assert pid != ref
    assert pid != pyvm.self()
    assert ref != pyvm.make_ref()
    assert repr(pid) != repr(pyvm.self())
