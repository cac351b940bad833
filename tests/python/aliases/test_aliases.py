# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Aliases: references that take messages until they are revoked."""

import pytest
from process_kit import (
    down,
    drained,
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
from pyvm import receive, send, spawn


async def send_all(alias, *messages):
    """Another process sends, and has sent when this returns."""
    pid = spawn(puppet)
    for message in messages:
        await order(pid, "send", alias, message)
    await killed(pid)


async def test_alias_takes_messages_until_unalias():
    """E1."""
    alias = pyvm.alias()
    await send_all(alias, 1, 2)
    assert await drained() == [1, 2]
    assert pyvm.unalias(alias) is True
    assert pyvm.unalias(alias) is False
    await send_all(alias, 3, 4)
    assert await drained() == []


async def test_messages_on_their_way_at_unalias_are_dropped():
    """E1: what has not been received when the alias goes is not delivered."""
    alias = pyvm.alias()
    send(alias, "received")
    assert await take() == "received"
    pyvm.unalias(alias)
    send(alias, "late")
    await silence()


async def test_reply_alias_takes_one_message():
    """E2."""
    alias = pyvm.alias("reply")
    await send_all(alias, 1, 2, 3, 4)
    assert await drained() == [1]
    assert pyvm.unalias(alias) is False


async def test_alias_of_a_dead_process_is_silent():
    """Promise send to inactive alias: silently nothing."""
    pid = spawn(puppet)
    alias = await order(pid, "alias")
    await killed(pid)
    send(alias, "nobody")
    send(pyvm.make_ref(), "no alias at all")
    await silence()


async def test_only_the_creator_revokes():
    """Promise aliases: creator only."""
    alias, other = pyvm.alias(), spawn(puppet)
    assert await order(other, "unalias", alias) is False
    send(alias, "still")
    assert await take() == "still"


@pytest.mark.parametrize("item", [1, "alias", None])
async def test_unalias_of_what_is_no_ref_is_refused(item):
    """E1."""
    with pytest.raises(TypeError):
        pyvm.unalias(item)


@pytest.mark.parametrize("mode", ["demonitor", "nonsense", 1])
async def test_unknown_mode_is_refused(mode):
    """E6."""
    with pytest.raises((ValueError, TypeError), match="mode"):
        pyvm.alias(mode)


async def test_explicit_monitor_alias_lives_after_down():
    """E3."""
    pid = spawn(idle)
    ref = pyvm.monitor(pid, alias="explicit")
    await send_all(ref, 1)
    assert await take() == 1
    await killed(pid)
    assert await down(ref) == "killed"
    await send_all(ref, 2)
    assert await take() == 2
    assert pyvm.unalias(ref) is True
    await send_all(ref, 3)
    await silence()


async def test_explicit_monitor_tells_after_unalias():
    """E3: DOWN still arrives."""
    pid = spawn(idle)
    ref = pyvm.monitor(pid, alias="explicit")
    assert pyvm.unalias(ref) is True
    await send_all(ref, "dropped")
    await killed(pid)
    assert await drained() == [("DOWN", ref, "process", pid, "killed")]


async def test_explicit_monitor_alias_lives_after_demonitor():
    """E3."""
    pid = spawn(idle)
    ref = pyvm.monitor(pid, alias="explicit")
    pyvm.demonitor(ref)
    await send_all(ref, 1)
    assert await take() == 1
    await killed(pid)
    await silence()


async def test_demonitor_alias_ends_with_demonitor():
    """E4."""
    pid = spawn(idle)
    ref = pyvm.monitor(pid, alias="demonitor")
    await send_all(ref, 1, 2)
    assert await drained() == [1, 2]
    pyvm.demonitor(ref)
    await send_all(ref, 3)
    await silence()


async def test_demonitor_alias_ends_with_down():
    """E4."""
    pid = spawn(idle)
    ref = pyvm.monitor(pid, alias="demonitor")
    await killed(pid)
    assert await down(ref) == "killed"
    await send_all(ref, 1)
    await silence()


async def test_reply_demonitor_ends_all_with_the_first_message():
    """E5: no DOWN, no second message."""
    pid = spawn(idle)
    ref = pyvm.monitor(pid, alias="reply_demonitor")
    await send_all(ref, 1, 2)
    assert await drained() == [1]
    assert await pyvm.ainfo(pid, "monitored_by") == []
    await killed(pid)
    await silence(0.02)


async def test_reply_demonitor_alias_is_dead_after_down():
    """E5: the target ends first."""
    pid = spawn(idle)
    ref = pyvm.monitor(pid, alias="reply_demonitor")
    await killed(pid)
    assert await down(ref) == "killed"
    await send_all(ref, 1)
    await silence()


@pytest.mark.parametrize("mode", ["explicit", "demonitor", "reply_demonitor"])
async def test_alias_through_spawn(mode):
    """E6."""
    pid, ref = spawn(until_end, monitor=True, alias=mode)
    await send_all(ref, 1, 2)
    expected = [1] if mode == "reply_demonitor" else [1, 2]
    assert await drained() == expected
    send(pid, "end")
    await gone(pid)
    downs = [] if mode == "reply_demonitor" else [("DOWN", ref, "process", pid, "normal")]
    assert await drained() == downs
    await send_all(ref, 3)
    assert await drained() == ([3] if mode == "explicit" else [])


async def until_end():
    await receive("end")


@pytest.mark.parametrize("mode", ["explicit", "demonitor", "reply_demonitor"])
async def test_alias_through_spawn_request(mode):
    """E6: the request's ref is monitor and alias."""
    ref = pyvm.spawn_request(until_end, monitor=True, alias=mode)
    _, _, _, pid = await take(("spawn_reply", ref, "ok", ...))
    await send_all(ref, 1, 2)
    assert await drained() == ([1] if mode == "reply_demonitor" else [1, 2])
    await killed(pid)
    downs = [] if mode == "reply_demonitor" else [("DOWN", ref, "process", pid, "killed")]
    assert await drained() == downs


async def test_bad_alias_option_of_spawn_is_refused():
    """E6."""
    with pytest.raises((ValueError, TypeError), match="alias"):
        spawn(idle, monitor=True, alias="nonsense")
    with pytest.raises((ValueError, TypeError), match="alias"):
        pyvm.monitor(pyvm.self(), alias="nonsense")


async def test_bad_alias_option_of_spawn_request_is_badopt():
    """E6."""
    ref = pyvm.spawn_request(idle, monitor=True, alias="nonsense")
    assert await take() == ("spawn_reply", ref, "error", "badopt")


async def test_alias_sends_arrive_in_order_with_pid_sends():
    """Promise ordering: pid and alias lead to one queue."""
    me, alias = pyvm.self(), pyvm.alias()
    for number in range(100):
        send(alias if number % 3 else me, number)
    assert await drained() == list(range(100))


async def test_aliases_are_listed():
    """API: process_info has the item aliases."""
    first, second = pyvm.alias(), pyvm.alias("reply")
    assert set(pyvm.process_info(pyvm.self(), "aliases")) == {first, second}
    pyvm.unalias(first)
    assert pyvm.process_info(pyvm.self(), "aliases") == [second]


async def test_alias_of_a_monitor_of_the_dead():
    """E5: DOWN noproc ends the alias like any DOWN."""
    pid = spawn(fail_with, "x")
    await down(pyvm.monitor(pid))
    ref = pyvm.monitor(pid, alias="reply_demonitor")
    assert await down(ref) == "noproc"
    send(ref, "late")
    await silence()
