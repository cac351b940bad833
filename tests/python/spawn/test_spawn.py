# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Spawn: options in force before the child runs, arguments copied, bad calls refused."""

import itertools

import pytest
from process_kit import down, end_of, idle, killed, patience, silence, take, until

import pyvm
from pyvm import receive, send, spawn


async def report(parent, items):
    send(parent, pyvm.process_info(pyvm.self(), items))
    await receive("never")


@pytest.mark.parametrize(
    ("option", "value", "item", "seen"),
    [
        ("priority", "low", "priority", "low"),
        ("priority", "normal", "priority", "normal"),
        ("priority", "high", "priority", "high"),
        ("priority", "max", "priority", "max"),
        ("trap_exit", True, "trap_exit", True),
        ("trap_exit", False, "trap_exit", False),
        ("name", "child", "registered_name", "child"),
        ("max_mailbox", 17, "max_mailbox", 17),
    ],
)
async def test_option_is_in_force_before_the_child_runs(option, value, item, seen):
    """B22."""
    spawn(report, pyvm.self(), [item], **{option: value})
    assert await take(dict) == {item: seen}


async def test_heap_limit_is_in_force_before_the_child_runs():
    """B22: in bytes; the runtime may round it to words."""
    spawn(report, pyvm.self(), ["max_heap"], max_heap=1_000_000)
    assert abs((await take(dict))["max_heap"] - 1_000_000) < 64


async def test_link_and_monitor_are_in_force_before_the_child_runs():
    """B22."""
    me = pyvm.self()
    pid, _ = spawn(report, me, ["links", "monitored_by", "parent"], link=True, monitor=True)
    assert await take(dict) == {"links": [me], "monitored_by": [me], "parent": me}
    pyvm.unlink(pid)
    await killed(pid)


async def test_default_options():
    """B22: what a child has when nothing was asked."""
    items = ["priority", "trap_exit", "links", "monitored_by", "dictionary"]
    spawn(report, pyvm.self(), items)
    assert await take(dict) == {
        "priority": "normal", "trap_exit": False, "links": [], "monitored_by": [], "dictionary": {},
    }  # fmt: skip


async def test_spawn_gives_a_pid_or_pid_and_ref():
    """API."""
    pid = spawn(idle)
    assert isinstance(pid, pyvm.Pid)
    pair = spawn(idle, monitor=True)
    assert isinstance(pair, tuple)
    assert isinstance(pair[0], pyvm.Pid)
    assert isinstance(pair[1], pyvm.Ref)


@pyvm.process
async def decorated(parent):
    match await receive():
        case ("say", what):
            send(parent, ("said", what))


async def test_decorated_and_plain_functions_are_bodies():
    """API: a @process function or a plain async def function."""
    pid = spawn(decorated, pyvm.self())
    send(pid, ("say", 1))
    assert await take(("said", ...)) == ("said", 1)

    async def plain(parent):
        send(parent, "plain")

    spawn(plain, pyvm.self())
    assert await take("plain") == "plain"


async def test_closure_is_a_body():
    """API: a function inside a function, with what it closes over."""
    me, word = pyvm.self(), "closed over"

    async def body():
        send(me, word)

    spawn(body)
    assert await take() == "closed over"


async def test_recursion_by_spawn():
    """API: each process spawns the next; 500 deep."""

    async def deeper(depth, tester):
        if depth == 0:
            send(tester, "bottom")
        else:
            spawn(deeper, depth - 1, tester)

    spawn(deeper, 500, pyvm.self())
    assert await take() == "bottom"


async def test_huge_argument_list():
    """E26."""

    async def count(arguments, parent):
        send(parent, (len(arguments), sum(arguments)))

    spawn(count, list(range(100_000)), pyvm.self())
    assert await take(tuple) == (100_000, 4_999_950_000)

    async def count_star(*arguments):
        send(arguments[0], len(arguments))

    spawn(count_star, pyvm.self(), *range(20_000))
    assert await take(int) == 20_001


@pytest.mark.parametrize("body", [None, 1, "function", object(), len, 3.5], ids=repr)
async def test_what_is_no_body_is_refused(body):
    """E8."""
    with pytest.raises(TypeError):
        spawn(body)
    with pytest.raises(TypeError):
        pyvm.spawn_request(body)


