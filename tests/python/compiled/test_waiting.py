# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What a compiled process waits for besides messages, and what else pyvm offers it."""

import asyncio
import functools
import json
import time

import pytest
from process_kit import down, take, until

import pyvm
from pyvm import receive, send, spawn


@pyvm.process
def sleeper(who, seconds):
    before = pyvm.process_info(pyvm.self(), "message_queue_len")
    pyvm.sleep(seconds)
    send(who, ("slept", before))
    match receive(timeout=30):
        case ("kept", value):
            send(who, value)


@pyvm.process
def giver(who):
    pyvm.yield_now()
    pause = pyvm.sleep
    pause(0.001)
    send(who, "again")


@pyvm.process
def caller(who, server, timeout):
    try:
        send(who, ("reply", server.call(("ask", 1), timeout=timeout)))
    except TimeoutError as error:
        send(who, ("timeout", str(error)))
    except pyvm.ProcessDown as error:
        send(who, ("down", error.reason, str(error)))


@pyvm.process
def caller_of_bad(who, server):
    for request, timeout in ((lambda: 1, 1), (1, -1), (1, "x")):
        try:
            server.call(request, timeout)
        except (TypeError, ValueError) as error:
            send(who, str(error))
    ask = server.call
    send(who, ask("plain", timeout=None))


@pyvm.process
def server():
    while True:
        match receive():
            case ("ask", n, who):
                send(who, ("answer", n))
            case ("plain", who):
                send(who, [1, {"a": 2}])


@pyvm.process
def ends_when_asked():
    match receive():
        case ("ask", _, _):
            pyvm.exit(("done", 1))


@pyvm.process
def silent():
    match receive():
        case "never":
            pass


@pyvm.process
def calls_behind_messages(who, server, n):
    for _ in range(n):
        server.call(("ask", 1))
    send(who, ("calls", n))
    match receive():
        case "end":
            pass


@pyvm.process
def asks_behind_messages(who, server, n):
    for _ in range(n):
        ref = pyvm.make_ref()
        send(server, (ref, pyvm.self()))
        match receive():
            case ("answer", found, _) if found == ref:
                pass
    send(who, ("calls", n))
    match receive():
        case "end":
            pass


@pyvm.process
def answers():
    while True:
        match receive():
            case (ref, who):
                send(who, ("answer", ref, 1))


@pyvm.process
def waits_in_guards(who):
    try:
        match receive():
            case "x" if pyvm.sleep(1):
                pass
    except RuntimeError as error:
        send(who, str(error))


async def answer(who, name):
    send(who, ("coroutine", name, pyvm.self()))
    await receive("end")
    pyvm.exit(("ended", name))


@pyvm.process
def parent_of_coroutines(who):
    pyvm.process_flag("trap_exit", True)
    pid, ref = spawn(
        answer, who, ["a"], monitor=True, link=True, name="of-compiled", priority="high"
    )
    same = pyvm.whereis("of-compiled") == pid
    send(pid, "end")
    match receive(timeout=30):
        case ("EXIT", _, reason):
            exit_reason = reason
    match receive(timeout=30):
        case ("DOWN", other, "process", _, reason) if other == ref:
            send(who, ("down", same, exit_reason, reason))
    _, ref = spawn(answer, 1, 2, 3, monitor=True)
    match receive(timeout=30):
        case ("DOWN", other, _, _, reason) if other == ref and isinstance(reason, TypeError):
            send(who, "wrong arguments")


@pyvm.process
def requests(who):
    ref = pyvm.spawn_request(silent, reply_tag="born")
    match receive():
        case ("born", other, "ok", pid) if other == ref:
            send(who, ("ok", pyvm.is_alive(pid)))
    ref = pyvm.spawn_request(silent, max_heap=-1)
    match receive():
        case ("spawn_reply", other, "error", why) if other == ref:
            send(who, ("error", why))
    send(who, pyvm.spawn_request_abandon(ref))


