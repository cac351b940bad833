# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Awaiting what is not pyvm's, in places it was not made for, and letting go of it."""

import asyncio
import contextlib
import contextvars
import decimal
import gc
import threading
import weakref

import pytest
from process_kit import at_once, down, end_of, idle, patience, take

import pyvm
from pyvm import aio, offload, receive, send, spawn


async def test_bare_yield_of_asyncio_is_a_yield():
    """Design: `await asyncio.sleep(0)` lets the others run, as it does in asyncio."""

    async def other(parent):
        send(parent, "other")

    spawn(other, pyvm.self())
    await asyncio.sleep(0)
    assert await receive("other", timeout=0) == "other"


class Foreign:
    """Awaits as another event loop's objects do."""

    def __await__(self):
        yield "for another loop"
        return "resumed"


async def awaits_foreign():
    await Foreign()


async def test_foreign_awaitable_is_refused_where_it_is_awaited():
    """Acceptance 5: the error names the place and the cure."""
    reason = await end_of(awaits_foreign)
    assert isinstance(reason, RuntimeError)
    assert "aio" in str(reason)
    notes = "\n".join(reason.__notes__)
    assert "in awaits_foreign" in notes
    assert "await Foreign()" in notes


async def test_refusal_of_a_foreign_awaitable_can_be_handled():
    """An exception like others: the process goes on."""

    async def handles(parent):
        try:
            await Foreign()
        except RuntimeError:
            send(parent, "handled")
        await receive("go")
        send(parent, "went")

    async def returns():
        try:
            await Foreign()
        except RuntimeError:
            return

    pid = spawn(handles, pyvm.self())
    assert await take() == "handled"
    send(pid, "go")
    assert await take() == "went"
    assert await end_of(returns) == "normal"


async def test_process_that_insists_on_a_foreign_awaitable_ends():
    """No endless loop on the scheduler's thread."""

    async def insists():
        while True:
            with contextlib.suppress(RuntimeError):
                await Foreign()

    reason = await end_of(insists)
    assert isinstance(reason, RuntimeError)


async def test_stop_iteration_of_offloaded_work_is_an_error():
    """PEP 479: it must not look like a return, in any version of Python."""
    with pytest.raises(RuntimeError, match="StopIteration") as caught:
        await offload(next, iter([]))
    assert isinstance(caught.value.__cause__, StopIteration)


async def test_pending_of_another_process_is_refused():
    """It would never be woken: the result goes to the process that made it."""
    shared = {}

    async def borrows():
        await shared["pending"]

    shared["pending"] = aio(asyncio.sleep(0.01, "mine"))
    reason = await end_of(borrows)
    assert isinstance(reason, RuntimeError)
    assert "process" in str(reason)
    assert await shared["pending"] == "mine"


@pytest.mark.parametrize("call", [lambda: offload(int), lambda: aio(None)], ids=["offload", "aio"])
def test_aio_and_offload_outside_of_a_process_say_their_name(call):
    """Acceptance 5: the place, and the cure."""
    with pyvm.running(), pytest.raises(RuntimeError, match=r"(aio|offload)\(\) is for processes"):
        call()


async def test_pending_that_nobody_awaits_is_collected():
    """Work that never ends and its result refer to each other; the collector sees both."""

    class Big:
        pass

    async def never(held):
        await asyncio.Event().wait()
        return held

    big = Big()
    gone = weakref.ref(big)
    pending = aio(never(big))
    await pyvm.sleep(0.01)
    pending.close()
    del pending, big
    await pyvm.sleep(0.01)
    gc.collect()
    assert gone() is None


async def test_pattern_that_is_too_deep_is_refused():
    """U6: an error and no overflow of the C stack."""
    deep = 1
    for _ in range(100_000):
        deep = (deep,)
    with pytest.raises(RecursionError):
        await receive(deep, timeout=0)


class Mimic:
    """An iterator that pretends to be a coroutine."""

    cr_frame = 5
    cr_await = property(lambda self: self)

    def __init__(self):
        self.inner = receive("never").__await__()

    def __iter__(self):
        return self

    def __next__(self):
        return next(self.inner)


async def test_stack_of_a_process_that_awaits_anything():
    """process_info shows coroutines; what else is awaited does not confuse it."""

    class Odd:
        def __await__(self):
            return Mimic()

    async def awaits_odd():
        await Odd()

    pid = spawn(awaits_odd)
    await pyvm.yield_now()
    ((name, _, _),) = await pyvm.ainfo(pid, "current_stacktrace")
    assert name.endswith("awaits_odd")


async def test_process_info_on_the_thread_of_the_processes_is_refused_with_the_cure():
    """A wait that could not end: for a process, on the thread that runs it."""
    pid = spawn(idle)

    async def asks():
        return pyvm.process_info(pid)

    with pytest.raises(RuntimeError, match="ainfo"):
        await aio(asks())


async def test_acall_from_an_asyncio_task_of_aio():
    """API: acall works in any asyncio program, the processes' own loop included."""

    async def echo():
        message, alias = await receive((..., pyvm.Ref))
        send(alias, ("back", message))

    async def task(server):
        return await server.acall("request", timeout=patience())

    assert await aio(task(spawn(echo))) == ("back", "request")


