# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""aio and offload: all of Python's libraries from a coroutine process."""

import asyncio
import threading
import time

import pytest
from process_kit import down, echo, end_of, killed, silence, take

import pyvm
from pyvm import aio, offload, receive, send, spawn


async def test_aio_gives_the_result():
    """API: awaitables of asyncio."""
    assert await aio(asyncio.sleep(0.001, "result")) == "result"

    async def compute(a, b):
        await asyncio.sleep(0)
        return a + b

    assert await aio(compute(1, 2)) == 3


async def test_aio_raises_what_the_awaitable_raises():
    """API."""

    async def fails():
        await asyncio.sleep(0)
        raise LookupError("inside")

    with pytest.raises(LookupError, match="inside"):
        await aio(fails())


async def test_aio_result_is_the_object_itself():
    """API: it stays in the process, so nothing is copied."""
    marker = object()

    async def give():
        return marker

    assert await aio(give()) is marker


async def test_only_the_calling_process_waits():
    """API: 100 processes sleep at the same time."""

    async def sleeper(parent):
        await aio(asyncio.sleep(0.1))
        send(parent, "woke")

    start = time.monotonic()
    for _ in range(100):
        spawn(sleeper, pyvm.self())
    server = spawn(echo)
    send(server, (pyvm.self(), "meanwhile"))
    assert await take() == ("echo", "meanwhile")
    for _ in range(100):
        assert await take("woke") == "woke"
    assert 0.1 <= time.monotonic() - start < 5


async def test_messages_wait_while_a_process_awaits_aio():
    """API: they are in the mailbox afterwards, in order."""
    me = pyvm.self()
    for number in range(3):
        pyvm.send_after(0.001 * number, me, number)
    await aio(asyncio.sleep(0.03))
    assert [await receive(int, timeout=5) for _ in range(3)] == [0, 1, 2]


async def test_kill_cancels_the_awaitable():
    """API: the task is cancelled, the process ends as killed."""
    me = pyvm.self()

    async def inside():
        try:
            send(me, "inside")
            await asyncio.sleep(1000)
        except asyncio.CancelledError:
            send(me, "cancelled")
            raise

    async def body():
        await aio(inside())

    pid, ref = spawn(body, monitor=True)
    assert await take("inside") == "inside"
    pyvm.exit(pid, "kill")
    assert await down(ref) == "killed"
    assert await take("cancelled") == "cancelled"


async def test_exit_signal_ends_a_process_in_aio():
    """API: not only kill."""

    async def body():
        await aio(asyncio.sleep(1000))

    pid, ref = spawn(body, monitor=True)
    await pyvm.yield_now()
    pyvm.exit(pid, "enough")
    assert await down(ref) == "enough"


async def test_asyncio_primitives_work_together():
    """API: one loop; an event set by one process wakes another."""
    event = asyncio.Event()

    async def waits(parent):
        await aio(event.wait())
        send(parent, "event")

    spawn(waits, pyvm.self())
    await aio(asyncio.sleep(0.01))
    await silence()

    async def set_it():
        event.set()

    await aio(set_it())
    assert await take("event") == "event"


async def test_asyncio_streams():
    """API: a real server and client of asyncio on this machine."""

    async def handle(reader, writer):
        line = await reader.readline()
        writer.write(line.upper())
        await writer.drain()
        writer.close()

    server = await aio(asyncio.start_server(handle, "127.0.0.1", 0))
    port = server.sockets[0].getsockname()[1]

    async def client(number, parent):
        reader, writer = await aio(asyncio.open_connection("127.0.0.1", port))
        writer.write(f"hello {number}\n".encode())
        await aio(writer.drain())
        send(parent, (number, await aio(reader.readline())))
        writer.close()

    for number in range(10):
        spawn(client, number, pyvm.self())
    answers = dict([await take((int, bytes)) for _ in range(10)])
    assert answers == {number: f"HELLO {number}\n".encode() for number in range(10)}
    server.close()


@pytest.mark.parametrize("what", [None, 1, "text"])
async def test_aio_of_what_is_no_awaitable_is_refused(what):
    """API."""
    with pytest.raises(TypeError):
        await aio(what)


async def test_receive_inside_of_aio_is_refused():
    """API: the event loop's tasks are no processes."""

    async def wrong():
        await receive("m", timeout=0)

    with pytest.raises(RuntimeError, match="process"):
        await aio(wrong())


async def test_offload_runs_on_another_thread():
    """API: with arguments and keywords; the result is the object itself."""
    here = threading.get_ident()

    def work(a, *, b):
        return (threading.get_ident(), a, b)

    there, a, b = await offload(work, 1, b=[2])
    assert there != here
    assert (a, b) == (1, [2])


async def test_offload_raises_what_the_function_raises():
    """API."""

    def fails():
        raise LookupError("inside")

    with pytest.raises(LookupError, match="inside"):
        await offload(fails)


async def test_offload_lets_other_processes_run():
    """API: ten blocking calls beside a server that answers."""

    async def blocks(parent):
        await offload(time.sleep, 0.1)
        send(parent, "unblocked")

    for _ in range(10):
        spawn(blocks, pyvm.self())
    server = spawn(echo)
    send(server, (pyvm.self(), "quick"))
    assert await take() == ("echo", "quick")
    for _ in range(10):
        assert await take("unblocked") == "unblocked"


async def test_kill_does_not_wait_for_offloaded_work():
    """API: the thread's result goes nowhere."""
    release = threading.Event()

    async def body():
        await offload(release.wait, 10)

    pid, ref = spawn(body, monitor=True)
    await pyvm.yield_now()
    start = time.monotonic()
    pyvm.exit(pid, "kill")
    assert await down(ref) == "killed"
    assert time.monotonic() - start < 5
    release.set()


async def test_offloaded_function_can_send():
    """API: as an outside caller."""
    me = pyvm.self()
    await offload(send, me, "from a thread")
    assert await take() == "from a thread"


async def test_offload_of_what_is_no_function_is_refused():
    """API."""
    with pytest.raises(TypeError):
        await offload(5)


async def test_context_managers_and_generators_of_python_work():
    """Design section 2: all of Python in a coroutine process."""

    async def numbers():
        for number in range(3):
            await pyvm.yield_now()
            yield number

    async def body(parent):
        collected = [number async for number in numbers()]
        send(parent, collected)

    assert await end_of(body, pyvm.self()) == "normal"
    assert await take(list) == [0, 1, 2]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_clean_up_of_a_killed_coroutine_runs_and_cannot_keep_it_alive():
    """U3: in coroutine bodies `finally` runs, as Python closes the coroutine."""

    async def body(parent):
        try:
            send(parent, "up")
            await receive("never")
        finally:
            send(parent, "cleaned")
            await pyvm.sleep(1000)

    pid, ref = spawn(body, pyvm.self(), monitor=True)
    await take("up")
    pyvm.exit(pid, "kill")
    assert await down(ref) == "killed"
    assert await take("cleaned") == "cleaned"
    assert not pyvm.is_alive(pid)


async def test_many_offloads_and_aios_mixed():
    """API: 200 processes of each; all finish."""

    async def both(number, parent):
        first = await offload(lambda: number)
        second = await aio(asyncio.sleep(0, number))
        send(parent, first + second)

    for number in range(200):
        spawn(both, number, pyvm.self())
    assert sum([await take(int) for _ in range(200)]) == 2 * sum(range(200))
    other = spawn(echo)
    await killed(other)