@pyvm.process
def keeps(who):
    found = [
        pyvm.put("a", [1]),
        pyvm.put("a", {"b": 2}),
        pyvm.get("a"),
        pyvm.get("c", 7),
        pyvm.get(),
    ]
    found += [pyvm.erase("a"), pyvm.erase("a"), pyvm.put(1, 2), pyvm.erase(), pyvm.get()]
    send(who, found)
    flags = [pyvm.process_flag("priority", "low"), pyvm.process_flag("priority", "normal")]
    flags += [pyvm.process_flag("max_heap", 10_000_000), pyvm.process_flag("max_heap", None)]
    flags += [pyvm.process_flag("trap_exit", True), pyvm.node()]
    send(who, flags)
    for flag, value in (("no", 1), ("trap_exit", 1), ("max_mailbox", 5), ("priority", "x")):
        try:
            pyvm.process_flag(flag, value)
        except (TypeError, ValueError) as error:
            send(who, str(error))
    pyvm.label("the keeper")
    send(who, pyvm.process_info(pyvm.self(), ["label", "trap_exit"]))


@pyvm.process
def inspects(who, other):
    send(who, pyvm.process_info(other, "message_queue_len"))
    send(who, (pyvm.is_alive_after_signals(other), other in pyvm.processes()))
    pyvm.suspend(other)
    send(who, pyvm.process_info(other, "status"))
    pyvm.resume(other)
    try:
        pyvm.resume(other)
    except ValueError as error:
        send(who, str(error))
    try:
        pyvm.process_info(other, "nothing")
    except ValueError as error:
        send(who, str(error)[:28])
    pyvm.exit(other, "kill")
    send(who, (pyvm.is_alive_after_signals(other), pyvm.process_info(other)))
    pyvm.register("inspects")
    send(who, "inspects" in pyvm.registered())


@pyvm.process
def names_others(who, other):
    pyvm.register("of-other", other)
    send(who, pyvm.whereis("of-other") == other)
    for name, pid in (("of-other", other), ("again", other), ("of-other", None), ("", None)):
        try:
            pyvm.register(name, pid)
        except ValueError as error:
            send(who, str(error))
    send(who, (pyvm.unregister("of-other"), pyvm.whereis("of-other")))
    try:
        pyvm.unregister("of-other")
    except ValueError as error:
        send(who, str(error))
    pyvm.exit(other, "kill")
    try:
        pyvm.register("of-other", other)
    except ValueError as error:
        send(who, str(error))


@pyvm.process
def sends_with_priority(alias):
    send(alias, "late")
    send(alias, "early", priority=True)


@pyvm.process
def timers(who):
    ref = pyvm.start_timer(0.001, pyvm.self(), "x")
    match receive(timeout=30):
        case ("timeout", other, message) if other == ref:
            send(who, message)
    try:
        pyvm.send_after(-1, pyvm.self(), 1)
    except ValueError as error:
        send(who, str(error))


async def test_sleep_leaves_messages_in_the_mailbox():
    pid = spawn(sleeper, pyvm.self(), 0.02)
    send(pid, ("kept", 5))
    for _ in range(100):
        send(pid, "other")
    assert (await take(("slept", ...)))[0] == "slept"
    assert await take(int) == 5


async def test_sleep_and_yield_as_values():
    spawn(giver, pyvm.self())
    assert await take(str) == "again"


async def test_sleep_can_be_killed():
    pid, ref = spawn(sleeper, pyvm.self(), 1000, monitor=True)
    pyvm.exit(pid, "kill")
    assert await down(ref) == "killed"


async def test_call_gives_the_reply_the_timeout_or_the_reason():
    pid = spawn(server)
    spawn(caller, pyvm.self(), pid, 30)
    assert await take(("reply", ...)) == ("reply", ("answer", 1))
    spawn(caller, pyvm.self(), spawn(silent), 0.01)
    assert await take(("timeout", ...)) == (
        "timeout",
        "no reply in time; a reply that comes later will be dropped",
    )
    spawn(caller, pyvm.self(), spawn(ends_when_asked), 30)
    assert await take(("down", ..., ...)) == (
        "down",
        ("done", 1),
        "the process ended with reason ('done', 1)",
    )
    spawn(caller, pyvm.self(), spawn(at_once), 30)
    assert (await take(("down", ..., ...)))[1] in ("noproc", "normal")


@pyvm.process
def at_once():
    pass


async def test_call_checks_its_arguments():
    spawn(caller_of_bad, pyvm.self(), spawn(server))
    assert "request: " in await take(str)
    assert (await take(str)).startswith(
        "timeout must be between 0 and 4294967.295 seconds, not -1; leave it out"
    )
    assert await take(str) == "timeout must be a number of seconds, not str"
    assert await take(list) == [1, {"a": 2}]


