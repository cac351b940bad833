# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Priority messages: receiver and sender must both ask for it (EEP 76)."""

import pyvm
from pyvm import receive, send, spawn


async def collect(count, alias_priority, parent):
    alias = pyvm.alias(priority=alias_priority)
    send(parent, ("alias", alias))
    await receive("go")
    send(parent, ("got", [await receive((str, int)) for _ in range(count)]))


async def scenario(alias_priority, sender_priority):
    pid = spawn(collect, 5, alias_priority, pyvm.self())
    _, alias = await receive(("alias", ...), timeout=10)
    send(pid, ("n", 1))
    send(alias, ("p", 1), priority=sender_priority)
    send(pid, ("n", 2))
    send(alias, ("p", 2), priority=sender_priority)
    send(pid, ("n", 3))
    send(pid, "go")
    return (await receive(("got", ...), timeout=10))[1]


async def test_priority_messages_go_first_and_keep_their_order():
    """Promise priority messages: [p1, p2, n1, n2, n3]."""
    expected = [("p", 1), ("p", 2), ("n", 1), ("n", 2), ("n", 3)]
    assert await scenario(True, True) == expected


async def test_priority_needs_receiver_and_sender():
    """Promise priority messages: both needed."""
    plain = [("n", 1), ("p", 1), ("n", 2), ("p", 2), ("n", 3)]
    assert await scenario(False, True) == plain
    assert await scenario(True, False) == plain


async def test_priority_to_a_pid_changes_nothing():
    """Promise priority messages: only an alias made for it gives priority."""
    me = pyvm.self()
    send(me, 1)
    send(me, 2, priority=True)
    assert [await receive(), await receive()] == [1, 2]
