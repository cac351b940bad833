# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Pid.call and Pid.acall: requests from outside, and the replies."""

import asyncio
import threading
import time

import pytest
from process_kit import idle, patience, silence

import pyvm
from pyvm import receive, send, spawn


async def server():
    count = 0
    while True:
        message = await receive(tuple)
        match message:
            case ("add", n, _):
                count += n
                send(message[-1], ("count", count))
            case ("get", _):
                send(message[-1], ("count", count))
            case ("shape", *_):
                send(message[-1], len(message))
            case ("silent", _):
                pass
            case ("twice", alias):
                send(alias, 1)
                send(alias, 2)
            case ("die", reason, _):
                pyvm.exit(reason)
            case ("fail", _):
                raise ValueError("of the server")
            case (("wrapped", value), alias):
                send(alias, value)


@pytest.fixture
def pid():
    with pyvm.running(schedulers=2):
        yield spawn(server)


def test_call_sends_a_tuple_request_with_the_alias_last(pid):
    """API: (request..., alias)."""
    assert pid.call(("add", 2)) == ("count", 2)
    assert pid.call(("add", 3)) == ("count", 5)
    assert pid.call(("shape", 1, 2)) == 4


def test_call_sends_another_request_beside_the_alias(pid):
    """API: (request, alias)."""
    assert pid.call("get") == ("count", 0)
    assert pid.call("shape") == 2


def test_call_times_out(pid):
    """API: TimeoutError, after the time and not before."""
    start = time.monotonic()
    with pytest.raises(TimeoutError):
        pid.call("silent", timeout=0.1)
    assert time.monotonic() - start >= 0.1
    assert pid.call("get") == ("count", 0)


def test_call_of_the_dead(pid):
    """API: ProcessDown with noproc."""
    with pytest.raises(pyvm.ProcessDown) as caught:
        pid.call(("die", "bang"))
    assert "bang" in str(caught.value)
    with pytest.raises(pyvm.ProcessDown, match="noproc"):
        pid.call("get")


@pytest.mark.parametrize("reason", ["text", ("a", 1), (), None, ["list"]], ids=repr)
def test_reason_of_an_ended_call_is_whole(pid, reason):
    """API: ProcessDown(reason), a tuple too."""
    with pytest.raises(pyvm.ProcessDown) as caught:
        pid.call(("die", reason))
    assert caught.value.reason == reason


def test_call_of_a_process_that_fails(pid):
    """API: ProcessDown carries the exception."""
    with pytest.raises(pyvm.ProcessDown, match="of the server"):
        pid.call("fail")


def test_call_of_a_process_killed_meanwhile():
    """API: whoever waits learns of the end."""
    with pyvm.running():
        pid = spawn(idle)
        timer = threading.Timer(0.05, pyvm.exit, (pid, "kill"))
        timer.start()
        with pytest.raises(pyvm.ProcessDown, match="killed"):
            pid.call("never answered", timeout=patience())
        timer.join()


def test_second_reply_is_dropped(pid):
    """E2: the alias of a call takes one message."""
    for _ in range(20):
        assert pid.call("twice") == 1
    assert pid.call("get") == ("count", 0)


def test_late_reply_is_dropped():
    """P11: after a time-out nothing is left to disturb the next call."""

    async def slow():
        while True:
            what, alias = await receive((str, ...))
            await pyvm.sleep(0.05)
            send(alias, what)

    with pyvm.running():
        pid = spawn(slow)
        with pytest.raises(TimeoutError):
            pid.call("first", timeout=0.01)
        assert pid.call("second", timeout=patience()) == "second"


@pytest.mark.parametrize("timeout", [-1, "5", float("nan")])
def test_bad_timeout_of_a_call_is_refused(pid, timeout):
    """A3."""
    with pytest.raises((ValueError, TypeError), match="timeout"):
        pid.call("get", timeout=timeout)


def test_request_that_cannot_be_sent_is_refused(pid):
    """Design section 3."""
    with pytest.raises(TypeError):
        pid.call(("add", object()))


def test_threads_call_at_once(pid):
    """API: from any thread; 8 threads of 200 calls."""
    errors = []

    def work(number):
        try:
            for step in range(200):
                assert pid.call(("wrapped", (number, step)), timeout=patience()) is not None
        except BaseException as error:
            errors.append(error)

    async def reply():
        while True:
            _, value, alias = await receive(("wrapped", ..., ...))
            send(alias, value)

    pid = spawn(reply)
    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(patience())
    assert errors == []
    assert not any(thread.is_alive() for thread in threads)


