# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""run, start and stop: results, errors, again and again, signals and forks."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from process_kit import at_once, echo, idle, patience

import pyvm
from pyvm import receive, send, spawn


def test_run_gives_what_an_async_main_returns():
    """API: as a coroutine process."""

    async def main(a, b):
        assert pyvm.self() in pyvm.processes()
        return {"sum": a + b}

    assert pyvm.run(main, 1, 2) == {"sum": 3}


def test_run_gives_what_a_plain_main_returns():
    """API: on the calling thread, as an outside caller; the result is the object itself."""
    marker = object()

    def main(value):
        assert threading.current_thread() is threading.main_thread()
        with pytest.raises(RuntimeError):
            pyvm.self()
        return value

    assert pyvm.run(main, marker) is marker


def test_run_takes_a_decorated_main():
    """API: @process."""
    assert pyvm.run(decorated_main, 5) == 6


@pyvm.process
async def decorated_main(number):
    send(pyvm.self(), ("n", number))
    match await receive(timeout=5):
        case ("n", n):
            return n + 1


@pytest.mark.parametrize("kind", ["async", "plain"])
def test_run_raises_what_main_raises(kind):
    """API."""

    async def async_main():
        raise LookupError("from main", 7)

    def plain_main():
        raise LookupError("from main", 7)

    with pytest.raises(LookupError, match="from main") as caught:
        pyvm.run(async_main if kind == "async" else plain_main)
    assert caught.value.args == ("from main", 7)
    assert pyvm.run(at_once) is None


def test_main_that_is_killed_raises():
    """API: an exit that is no return and no exception of main's still ends run, with its reason."""

    async def main():
        pyvm.exit(pyvm.self(), "kill")
        await receive("never")

    with pytest.raises((RuntimeError, pyvm.ProcessExit, pyvm.ProcessDown)) as caught:
        pyvm.run(main)
    assert "kill" in str(caught.value) + repr(caught.value)


def test_run_ends_all_processes():
    """API: what main leaves behind is ended."""

    async def main():
        for _ in range(100):
            spawn(idle)

        async def spins():
            while True:
                await pyvm.yield_now()

        for _ in range(3):
            spawn(spins)

    pyvm.run(main)
    with pyvm.running():
        assert pyvm.processes() == []


def test_run_twice_and_more():
    """API: 20 times, each a fresh runtime without names and processes of the one before."""
    pids = []

    async def main(number):
        assert pyvm.whereis("main") is None
        pyvm.register("main")
        assert len(pyvm.processes()) == 1
        for pid in pids:
            assert not pyvm.is_alive(pid)
            send(pid, "to an earlier run")
        spawn(idle, name="left behind")
        pids.append(pyvm.self())
        return number

    assert [pyvm.run(main, number) for number in range(20)] == list(range(20))
    assert len(set(pids)) == 20


def test_start_and_stop_many_times():
    """API: for REPLs; threads are gone after each."""
    before = len(os.listdir("/proc/self/task"))
    for _ in range(20):
        pyvm.start(schedulers=2)
        pid = spawn(echo)
        assert pyvm.is_alive(pid)
        pyvm.stop()
    assert len(os.listdir("/proc/self/task")) <= before + 1


def test_running_stops_after_an_exception():
    """API: the context manager."""

    def fails():
        with pyvm.running(schedulers=1):
            spawn(idle)
            raise KeyError("x")

    with pytest.raises(KeyError):
        fails()
    with pyvm.running():
        assert pyvm.processes() == []


def test_run_on_another_thread():
    """API: any thread may be the caller."""
    results = []
    thread = threading.Thread(target=lambda: results.append(pyvm.run(decorated_main, 1)))
    thread.start()
    thread.join(patience())
    assert results == [2]


@pytest.mark.parametrize("schedulers", [1, 2, 3, 8])
def test_number_of_schedulers(schedulers):
    """API: run(schedulers=)."""

    async def main():
        return pyvm.system_info()["schedulers"]

    assert pyvm.run(main, schedulers=schedulers) == schedulers


def test_timers_of_a_run_do_not_fire_in_the_next():
    """API: stop ends timers."""

    async def first():
        pyvm.send_after(0.05, "main", "ghost")
        pyvm.send_after(0.05, pyvm.self(), "ghost")

    async def second():
        pyvm.register("main")
        return await receive(pyvm.TIMEOUT, ..., timeout=0.1)

    pyvm.run(first)
    assert pyvm.run(second) is pyvm.TIMEOUT