async def test_a_coroutine_serves_a_compiled_caller():
    async def serve():
        while True:
            what, n, who = await receive(...)
            send(who, (what, n + 1))

    spawn(caller, pyvm.self(), spawn(serve), 30)
    assert await take(("reply", ...)) == ("reply", ("ask", 2))


@pytest.mark.unsanitized
@pytest.mark.parametrize(
    ("asking", "answering"), [(calls_behind_messages, server), (asks_behind_messages, answers)]
)
async def test_a_reply_behind_a_full_mailbox_takes_constant_time(asking, answering):
    seconds = []
    for waiting in (0, 100_000):
        pid = spawn(asking, pyvm.self(), spawn(answering), 2000)
        for _ in range(waiting):
            send(pid, "waits")
        begin = time.perf_counter()
        await take(("calls", ...))
        seconds.append(time.perf_counter() - begin)
        pyvm.exit(pid, "kill")
    assert seconds[1] < 20 * seconds[0] + 1.0  # it would be a thousand times


async def test_a_guard_may_not_wait():
    send(spawn(waits_in_guards, pyvm.self()), "x")
    assert await take(str) == "sleep() in a guard of a match receive(): wait in the case instead"


async def test_compiled_processes_spawn_coroutines():
    spawn(parent_of_coroutines, pyvm.self())
    assert (await take(("coroutine", ..., ...)))[1] == ["a"]
    assert await take(("down", ..., ..., ...)) == ("down", True, ("ended", ["a"]), ("ended", ["a"]))
    assert await take(str) == "wrong arguments"


async def test_spawn_request():
    spawn(requests, pyvm.self())
    assert await take(("ok", ...)) == ("ok", True)
    assert await take(("error", ...)) == ("error", "badopt")
    assert await take(bool) is False


async def test_dictionary_flags_and_label():
    spawn(keeps, pyvm.self())
    assert await take(list) == [
        None,
        [1],
        {"b": 2},
        7,
        {"a": {"b": 2}},
        {"b": 2},
        None,
        None,
        {1: 2},
        {},
    ]
    assert await take(list) == ["normal", "low", None, 10_000_000, False, "nonode@nohost"]
    assert await take(str) == "unknown flag 'no': trap_exit, priority, max_heap or max_mailbox"
    assert await take(str) == "trap_exit must be True or False, not 1"
    assert (await take(str)).startswith("process_flag: max_mailbox can be changed where")
    assert await take(str) == "priority must be one of 'low', 'normal', 'high', 'max', not 'x'"
    assert await take(dict) == {"label": "the keeper", "trap_exit": True}


async def test_inspection():
    pid = spawn(silent)
    send(pid, "one")
    spawn(inspects, pyvm.self(), pid)
    assert await take(int) == 1
    assert await take((bool, bool)) == (True, True)
    assert await take(str) == "suspended"
    assert await take(str) == "resume: pid was not suspended by this process"
    assert await take(str) == "unknown item 'nothing': one "
    assert await take((bool, ...)) == (False, None)
    assert await take(bool) is True


async def test_names_of_others():
    for other in (silent, in_a_coroutine):
        spawn(names_others, pyvm.self(), spawn(other))
        assert await take(bool) is True
        for _ in range(2):
            expected = "register: the process has a name already; unregister that first"
            assert await take(str) == expected
        assert await take(str) == "register: the name 'of-other' is taken"
        assert await take(str) == "'' cannot be a name"
        assert await take((bool, ...)) == (True, None)
        assert await take(str) == "unregister: nobody is registered as 'of-other'"
        assert await take(str) == "register: the process has ended"


async def in_a_coroutine():
    await receive("never")


async def test_priority_sends():
    alias = pyvm.alias(priority=True)
    _, ref = spawn(sends_with_priority, alias, monitor=True)
    await down(ref)
    assert [await take(str), await take(str)] == ["early", "late"]


async def test_timers():
    spawn(timers, pyvm.self())
    assert await take(str) == "x"
    assert await take(str) == "seconds must be between 0 and 4294967.295 seconds, not -1"


# pyvm.python


class Refusal(ValueError):
    """Not known to the compiled code that catches it."""


class Named(Exception):
    """Known to the compiled code that catches it."""


def refuse(kind):
    raise {"value": ValueError, "refusal": Refusal, "named": Named, "key": KeyError}[kind](kind, 1)


def change(items):
    items.append(1)
    return items


