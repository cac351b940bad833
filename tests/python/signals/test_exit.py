# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Exit signals: who dies of what, and what the others see."""

import pytest
from process_kit import (
    down,
    end_of,
    fail_with,
    gone,
    idle,
    killed,
    order,
    puppet,
    silence,
    take,
    until_told,
)

import pyvm
from pyvm import receive, send, spawn


def nested_term(kilobytes):
    return [("row", n, {"text": "x" * 1000, "bytes": b"y" * 24}) for n in range(kilobytes)]


async def spinner():
    while True:
        await pyvm.yield_now()


@pytest.mark.parametrize("ends_first", ["child", "grandchild"])
async def test_reason_of_a_linked_end_arrives_whole(ends_first):
    """B5: 128 KB of nested term, also through a process in between."""
    pyvm.process_flag("trap_exit", True)
    reason = nested_term(128)

    async def between():
        spawn(fail_with, nested_term(128), link=True)
        await receive("never")

    for _ in range(10):
        body = (fail_with, reason) if ends_first == "child" else (between,)
        pid = spawn(*body, link=True)
        assert await take() == ("EXIT", pid, reason)


async def test_reason_of_a_sent_exit_arrives_whole():
    """B6."""
    pyvm.process_flag("trap_exit", True)
    reason = nested_term(128)
    for _ in range(10):
        pid = spawn(idle, link=True)
        assert pyvm.exit(pid, reason) is True
        assert await take() == ("EXIT", pid, reason)


async def test_normal_from_another_process_does_nothing():
    """B7: waits 0.1 s."""
    pid, ref = spawn(idle, monitor=True)
    pyvm.exit(pid, "normal")
    await silence(0.1)
    assert pyvm.is_alive(pid)
    pyvm.exit(pid, "other")
    assert await down(ref) == "other"


async def test_normal_from_another_process_is_a_message_when_trapping():
    """B7: trapping, it is a message like any reason."""
    pid = spawn(puppet, trap_exit=True)
    pyvm.exit(pid, "normal")
    assert await pyvm.ainfo(pid, "messages") == [("EXIT", pyvm.self(), "normal")]


async def test_exit_to_self_is_trapped():
    """B8."""
    me = pyvm.self()
    pyvm.process_flag("trap_exit", True)
    for number in range(200):
        assert pyvm.exit(me, ("t", number)) is True
        assert await take() == ("EXIT", me, ("t", number))


async def exit_self(reason):
    pyvm.exit(pyvm.self(), reason)
    await receive("never")


async def test_normal_to_self_ends():
    """B9: unlike `normal` from another process."""
    assert await end_of(exit_self, "normal") == "normal"


@pytest.mark.parametrize("reason", ["abnormal", ("a", 1), [1, 2], None, 17])
async def test_any_reason_to_self_ends(reason):
    """B10."""
    assert await end_of(exit_self, reason) == reason


async def test_exit_to_self_cannot_be_caught():
    """B11."""

    async def catches_all():
        try:
            pyvm.exit(pyvm.self(), "die")
            await receive("never")
        except Exception:
            pyvm.exit("caught")

    assert await end_of(catches_all) == "die"


async def test_exit_signal_from_another_cannot_be_caught():
    """B11: an exit signal is no exception in its target."""

    async def catches_all(parent):
        send(parent, "up")
        try:
            await receive("never")
        except Exception:
            send(parent, "caught")
            await receive("never")

    pid, ref = spawn(catches_all, pyvm.self(), monitor=True)
    await take("up")
    pyvm.exit(pid, "die")
    assert await down(ref) == "die"
    await silence()


async def test_failed_call_names_function_and_arguments():
    """B12: the exception as reason, with traceback text that leads to the call."""

    async def calls_badly():
        pyvm.send("no such name", 1)

    reason = await end_of(calls_badly)
    assert type(reason) is ValueError
    assert "no such name" in str(reason)
    assert any("calls_badly" in note for note in reason.__notes__)


async def test_exit_reaches_a_receive_with_timeout():
    """B13: from a process of high priority."""

    async def waits():
        await receive("never", timeout=2.5)

    async def shoots(pid):
        pyvm.exit(pid, ("you", "are", "dead"))

    pid, ref = spawn(waits, monitor=True)
    spawn(shoots, pid, priority="high")
    assert await down(ref) == ("you", "are", "dead")


