# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Misuse ends with an error that says what is wrong and what to do, never with a hang."""

import asyncio
import contextlib
import socket
import threading

import pytest
from process_kit import at_once, down, end_of, idle, take

import pyvm
from pyvm import receive, send, spawn


@pytest.mark.parametrize(
    ("call", "arguments"),
    [("spawn", (at_once,)), ("set_schedulers_online", (1,))],
)
def test_what_needs_the_runtime_says_so_before_the_start(call, arguments):
    """API: the error says that nothing runs."""
    with pytest.raises(RuntimeError, match=r"run|start"):
        getattr(pyvm, call)(*arguments)


def test_nobody_is_there_before_the_start():
    """API: questions have answers."""
    assert pyvm.whereis("n") is None
    assert pyvm.registered() == []
    assert pyvm.processes() == []
    assert pyvm.system_info()["process_count"] == 0
    with pytest.raises(ValueError, match="n"):
        send("n", 1)


@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        ("self", ()),
        ("link", ("pid",)),
        ("unlink", ("pid",)),
        ("monitor", ("pid",)),
        ("alias", ()),
        ("put", ("k", 1)),
        ("get", ("k",)),
        ("erase", ("k",)),
        ("process_flag", ("trap_exit", True)),
        ("spawn_request", (at_once,)),
    ],
)
def test_what_needs_a_process_says_so_outside_of_one(call, arguments):
    """API: on a thread that runs no process."""
    with pyvm.running():
        pid = spawn(idle)
        arguments = tuple(pid if argument == "pid" else argument for argument in arguments)
        with pytest.raises(RuntimeError, match="process"):
            getattr(pyvm, call)(*arguments)


def test_link_and_monitor_options_need_a_process():
    """API: there is nobody to tell."""
    with pyvm.running():
        for options in ({"link": True}, {"monitor": True}):
            with pytest.raises((RuntimeError, ValueError), match=r"process|link|monitor"):
                spawn(idle, **options)


def test_await_receive_outside_of_a_process():
    """API: an asyncio program has no mailbox."""

    async def program():
        await receive("never", timeout=1)

    with pyvm.running(), pytest.raises(RuntimeError, match="process"):
        asyncio.run(program())


def test_exit_outside_of_a_process():
    """API: exit(reason) ends a process; here is none."""
    with pyvm.running(), pytest.raises((RuntimeError, pyvm.ProcessExit)):
        pyvm.exit("reason")


async def test_message_that_cannot_be_sent_names_its_place():
    """Design section 3: message[1]['conn']: a socket."""
    with socket.socket() as conn, pytest.raises(TypeError, match=r"message\[1\]\['conn'\].*socket"):
        send(pyvm.self(), ("go", {"conn": conn}))


@pytest.mark.parametrize(
    "message",
    [lambda: None, bytearray(b"x"), (1 for _ in ()), threading.Lock(), {"k": object()}],
    ids=["lambda", "bytearray", "generator", "lock", "object"],
)
async def test_what_is_no_term_is_refused(message):
    """Design section 3."""
    with pytest.raises(TypeError):
        send(pyvm.self(), message)


async def test_cyclic_message_is_refused():
    """Design section 3: no endless copy."""
    cyclic = []
    cyclic.append(cyclic)
    with pytest.raises((TypeError, ValueError, RecursionError)):
        send(pyvm.self(), cyclic)


async def test_deep_message_is_sent_or_refused_and_never_crashes():
    """U6."""
    deep = None
    for _ in range(100_000):
        deep = (deep,)
    try:
        send(pyvm.self(), deep)
    except (TypeError, ValueError, RecursionError):
        return
    got, depth = await take(), 0
    while got is not None:
        (got,) = got
        depth += 1
    assert depth == 100_000


async def test_opaque_passes_a_handle():
    """Design section 3."""
    lock = threading.Lock()
    send(pyvm.self(), ("handle", pyvm.opaque(lock)))
    _, handle = await take(tuple)
    assert handle.value is lock


