# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Registered names: one a process, one process a name, free at its end."""

import pytest
from process_kit import dead_pid, down, idle, killed, order, puppet, silence, take

import pyvm
from pyvm import register, registered, send, spawn, unregister, whereis


async def test_name_leads_to_its_process():
    """E18."""
    pid = spawn(idle)
    register("n", pid)
    assert whereis("n") == pid
    assert registered() == ["n"]
    register("me")
    assert whereis("me") == pyvm.self()
    assert sorted(registered()) == ["me", "n"]
    send("me", "by name")
    assert await take() == "by name"


async def test_one_process_a_name():
    """E18."""
    first, second = spawn(idle), spawn(idle)
    register("n", first)
    with pytest.raises(ValueError, match="n"):
        register("n", second)
    with pytest.raises(ValueError, match="n"):
        register("n", first)
    assert whereis("n") == first


async def test_one_name_a_process():
    """E18."""
    register("first")
    with pytest.raises(ValueError, match=r"first|second"):
        register("second")
    assert whereis("second") is None
    unregister("first")
    register("second")
    assert whereis("second") == pyvm.self()


async def test_name_is_free_after_the_end():
    """E18."""
    pid, ref = spawn(idle, name="n", monitor=True)
    assert whereis("n") == pid
    pyvm.exit(pid, "bang")
    await down(ref)
    assert whereis("n") is None
    assert registered() == []
    register("n")


async def test_unregister_of_a_free_name_is_refused():
    """E18."""
    register("n")
    unregister("n")
    assert whereis("n") is None
    with pytest.raises(ValueError, match="n"):
        unregister("n")


@pytest.mark.parametrize("name", [("t",), ["l"], 1, None, b"n", ""], ids=repr)
async def test_what_is_no_name_is_refused(name):
    """E16: Erlang's `undefined` is None here."""
    with pytest.raises((TypeError, ValueError)):
        register(name, pyvm.self())
    assert registered() == []


@pytest.mark.parametrize("item", ["pid", ["l"], ("t",), b"b", 7], ids=repr)
async def test_what_is_no_process_is_refused(item):
    """E16."""
    with pytest.raises((TypeError, ValueError)):
        register("n", item)
    with pytest.raises((TypeError, ValueError)):
        register("n", pyvm.make_ref())
    assert whereis("n") is None


async def test_dead_process_cannot_be_registered():
    """E16."""
    pid = await dead_pid()
    with pytest.raises(ValueError, match=r"pid|process|ended|alive|dead"):
        register("n", pid)


async def test_send_to_a_name_nobody_has_is_refused_and_named():
    """E16, E17."""
    with pytest.raises(ValueError, match="nobody"):
        send("nobody", "hello")
    await silence()


async def test_whereis_takes_names_only():
    """E16."""
    for item in (1, None, ("n",)):
        with pytest.raises(TypeError):
            whereis(item)


async def test_other_processes_register_and_unregister_a_process():
    """E18: whoever knows the pid."""
    pid, other = spawn(puppet), spawn(puppet)
    await order(other, "register", "n", pid)
    assert await order(pid, "whereis", "n") == pid
    assert await pyvm.ainfo(pid, "registered_name") == "n"
    await order(other, "unregister", "n")
    assert whereis("n") is None
    assert await pyvm.ainfo(pid, "registered_name") in (None, [], "")


async def test_name_follows_a_new_process():
    """E18, D20: 500 times killed and registered again."""
    for _ in range(500):
        pid = spawn(idle, name="phoenix")
        assert whereis("phoenix") == pid
        await killed(pid)
        assert whereis("phoenix") is None


async def test_many_names():
    """E18: 2,000, with non-ASCII and long ones."""
    names = [f"name {number} é" * (1 + number % 5) for number in range(2000)]
    pids = {name: spawn(idle, name=name) for name in names}
    assert sorted(registered()) == sorted(names)
    assert all(whereis(name) == pid for name, pid in pids.items())
    for name in names[::2]:
        unregister(name)
    assert sorted(registered()) == sorted(names[1::2])


async def test_name_race_has_one_winner():
    """E18: 20 processes want one name; 20 rounds."""

    async def wants(tester):
        try:
            register("prize")
        except ValueError:
            send(tester, "lost")
        else:
            send(tester, "won")
        await pyvm.receive("end")

    for _ in range(20):
        pids = [spawn(wants, pyvm.self()) for _ in range(20)]
        results = [await take(str) for _ in pids]
        assert results.count("won") == 1
        assert whereis("prize") in pids
        for pid in pids:
            await killed(pid)