async def test_coroutine_object_is_refused_with_the_cure():
    """E8: spawn(f(x)) for spawn(f, x)."""
    coroutine = idle()
    with pytest.raises(TypeError):
        spawn(coroutine)
    coroutine.close()


async def test_a_def_that_cannot_be_compiled_is_refused_with_the_place_and_the_cure():
    """API: a plain def compiles or fails; it never falls back silently."""

    def imports_a_module():
        import json

        return json

    with pytest.raises(pyvm.CompileError, match="import") as raised:
        pyvm.process(imports_a_module)
    assert raised.value.filename == __file__
    assert raised.value.text is not None
    assert "json" in raised.value.text


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"priority": "urgent"}, "priority"),
        ({"priority": 3}, "priority"),
        ({"name": 5}, "name"),
        ({"name": ""}, "name"),
        ({"on_full": 1, "max_mailbox": 5}, "on_full"),
        ({"alias": 3, "monitor": True}, "alias"),
    ],
)
async def test_bad_option_is_refused_and_named(options, named):
    """E6, E14."""
    with pytest.raises((ValueError, TypeError), match=named):
        spawn(idle, **options)


async def test_unknown_option_is_refused_and_named():
    """E8: at the call, as Python does it."""
    with pytest.raises(TypeError, match="colour"):
        spawn(idle, colour="red")


async def test_argument_that_cannot_be_copied_is_refused_with_its_place():
    """Design section 3: the TypeError names the path."""
    with pytest.raises(TypeError, match=r"\['conn'\]"):
        spawn(report, pyvm.self(), [1, {"conn": object()}])


async def test_wrong_number_of_arguments_ends_the_child_or_is_refused():
    """E8: a fun of wrong arity is an error at the call."""
    with pytest.raises(TypeError):
        spawn(idle, 1, 2)


async def test_taken_name_is_refused():
    """E18: and no child is left behind."""
    pid = spawn(idle, name="taken")
    before = len(pyvm.processes())
    with pytest.raises(ValueError, match="taken"):
        spawn(idle, name="taken")
    assert pyvm.whereis("taken") == pid
    await until(lambda: len(pyvm.processes()) == before)


async def test_child_knows_itself_and_its_parent():
    """B22."""

    async def tell(parent):
        send(parent, (pyvm.self(), pyvm.process_info(pyvm.self(), "parent")))

    pid = spawn(tell, pyvm.self())
    assert await take(tuple) == (pid, pyvm.self())


async def test_many_spawns_all_run():
    """T7: 20,000 processes one after the other, each seen to end normally."""
    refs = [spawn(nothing, monitor=True)[1] for _ in range(20_000)]
    for ref in refs:
        assert await down(ref) == "normal"


async def nothing():
    pass


async def test_many_alive_at_once():
    """T7: 10,000 alive, each answers."""

    async def answers(number):
        who = await receive(pyvm.Pid)
        send(who, number)

    pids = [spawn(answers, number) for number in range(10_000)]
    for pid in pids:
        send(pid, pyvm.self())
    assert {await take(int) for _ in pids} == set(range(10_000))


async def test_end_of_the_parent_leaves_unlinked_children():
    """C13: only a link binds."""

    async def parent(tester):
        send(tester, spawn(idle))

    await end_of(parent, pyvm.self())
    child = await take(pyvm.Pid)
    assert await pyvm.is_alive_after_signals(child)
    await silence()


async def test_return_value_of_sleep_and_yield():
    """E19: yield in any call position."""

    async def inner():
        return (await pyvm.yield_now(), await pyvm.sleep(0))

    assert await inner() in ((True, None), (None, None))
    assert patience() > 0


async def test_yield_lets_another_ready_process_run():
    """E19: two that yield take turns."""

    async def turn(name, tester):
        for number in range(50):
            send(tester, (name, number))
            await pyvm.yield_now()

    spawn(turn, "a", pyvm.self())
    spawn(turn, "b", pyvm.self())
    names = [(await take((str, int)))[0] for _ in range(100)]
    changes = sum(1 for x, y in itertools.pairwise(names) if x != y)
    assert changes > 30