@pytest.mark.parametrize("destination", [1, None, [], object(), 1.5, ("a", "b", "c")], ids=repr)
async def test_send_to_what_is_no_address_is_refused(destination):
    """E16."""
    with pytest.raises(TypeError):
        send(destination, "m")


async def test_bare_receive_in_an_undecorated_function_says_so():
    """Design section 2: an error, never a silent change of meaning."""

    async def undecorated(parent):
        send(parent, "junk")
        match await receive():
            case ("wanted", _):
                pass

    reason = await end_of(takes_junk_first)
    assert isinstance(reason, Exception)
    assert "pyvm.process" in str(reason)
    assert undecorated is not None


async def takes_junk_first():
    send(pyvm.self(), "junk")
    match await receive():
        case ("wanted", _):
            pass


async def test_foreign_awaitable_is_refused_with_the_cure():
    """API: `await pyvm.aio(...)`."""

    async def sleeps_in_asyncio():
        await asyncio.sleep(0.01)

    async def awaits_a_foreign_object():
        class Foreign:
            def __await__(self):
                yield "what is this"

        await Foreign()

    for body in (sleeps_in_asyncio, awaits_a_foreign_object):
        reason = await end_of(body)
        assert isinstance(reason, RuntimeError | TypeError)
    assert "aio" in str(await end_of(awaits_a_foreign_object))


async def test_receive_pattern_without_meaning_is_refused():
    """API: the error names its place in the pattern."""
    with pytest.raises(TypeError, match=r"\[1\]"):
        await receive(("add", {1, 2}), timeout=0)
    with pytest.raises(TypeError, match=r"guard|callable"):
        await receive(lambda message: True, timeout=0)


async def test_receive_that_is_not_awaited_takes_nothing():
    """API: receive() alone is an awaitable, no more."""
    send(pyvm.self(), "m")
    receive("m")
    assert pyvm.process_info(pyvm.self(), "message_queue_len") == 1
    assert await take() == "m"


async def test_blocking_call_in_a_process_is_refused_with_the_cure():
    """API: `await pid.acall(...)` there."""
    pid = spawn(idle)
    with pytest.raises(RuntimeError, match="acall"):
        pid.call("request", timeout=0.1)


def test_run_inside_of_run_is_refused():
    """API: RuntimeError if already started."""

    def main():
        with pytest.raises(RuntimeError, match=r"start|run"):
            pyvm.run(at_once)
        with pytest.raises(RuntimeError, match=r"start|run"):
            pyvm.start()
        return "ok"

    assert pyvm.run(main) == "ok"


async def test_run_inside_of_a_process_is_refused():
    """API."""
    with pytest.raises(RuntimeError):
        pyvm.run(at_once)
    with pytest.raises(RuntimeError):
        pyvm.stop()


def test_stop_without_start():
    """API: an error or nothing, never a hang."""
    with contextlib.suppress(RuntimeError):
        pyvm.stop()


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"schedulers": 0}, "schedulers"),
        ({"schedulers": -1}, "schedulers"),
        ({"schedulers": "two"}, "schedulers"),
        ({"seed": "x"}, "seed"),
    ],
)
def test_bad_start_option_is_refused_and_named(options, named):
    """API."""
    with pytest.raises((ValueError, TypeError), match=named):
        pyvm.start(**options)
    assert pyvm.run(at_once) is None


async def test_await_after_the_end_of_a_helper_thread():
    """API: a thread that runs no process cannot use a process's awaitable."""
    errors = []

    def steal():
        try:
            next(receive("m").__await__())
        except BaseException as error:
            errors.append(type(error))

    thread = threading.Thread(target=steal)
    thread.start()
    thread.join()
    assert errors == [RuntimeError]
    _, ref = spawn(at_once, monitor=True)
    assert await down(ref) == "normal"