def test_threads_send_at_once():
    """Promise ordering: each thread's messages in order; 8 threads of 5,000."""

    async def collect(count):
        received = [await receive((int, int)) for _ in range(count)]
        alias = (await receive(("result", ...)))[1]
        send(alias, received)

    with pyvm.running():
        pid = spawn(collect, 40_000)

        def flood(name):
            for number in range(5_000):
                send(pid, (name, number))

        threads = [threading.Thread(target=flood, args=(name,)) for name in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        received = pid.call("result", timeout=patience())
    for name in range(8):
        assert [number for who, number in received if who == name] == list(range(5_000))


def test_threads_spawn_and_exit_at_once():
    """API: outside callers spawn, look up, kill; 4 threads of 300."""
    with pyvm.running():
        errors = []

        def churn(name):
            try:
                for number in range(300):
                    pid = spawn(idle, name=f"{name} {number}")
                    assert pyvm.whereis(f"{name} {number}") == pid
                    assert pyvm.exit(pid, "kill") is True
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=churn, args=(name,)) for name in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(patience())
        assert errors == []
        pyvm.testing.wait_until_idle(patience())
        assert pyvm.processes() == []
        assert pyvm.registered() == []


def test_outside_callers_see_what_they_may():
    """API: send by name, info, timers, is_alive and registered from outside."""
    with pyvm.running():
        pid = spawn(idle, name="seen")
        send("seen", "hello")
        ref = pyvm.send_after(100, pid, "late")
        assert pyvm.cancel_timer(ref) > 90
        assert pyvm.registered() == ["seen"]
        assert pid in pyvm.processes()
        info = pyvm.process_info(pid, ["messages", "registered_name"])
        assert info == {"messages": ["hello"], "registered_name": "seen"}
        pyvm.unregister("seen")
        pyvm.register("again", pid)
        assert pyvm.whereis("again") == pid
        pyvm.suspend(pid)
        assert pyvm.process_info(pid, "status") == "suspended"
        pyvm.resume(pid)


def test_acall_in_an_asyncio_program(pid):
    """API: in any event loop; 100 at once."""

    async def program():
        results = await asyncio.gather(*(pid.acall(("add", 1)) for _ in range(100)))
        return sorted(count for _, count in results)

    assert asyncio.run(program()) == list(range(1, 101))


def test_acall_does_not_block_the_loop(pid):
    """API: others run while it waits; it times out and sees ends."""

    async def program():
        ticks = 0

        async def tick():
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0.001)

        ticking = asyncio.ensure_future(tick())
        with pytest.raises(TimeoutError):
            await pid.acall("silent", timeout=0.1)
        with pytest.raises(pyvm.ProcessDown, match="bang"):
            await pid.acall(("die", "bang"))
        with pytest.raises(pyvm.ProcessDown, match="noproc"):
            await pid.acall("get")
        ticking.cancel()
        return ticks

    assert asyncio.run(program()) > 3


def test_acall_can_be_cancelled(pid):
    """API: asyncio's cancellation leaves the server and the next call unharmed."""

    async def program():
        task = asyncio.ensure_future(pid.acall("silent", timeout=patience()))
        await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return await pid.acall("get")

    assert asyncio.run(program()) == ("count", 0)


async def test_acall_in_a_process():
    """API: in coroutine processes."""
    pid = spawn(server)
    assert await pid.acall(("add", 7)) == ("count", 7)
    assert await pid.acall("get") == ("count", 7)
    with pytest.raises(TimeoutError):
        await pid.acall("silent", timeout=0.05)
    assert await pid.acall("twice") == 1
    with pytest.raises(pyvm.ProcessDown) as caught:
        await pid.acall(("die", ("bang", 1)))
    assert caught.value.reason == ("bang", 1)
    with pytest.raises(pyvm.ProcessDown, match="noproc"):
        await pid.acall("get")
    await silence()


async def test_acall_in_a_process_leaves_other_messages():
    """A22: the mailbox of the caller is not touched, nor a monitor left."""
    pid = spawn(server)
    for number in range(100):
        send(pyvm.self(), number)
    assert await pid.acall("get") == ("count", 0)
    assert pyvm.process_info(pyvm.self(), "messages") == list(range(100))
    assert pyvm.process_info(pyvm.self(), "monitors") == []
    assert await pyvm.ainfo(pid, "monitored_by") == []


@pytest.mark.unsanitized
async def test_acall_does_not_depend_on_a_huge_mailbox():
    """A12."""
    pid = spawn(server)

    async def calls():
        start = time.perf_counter()
        for _ in range(200):
            await pid.acall("get")
        return time.perf_counter() - start

    await calls()
    empty = min([await calls() for _ in range(3)])
    for _ in range(200_000):
        send(pyvm.self(), "junk")
    assert min([await calls() for _ in range(3)]) < 10 * empty
