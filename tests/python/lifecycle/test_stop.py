# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""stop by several threads, beside threads that spawn and call, under asyncio, interrupted, at the exit."""

import asyncio
import gc
import signal
import subprocess
import sys
import threading
import time
import weakref

import pytest
from process_kit import at_once, idle, patience

import pyvm
from pyvm import receive, send, spawn


def run_threads(*bodies):
    """Runs each body on a thread of its own, and waits for all."""
    threads = [threading.Thread(target=body) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(patience() * 4)
        assert not thread.is_alive()


def test_threads_that_stop_at_the_same_time_all_return():
    """API: each stop returns when the runtime has stopped."""
    started = []

    def stop():
        pyvm.stop()
        started.append(pyvm.system_info()["started"])

    for _ in range(30):
        pyvm.start(schedulers=2)
        for _ in range(20):
            spawn(idle)
        run_threads(stop, stop, stop)
        assert pyvm.processes() == []
    assert started == [False] * 90


def test_threads_that_start_and_stop_at_the_same_time():
    """API: start is refused with a reason, or starts; nothing is torn down under somebody's feet."""
    errors = []

    def start_and_stop():
        for _ in range(100):
            for call in (pyvm.start, pyvm.stop):
                try:
                    call()
                except RuntimeError as error:
                    errors.append(str(error))

    run_threads(*[start_and_stop] * 3)
    pyvm.stop()
    assert all("start" in error or "stop" in error for error in errors)
    assert pyvm.run(at_once) is None


async def echo():
    while True:
        message, alias = await receive((..., pyvm.Ref))
        send(alias, message)


def test_threads_that_spawn_send_and_call_while_the_runtime_stops():
    """API: they get an answer or an error; no process is left behind for the next runtime."""
    over = threading.Event()
    server, errors = [None], set()

    def slow_to_make(numbers):
        for _ in range(50):  # gives the interpreter a chance to run the thread that stops
            pass
        return waits(numbers)

    async def waits(numbers):
        await receive("never", numbers)

    def use():
        while not over.is_set():
            pid = server[0]
            if pid is None:
                continue
            try:
                spawn(slow_to_make, [1, 2, 3])
                send(pid, "m")
                assert pid.call("request", timeout=5) == "request"
            except (RuntimeError, pyvm.ProcessDown) as error:
                errors.add(type(error))
                time.sleep(0.001)

    left_behind = []

    def start_and_stop():
        try:
            for _ in range(25):
                pyvm.start(schedulers=2)
                server[0] = spawn(echo)
                time.sleep(0.005)
                pyvm.stop()
                left_behind.extend(pyvm.processes())
        finally:
            over.set()

    run_threads(start_and_stop, use, use)
    assert left_behind == []
    assert errors <= {RuntimeError, pyvm.ProcessDown}


def test_stop_inside_of_a_running_asyncio_loop():
    """API: start and stop serve asyncio programs; the loop of aio is another one."""
    cancelled = []

    async def inside():
        try:
            await asyncio.sleep(1000)
        except asyncio.CancelledError:
            cancelled.append(threading.current_thread() is not threading.main_thread())
            raise

    async def body():
        await pyvm.aio(inside())

    async def program():
        pyvm.start()
        spawn(body)
        await asyncio.sleep(0.05)
        pyvm.stop()
        pyvm.start()
        pyvm.stop()

    asyncio.run(program())
    assert cancelled == [True]


def test_stop_by_a_process_is_refused_and_changes_nothing():
    """API: offload works on."""

    async def main():
        with pytest.raises(RuntimeError, match="process"):
            pyvm.stop()
        first = pyvm.offload(time.sleep, 0.01)
        with pytest.raises(RuntimeError, match="process"):
            pyvm.stop()
        await first
        return await pyvm.offload(int, "7")

    assert pyvm.run(main) == 7


def test_offload_after_the_pool_was_ended_by_stop():
    """API: a runtime after another has threads again."""

    async def main():
        return await pyvm.offload(int, "7")

    assert [pyvm.run(main) for _ in range(3)] == [7, 7, 7]


def test_main_that_is_ended_before_it_began_ends_run():
    """API: ProcessDown, and no wait for ever."""

    async def holds_the_thread(go):
        go.value.set()
        until = time.monotonic() + 0.5
        while time.monotonic() < until:
            pass

    async def main():
        raise AssertionError("it was not to begin")

    def interfere():
        limit = time.monotonic() + patience()
        while time.monotonic() < limit:
            for pid in pyvm.processes():
                if pid != holder:
                    pyvm.exit(pid, "not today")
                    return

    go = threading.Event()
    pyvm.start()
    holder = spawn(holds_the_thread, pyvm.opaque(go))
    go.wait(patience())
    thread = threading.Thread(target=interfere)
    thread.start()
    try:
        with pytest.raises(pyvm.ProcessDown):
            pyvm._runtime._run_process(main, (), False)
    finally:
        thread.join()
        pyvm.stop()


def test_main_that_is_ended_by_another_raises_its_reason():
    """API: run raises ProcessDown with the reason of the exit signal."""

    async def ends(pid):
        pyvm.exit(pid, ("enough", 1))

    async def main():
        spawn(ends, pyvm.self())
        await receive("never")

    with pytest.raises(pyvm.ProcessDown) as caught:
        pyvm.run(main)
    assert caught.value.reason == ("enough", 1)


def test_objects_that_messages_held_are_let_go():
    """Acceptance 4: nothing leaks, whichever thread drops the message."""

    class Held:
        pass

    def sends(gone):
        held = Held()
        gone.append(weakref.ref(held))
        send(pid, ("never", pyvm.opaque(held)))

    gone = []
    with pyvm.running():
        pid = spawn(idle)
        for _ in range(10):
            sends(gone)
    gc.collect()
    assert [reference() for reference in gone] == [None] * 10


def script(text, *, send_signal=None, timeout=60):
    """Runs a script; with a signal, once it has printed a line."""
    process = subprocess.Popen(
        [sys.executable, "-c", text], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        if send_signal is not None:
            assert process.stdout.readline(), process.communicate(timeout=timeout)[1]
            time.sleep(0.3)
            process.send_signal(send_signal)
        out, err = process.communicate(timeout=timeout)
    finally:
        process.kill()
    return process.returncode, out, err


BLOCKS = """
import pyvm, time
async def blocks():
    time.sleep(1000)
pyvm.start()
pyvm.spawn(blocks)
time.sleep(0.2)
print("up", flush=True)
"""


def test_interpreter_ends_though_a_process_blocks_in_c_code():
    """Issue 2: interpreter exit never hangs; the report names the process and the line."""
    code, _, err = script(BLOCKS)
    assert code == 0, err
    assert "does not give up its thread" in err
    assert "time.sleep(1000)" in err or "in blocks" in err


def test_interrupt_ends_a_stop_that_waits():
    """Issue 2: Ctrl-C works."""
    text = BLOCKS + "try:\n    pyvm.stop()\nexcept KeyboardInterrupt:\n    print('interrupted', flush=True)\n"
    code, out, err = script(text, send_signal=signal.SIGINT)
    assert "interrupted" in out, err
    assert code == 0, err


def test_clean_up_that_does_not_end_is_broken_at_stop():
    """Issue 2: stop ends; finally blocks get time, and not for ever."""
    text = """
import pyvm
async def clings():
    try:
        await pyvm.receive("never")
    finally:
        while True:
            pass
pyvm.start()
pyvm.spawn(clings)
while pyvm.testing.wait_until_idle():
    pass
pyvm.stop()
print("stopped")
"""
    code, out, err = script(text)
    assert (code, out.strip()) == (0, "stopped"), err


@pytest.mark.parametrize("stops", [True, False])
def test_interpreter_ends_while_daemon_threads_wait_for_processes(stops):
    """Issue 2: interpreter exit never hangs, and does not abort, whatever daemon threads wait for."""
    text = f"""
import contextlib, pyvm, threading, time
async def idle():
    await pyvm.receive("never")
pyvm.start()
pid = pyvm.spawn(idle)
def waits(operation):
    while True:
        with contextlib.suppress(BaseException):
            operation()
calls = [lambda: pid.call("x", timeout=None)] * 3 + [lambda: pyvm.process_info(pid)] * 2
for call in calls:
    threading.Thread(target=waits, args=(call,), daemon=True).start()
time.sleep(0.1)
if {stops}:
    pyvm.stop()
"""
    for _ in range(5):
        code, _, err = script(text)
        assert code == 0, err


@pytest.mark.unsanitized  # which need address space without end
def test_start_with_more_threads_than_the_system_gives_leaves_nothing_behind():
    """An error that says what to do, and a runtime that can be started then."""
    text = """
import os, pyvm, resource
async def main():
    return "ran"
before = len(os.listdir("/proc/self/task"))
resource.setrlimit(resource.RLIMIT_AS, (3 << 30, resource.RLIM_INFINITY))
try:
    pyvm.start(schedulers=1000)
except RuntimeError as error:
    assert "fewer schedulers" in str(error)
    assert len(os.listdir("/proc/self/task")) == before
    print(pyvm.run(main, schedulers=2))
"""
    code, out, err = script(text)
    assert (code, out.split()) == (0, ["ran"]), err


def test_start_when_the_interpreter_ends_is_refused():
    """API: threads cannot live any longer."""
    text = """
import atexit
def late():
    try:
        pyvm.start()
    except RuntimeError as error:
        print(error)
atexit.register(late)  # runs after pyvm's own
import pyvm
"""
    code, out, err = script(text)
    assert code == 0, err
    assert "ending" in out