async def wait_and_add(a, b):
    await pyvm.sleep(0.001)
    return await pyvm.aio(asyncio.sleep(0.001, a + b))


async def wait_for_ever(who):
    try:
        send(who, ("waits", pyvm.self()))
        await receive("never")
    finally:
        send(who, "let go")


def gives_socket():
    return {"a": [object()]}


@pyvm.process
def asks_python(who):
    items = [0]
    send(who, [pyvm.python(json.dumps, {"a": [1, 2]}), pyvm.python(change, items), items])
    send(
        who, [pyvm.python(wait_and_add, 2, 3), pyvm.python(str.upper, "a"), pyvm.python(max, 1, 2)]
    )
    for kind in ("value", "refusal", "named", "key"):
        try:
            pyvm.python(refuse, kind)
        except Named as error:
            send(who, ("named", error.args))
        except ValueError as error:
            send(who, ("ValueError", error.args))
        except LookupError as error:
            send(who, ("LookupError", error.args))
    try:
        pyvm.python(gives_socket)
    except TypeError as error:
        send(who, str(error))
    try:
        pyvm.python(len, lambda: 1)
    except TypeError as error:
        send(who, str(error))


@pyvm.process
def asks_for(who, function):
    send(who, pyvm.python(function, 5))


@pyvm.process
def waits_for_python(who):
    pyvm.python(wait_for_ever, who)


@pyvm.process
def loses_its_helper(who):
    try:
        pyvm.python(wait_for_ever, who)
    except pyvm.ProcessDown as error:
        send(who, ("down", error.reason))


@pyvm.process
def exits_in_python():
    pyvm.python(pyvm.exit, ("bye", 1))


async def test_python_gives_copies_and_awaits():
    spawn(asks_python, pyvm.self())
    assert await take(list) == ['{"a": [1, 2]}', [0, 1], [0]]
    assert await take(list) == [5, "A", 2]
    assert await take(tuple) == ("ValueError", ("value", 1))
    assert await take(tuple) == ("ValueError", ("refusal", 1))
    assert await take(tuple) == ("named", ("named", 1))
    assert await take(tuple) == ("LookupError", ("key", 1))
    assert (await take(str)).startswith("the result['a'][0]: ")
    assert (await take(str)).startswith("argument[0]: the function ")


async def test_a_function_comes_in_a_message():
    spawn(asks_for, pyvm.self(), pyvm.opaque(lambda n: n + 1))
    assert await take(int) == 6
    spawn(asks_for, pyvm.self(), abs)
    assert await take(int) == 5


async def test_a_kill_of_the_caller_ends_what_runs_for_it():
    pid = spawn(waits_for_python, pyvm.self())
    _, helper = await take(("waits", ...))
    pyvm.exit(pid, "kill")
    assert await take(str) == "let go"
    await until(lambda: not pyvm.is_alive(helper))


async def test_the_end_of_the_helper_is_process_down():
    spawn(loses_its_helper, pyvm.self())
    _, helper = await take(("waits", ...))
    pyvm.exit(helper, "kill")
    assert await take(str) == "let go"
    assert await take(("down", ...)) == ("down", "killed")


async def test_an_exit_in_python_ends_the_caller():
    _, ref = spawn(exits_in_python, monitor=True)
    assert await down(ref) == ("bye", 1)


async def test_python_from_a_coroutine_process():
    assert await pyvm.python(functools.partial(change), [5]) == [5, 1]
    assert await pyvm.python(wait_and_add, 1, 2) == 3
    with pytest.raises(Refusal, match="refusal"):
        await pyvm.python(refuse, "refusal")


@pyvm.process
def waits_again(who, t):
    text = "kept"
    t = receive(timeout=t)
    send(who, ("first", t))
    try:
        text = receive(timeout="a")
    except TypeError:
        send(who, ("still", text))
    n = 0
    while receive(timeout=0.001) is not pyvm.TIMEOUT:
        n += len([n] * 300)
    send(who, ("rest", n))


async def test_a_timeout_is_looked_at_again_after_a_wait():
    pid = spawn(waits_again, pyvm.self(), 30)
    await pyvm.sleep(0.01)
    send(pid, "come")
    assert await take(("first", ...)) == ("first", "come")
    assert await take(("still", ...)) == ("still", "kept")
    assert (await take(("rest", ...)))[1] % 300 == 0
