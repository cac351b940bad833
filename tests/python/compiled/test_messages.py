# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What compiled processes send, spawn and look for in a full mailbox."""

import random

import pytest
from process_kit import patience

import pyvm
from pyvm import TIMEOUT, Pid, receive, send, spawn


@pyvm.process
def send_everything(who):
    text = "a text of some length"
    value = send(who, ("immediates", 1, -2.5, who, None))
    send(who, ("boxed", text, [text, text]))
    send(who, [value])
    send(who, (text, *[1, 2]))
    send(who, ())
    seen = []
    send(seen.append("to") or who, (seen.append("a") or 1, seen.append("b") or 2))
    send(who, ("order", tuple(seen)))


@pyvm.process
def send_to_names(who, name):
    pyvm.register(name)
    send(name, ("by name", who))
    match receive():
        case ("by name", to):
            alias = pyvm.alias()
            send(alias, ("by alias", to))
    match receive():
        case ("by alias", to):
            send(to, "both came")


@pyvm.process
def send_wrongly(who, case):
    try:
        if case == 0:
            send(17, ("to nobody", 1))
        elif case == 1:
            send("no such name", ("to nobody", 1))
        elif case == 2:
            send(who, (1, lambda: 2))
        else:
            send(17, "to nobody")
    except (TypeError, ValueError) as error:
        send(who, (type(error).__name__, str(error)))


async def next_message():
    return await receive(..., timeout=patience())


async def test_each_kind_of_message_arrives_as_it_was_written():
    me = pyvm.self()
    spawn(send_everything, me)
    text = "a text of some length"
    assert await next_message() == ("immediates", 1, -2.5, me, None)
    assert await next_message() == ("boxed", text, [text, text])
    assert await next_message() == [None]
    assert await next_message() == (text, 1, 2)
    assert await next_message() == ()
    assert await next_message() == (1, 2)
    assert await next_message() == ("order", ("to", "a", "b"))


async def test_a_tuple_is_sent_to_a_name_and_to_an_alias():
    spawn(send_to_names, pyvm.self(), "tuples-by-name")
    assert await next_message() == "both came"


@pytest.mark.parametrize(
    ("case", "kind", "text"),
    [
        (0, "TypeError", "send: to a Pid, an Alias or a name, not int"),
        (1, "ValueError", "nobody is registered as 'no such name'"),
        (2, "TypeError", "message[1]: the function send_wrongly.<locals>.<lambda> belongs to"),
        (3, "TypeError", "send: to a Pid, an Alias or a name, not int"),
    ],
)
async def test_what_cannot_be_sent_is_an_error(case, kind, text):
    spawn(send_wrongly, pyvm.self(), case)
    found = await next_message()
    assert found[0] == kind
    assert found[1].startswith(text)


@pyvm.process
def child(who, *parts):
    send(who, ("child", parts))


@pyvm.process
def spawn_children(who):
    shared = ["shared"]
    plain = spawn(child, who, 1, 2)
    pid, ref = spawn(child, who, shared, shared, monitor=True)
    linked = spawn(child, who, link=True, monitor=False)
    match receive():
        case ("DOWN", down, "process", of, "normal") if down == ref and of == pid:
            send(who, ("spawned", isinstance(plain, Pid), isinstance(linked, Pid)))
    try:
        spawn(child)
    except TypeError as error:
        send(who, str(error))


async def test_children_are_spawned_with_and_without_options():
    spawn(spawn_children, pyvm.self())
    found = [await next_message() for _ in range(5)]
    children = [message[1] for message in found if message[0] == "child"]
    assert sorted(children, key=len) == [(), (1, 2), (["shared"], ["shared"])]
    assert ("spawned", True, True) in found
    assert "child() missing 1 required positional argument: 'who'" in found


@pyvm.process
def by_rank(who, later):
    """Takes the best message there is; each that is taken may bring another."""
    match receive():
        case "begin":
            pass
    taken = []
    me = pyvm.self()
    while True:
        match receive(timeout=0):
            case (1, n):
                best = (1, n)
            case pyvm.TIMEOUT:
                match receive(timeout=0):
                    case (2, n) | (0, n):
                        best = (2, n)
                    case pyvm.TIMEOUT:
                        match receive(timeout=0):
                            case pyvm.TIMEOUT:
                                break
                            case message:
                                best = message
        taken.append(best)
        if later:
            send(me, later.pop())
    send(who, taken)


def expected_by_rank(queue, later):
    queue, later, taken = list(queue), list(later), []
    while queue:
        best = next((m for m in queue if m[0] == 1), None)
        best = best or next((m for m in queue if m[0] in (0, 2)), None) or queue[0]
        queue.remove(best)
        taken.append((2, best[1]) if best[0] == 0 else best)
        if later:
            queue.append(later.pop())
    return taken


async def test_what_a_receive_refused_is_found_by_another_and_in_order():
    for seed in range(20):
        chance = random.Random(seed)
        ranks = [0, 1, 2, 3, 3, 3, 3, 4]
        queue = [(chance.choice(ranks), n) for n in range(chance.randrange(60))]
        later = [(chance.choice(ranks), n) for n in range(100, 100 + chance.randrange(40))]
        pid = spawn(by_rank, pyvm.self(), later)
        for message in queue:
            send(pid, message)
        send(pid, "begin")
        assert await next_message() == expected_by_rank(queue, later)


@pyvm.process
def takes_priority(who):
    alias = pyvm.alias(priority=True)
    send(who, alias)
    found = []
    while len(found) < 2:
        match receive():
            case ("wanted", n):
                found.append(n)
    junk = 0
    while receive(timeout=0) is not TIMEOUT:
        junk += 1
    send(who, (found, junk))


async def test_a_priority_message_comes_before_what_a_receive_has_refused():
    pid = spawn(takes_priority, pyvm.self())
    alias = await next_message()
    for n in range(20):
        send(pid, ("junk", n))
    send(pid, ("wanted", 1))
    send(alias, ("wanted", 2), priority=True)
    found, junk = await next_message()
    assert (sorted(found), junk) == ([1, 2], 20)
