# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Messages are copies: nothing mutable is shared, and nothing is kept."""

import resource

import pytest
from process_kit import at_once, down, end_of, fail_with, take

import pyvm
from pyvm import send, spawn


async def test_receiver_gets_a_copy():
    """Design section 3: what a process sends is a copy."""
    data = {"list": [1, [2, 3]], "set": {4}}
    send(pyvm.self(), data)
    data["list"][1].append("changed")
    got = await take(dict)
    assert got == {"list": [1, [2, 3]], "set": {4}}


async def test_argument_of_spawn_is_a_copy():
    """Design section 3: arguments are copied like messages."""

    async def change(values, parent):
        values.append("changed")
        send(parent, values)

    values = [1, 2]
    spawn(change, values, pyvm.self())
    values.append(3)
    assert await take(list) == [1, 2, "changed"]
    assert values == [1, 2, 3]


async def test_empty_list_as_message_and_as_reason():
    """A23: the local half."""

    async def send_it(to):
        send(to, [])

    spawn(send_it, pyvm.self())
    assert await take() == []
    pyvm.process_flag("trap_exit", True)
    pid = spawn(fail_with, [], link=True)
    assert await take() == ("EXIT", pid, [])
    assert await end_of(fail_with, []) == []


@pytest.mark.unsanitized
async def test_memory_of_large_arguments_comes_back():
    """A24: 150 processes with 2 MB each, dead at once."""
    binary = bytes(2_000_000)
    for _ in range(30):
        await end_of(at_once_with, binary)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(150):
        _, ref = spawn(at_once_with, binary, monitor=True)
        await down(ref)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40_000  # KiB


async def at_once_with(argument):
    assert len(argument) == 2_000_000
    await at_once()


async def test_values_arrive_with_type_and_value():
    """Design section 3: the table of terms."""
    values = [
        0, -1, 2**61, -(2**61) - 1, 2**200, 1.5, -0.0, True, None, "", "long text " * 50, "ünï",
        b"", b"x" * 64, b"y" * 65, (), (1, (2,)), [], [[]], {}, {"k": {1: [2]}}, {1, 2},
        frozenset({3}), pyvm.Atom("ok"), pyvm.self(), pyvm.make_ref(),
    ]  # fmt: skip
    for value in values:
        send(pyvm.self(), value)
    for value in values:
        got = await take()
        assert got == value
        assert type(got) is type(value)