def script(text, *, send_signal=None, timeout=30):
    """Runs a script; with a signal, once it has printed a line."""
    process = subprocess.Popen(
        [sys.executable, "-c", text], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        if send_signal is not None:
            first = process.stdout.readline()
            assert first, process.communicate(timeout=timeout)[1]
            time.sleep(0.05)
            process.send_signal(send_signal)
        out, err = process.communicate(timeout=timeout)
    finally:
        process.kill()
    return process.returncode, out, err


@pytest.mark.parametrize("kind", ["async", "plain"])
def test_interrupt_ends_run_with_keyboard_interrupt(kind):
    """API: Ctrl-C, whatever the schedulers do."""
    text = f"""
import time, pyvm
async def spins():
    while True:
        await pyvm.yield_now()
async def async_main():
    pyvm.spawn(spins)
    print("up", flush=True)
    await pyvm.sleep(1000)
def plain_main():
    pyvm.spawn(spins)
    print("up", flush=True)
    time.sleep(1000)
try:
    pyvm.run({kind}_main)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""
    code, out, err = script(text, send_signal=signal.SIGINT)
    assert "interrupted" in out, err
    assert code == 0, err


def test_interpreter_exits_with_a_runtime_left_running():
    """API: no hang at exit, no crash."""
    text = """
import pyvm
async def waits():
    await pyvm.receive("never")
pyvm.start()
for _ in range(100):
    pyvm.spawn(waits)
print("end", flush=True)
"""
    code, _, err = script(text)
    assert code == 0, err


def test_sys_exit_in_main_ends_the_program_with_its_code():
    """API: the exception of main is raised again."""
    code, _, err = script("import pyvm, sys\ndef main(): sys.exit(3)\npyvm.run(main)")
    assert code == 3, err
    code, _, err = script("import pyvm, sys\nasync def main(): sys.exit(3)\npyvm.run(main)")
    assert code == 3, err


def test_uncaught_exception_of_main_is_printed_with_its_place():
    """API: the traceback names the line in main."""
    text = "import pyvm\nasync def main():\n    raise ValueError('of main')\npyvm.run(main)"
    code, _, err = script(text)
    assert code == 1
    assert "ValueError: of main" in err
    assert "main" in err


def test_forked_child_is_refused_with_the_cure_and_the_parent_runs_on():
    """API: no runtime in a forked child."""
    text = """
import os, pyvm
async def main():
    pid = pyvm.spawn(child)
    return "ran"
async def child():
    pass
assert pyvm.run(main) == "ran"
pid = os.fork()
if pid == 0:
    try:
        pyvm.run(main)
    except RuntimeError as error:
        os._exit(0 if "fork" in str(error) and "spawn" in str(error) else 1)
    os._exit(2)
assert os.waitpid(pid, 0)[1] == 0
assert pyvm.run(main) == "ran"
print("good")
"""
    code, out, err = script(text)
    assert (code, out.strip()) == (0, "good"), err


def test_fork_with_a_runtime_harms_neither_side():
    """API: the child has no runtime and may say so; the parent goes on."""
    text = """
import os, pyvm, warnings
warnings.simplefilter("ignore")
async def echo():
    while True:
        who, message = await pyvm.receive((..., ...))
        pyvm.send(message, "back")
async def ended():
    pass
pyvm.start()
server = pyvm.spawn(echo)
pid = os.fork()
if pid == 0:
    try:
        pyvm.spawn(ended)
    except RuntimeError:
        os._exit(0)
    os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
assert server.call("x", timeout=20) == "back"
pyvm.stop()
print("good")
"""
    code, out, err = script(text)
    assert (code, out.strip()) == (0, "good"), err


def test_subprocess_from_a_process():
    """API: fork and exec from a helper thread of a coroutine process."""

    async def main():
        command = [sys.executable, "-c", "print(7)"]
        done = await pyvm.offload(subprocess.run, command, capture_output=True)
        return done.stdout.strip()

    assert pyvm.run(main) == b"7"


@pytest.mark.unsanitized
def test_idle_costs_no_cpu():
    """Design section 6: 1,000 waiting processes for 0.5 s."""

    async def main():
        for _ in range(1000):
            spawn(idle)
        await pyvm.sleep(0.1)
        before = time.process_time()
        await pyvm.sleep(0.5)
        return time.process_time() - before

    assert pyvm.run(main) < 0.1