async def test_asyncio_timeouts_and_groups_inside_of_aio():
    """API: all of asyncio, in an async def that aio awaits."""

    async def inside():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await asyncio.sleep(1000)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(asyncio.sleep(0, number)) for number in range(3)]
        return [task.result() for task in tasks]

    assert await aio(inside()) == [0, 1, 2]


def test_acall_of_an_asyncio_program_ends_with_the_runtime():
    """API: ProcessDown, also for a call that had not begun."""

    async def program():
        pyvm.start()
        server = spawn(idle)
        calls = [asyncio.ensure_future(server.acall("request", timeout=None)) for _ in range(50)]
        await asyncio.sleep(0)
        threading.Thread(target=pyvm.stop).start()
        results = await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), patience())
        pyvm.stop()
        return results

    results = asyncio.run(program())
    assert {type(result) for result in results} <= {pyvm.ProcessDown, RuntimeError}


def test_acall_of_an_asyncio_program_that_has_ended_leaves_no_noise(capfd):
    """API: a cancelled call ends its process quietly, though the loop is closed by then."""

    async def program(server):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(server.acall("request", timeout=None), 0.05)
        left_behind = asyncio.ensure_future(server.acall("request", timeout=None))
        await asyncio.sleep(0)
        assert not left_behind.done()

    with pyvm.running():
        asyncio.run(program(spawn(idle)))
    assert capfd.readouterr().err == ""


variable = contextvars.ContextVar("variable", default="default")


async def test_context_variables_are_a_process_s_own():
    """Design section 4, isolation: what one sets no other sees, however their steps alternate."""
    me = pyvm.self()

    async def sets(number):
        assert variable.get() == "default"
        token = variable.set(number)
        for _ in range(3):
            await pyvm.yield_now()
            assert variable.get() == number
            variable.set(number)
        variable.reset(token)
        await pyvm.yield_now()
        send(me, variable.get())

    for number in range(20):
        spawn(sets, number)
    variable.set("main's")
    for _ in range(20):
        assert await take() == "default"
    assert variable.get() == "main's"


async def test_context_variables_of_a_killed_process_are_there_in_its_clean_up():
    """And of asyncio's tasks that it starts."""
    me = pyvm.self()

    async def reads():
        return variable.get()

    async def body():
        variable.set("body's")
        send(me, await aio(reads()))
        try:
            await receive("never")
        finally:
            send(me, ("clean-up", variable.get()))

    pid = spawn(body)
    assert await take() == "body's"
    pyvm.exit(pid, "kill")
    assert await take() == ("clean-up", "body's")
    assert await aio(reads()) == "default"


async def test_decimal_context_is_a_process_s_own():
    """What libraries keep in context variables."""

    async def changes(parent):
        decimal.getcontext().prec = 3
        await pyvm.yield_now()
        send(parent, str(decimal.Decimal(1) / 3))

    precision = decimal.getcontext().prec
    spawn(changes, pyvm.self())
    assert await take() == "0.333"
    assert decimal.getcontext().prec == precision


async def test_priority_that_has_no_truth_is_an_error():
    """No result with an exception set."""

    class Odd:
        def __bool__(self):
            raise LookupError("no truth")

    with pytest.raises(LookupError):
        send(pyvm.self(), "m", Odd())
    assert await receive(pyvm.TIMEOUT, ..., timeout=0) is pyvm.TIMEOUT


async def test_coroutine_that_the_user_keeps_outlives_its_process():
    """The collector's lists stay whole."""
    kept = []

    def keeps(function):
        def make():
            kept.append(function())
            return kept[-1]

        return make

    for body in (keeps(at_once), keeps(idle)):
        pid, ref = spawn(body, monitor=True)
        await pyvm.yield_now()
        pyvm.exit(pid, "kill")
        await down(ref)
        gc.collect()
    assert all(gc.is_tracked(coroutine) for coroutine in kept)
    with pytest.raises(RuntimeError, match="reuse"):
        kept[0].send(None)
    del kept[:]
    gc.collect()


async def test_same_coroutine_given_to_two_processes():
    """One of them runs it; the other fails, and nothing breaks."""
    coroutine = idle()

    def same():
        return coroutine

    first, first_ref = spawn(same, monitor=True)
    second, second_ref = spawn(same, monitor=True)
    await pyvm.yield_now()
    for pid, ref in ((first, first_ref), (second, second_ref)):
        pyvm.exit(pid, "kill")
        await down(ref)
    gc.collect()


async def test_async_generator_is_no_body():
    """Acceptance 5: the error names what was given."""

    async def generates():
        yield 1

    with pytest.raises(TypeError, match="async_generator"):
        spawn(generates)


def test_patterns_with_timeout_among_them_are_compiled_once():
    """As those of other values that always mean the same."""
    assert receive(pyvm.TIMEOUT, ("a", int)) is receive(pyvm.TIMEOUT, ("a", int))