async def test_first_of_two_exits_counts():
    """B14: a process that spins."""
    for _ in range(50):
        pid, ref = spawn(spinner, monitor=True)
        pyvm.exit(pid, "first")
        pyvm.exit(pid, "second")
        assert await down(ref) == "first"


async def test_link_and_monitor_both_learn_the_reason():
    """B15: the local half."""
    for _ in range(100):
        dying = spawn(until_told)
        linked = spawn(puppet, trap_exit=True)
        watching = spawn(puppet)
        await order(linked, "link", dying)
        ref = await order(watching, "monitor", dying)
        send(dying, ("end", "gone"))
        await gone(dying)
        assert await order(linked, "receive", tuple) == ("EXIT", dying, "gone")
        assert await order(watching, "receive", tuple) == ("DOWN", ref, "process", dying, "gone")
        await killed(linked)
        await killed(watching)


async def raises_value_error():
    raise ValueError("bad", 7)


async def raises_key_error():
    return {}["missing"]


async def divides_by_zero():
    return 1 / 0


async def unpacks_badly():
    _one, _two = (1, 2, 3)


async def names_nothing():
    return undefined_name  # noqa: F821


async def asserts():
    assert 1 == 2, "no"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (raises_value_error, ValueError),
        (raises_key_error, KeyError),
        (divides_by_zero, ZeroDivisionError),
        (unpacks_badly, ValueError),
        (names_nothing, NameError),
        (asserts, AssertionError),
    ],
)
async def test_uncaught_exception_is_the_reason(body, kind):
    """B17, U1: the same type and arguments as a caught one, and a trace with function and line."""
    with pytest.raises(kind) as caught:
        await body()
    reason = await end_of(body)
    assert type(reason) is kind
    assert reason.args == caught.value.args
    text = "\n".join(reason.__notes__)
    assert body.__name__ in text
    assert "test_exit.py" in text


async def test_receive_timeout_uncaught_is_the_reason():
    """B17: timeout_value has the name ReceiveTimeout here."""

    async def waits():
        await receive("never", timeout=0)

    assert type(await end_of(waits)) is pyvm.ReceiveTimeout


async def test_exception_is_the_same_by_link_and_by_monitor():
    """B17, U2."""
    pyvm.process_flag("trap_exit", True)
    pid, ref = spawn(raises_value_error, link=True, monitor=True)
    seen = [await take(), await take()]
    exits = [m for m in seen if m[0] == "EXIT"]
    downs = [m for m in seen if m[0] == "DOWN"]
    assert exits[0][1] == pid
    assert downs[0][1] == ref
    for reason in (exits[0][2], downs[0][4]):
        assert type(reason) is ValueError
        assert reason.args == ("bad", 7)


async def test_return_is_normal():
    """API: a coroutine that returns ends `normal`, whatever it returns."""

    async def returns(value):
        return value

    for value in (None, "abnormal", ("EXIT", 1), 0):
        assert await end_of(returns, value) == "normal"


async def test_exit_raises_process_exit_that_no_except_exception_takes():
    """API: exit(reason) is a BaseException."""

    async def careful(parent):
        try:
            pyvm.exit("leaving")
        except Exception:
            send(parent, "wrong")
        finally:
            send(parent, "finally")

    pid, ref = spawn(careful, pyvm.self(), monitor=True)
    assert await take("finally", "wrong") == "finally"
    assert await down(ref) == "leaving"
    await silence()
    assert issubclass(pyvm.ProcessExit, BaseException)
    assert not issubclass(pyvm.ProcessExit, Exception)
    assert not pyvm.is_alive(pid)


async def test_base_exception_does_not_take_the_scheduler_down():
    """U1: SystemExit and KeyboardInterrupt raised in a body end that process only."""

    async def leaves(kind):
        raise {"system": SystemExit(3), "keyboard": KeyboardInterrupt()}[kind]

    for kind in ("system", "keyboard"):
        assert await end_of(leaves, kind) not in ("normal", "noproc")
    assert await end_of(fail_with, "still here") == "still here"


async def test_finally_runs_on_exceptions():
    """U3: the half for exceptions."""

    async def fails(parent):
        try:
            raise LookupError("x")
        finally:
            send(parent, "finally")

    assert type(await end_of(fails, pyvm.self())) is LookupError
    assert await take("finally") == "finally"
