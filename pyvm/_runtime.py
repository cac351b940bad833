# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Start, stop and run; calls from outside of processes."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import functools
import inspect
import os
import random
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from pyvm import _code, _core, _loop, _python, _reports, _terms
from pyvm._process import PARAMETERS, process, selection_of_objects
from pyvm._spawn import spawn_options
from pyvm._terms import Pid
from pyvm.errors import ProcessDown, ProcessExit, ReceiveTimeout

_SLOW_SECONDS = 0.25
_EXIT_SECONDS = 5.0  # what the end of the interpreter waits for processes that do not give up their thread
_ending = False  # the interpreter
_random_state: Any = None  # what `random` had before a seeded run


def start(*, schedulers: int | None = None, seed: int | None = None) -> None:
    """Starts the runtime of this OS process.

    Args:
        schedulers: threads for native processes; one per hardware thread this OS process may use.
        seed: one thread, a virtual clock, and choices drawn from the seed: the run replays exactly.
            Python's `random` is seeded with it too, until `stop`.

    Raises:
        RuntimeError: it is started already, this is a forked child, or the interpreter is ending.
        ValueError, TypeError: a wrong number.
    """
    if _ending:
        raise RuntimeError("the interpreter is ending: start the runtime before")
    for value, what in ((schedulers, "schedulers"), (seed, "seed")):
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise TypeError(f"{what} must be a whole number or None, not {type(value).__name__}")
    if schedulers is not None and not 1 <= schedulers <= 1024:
        raise ValueError(f"schedulers must be between 1 and 1024, not {schedulers}")
    if seed is not None and not 0 <= seed < 2**64:
        raise ValueError("seed must be between 0 and 2**64 - 1")
    global _random_state
    _core.start(schedulers or 0, seed, _SLOW_SECONDS)
    if seed is not None:
        _random_state = random.getstate()
        random.seed(seed)


def stop() -> None:
    """Ends every process with reason "killed", then the runtime. Nothing happens when it is not started.

    Several threads may call it; each returns when the runtime has stopped. Interrupted, it raises
    KeyboardInterrupt, and the runtime goes on stopping: another `stop` waits for that.

    Raises:
        RuntimeError: called by a process.
    """
    _stop(None)


def _stop(limit: float | None) -> bool:
    global _random_state
    if not _core.is_started():
        return True
    if _core.on_scheduler():
        raise RuntimeError("stop() is not for processes: it would wait for its caller to end")
    _loop.end_pool()
    if not _core.stop(limit):
        return False
    _loop.end_pool()  # what a process began meanwhile
    _reports.forget()
    state, _random_state = _random_state, None  # at once: several threads may be here
    if state is not None:
        random.setstate(state)
    return True


def _at_exit() -> None:
    """The interpreter ends: a process that blocks in C code must not keep it alive for ever."""
    global _ending
    _ending = True
    _core.end_waits()  # of daemon threads
    try:
        if not _stop(_EXIT_SECONDS):
            _reports.report_left_behind(_core.running_process(), _EXIT_SECONDS)
    finally:
        _core.abandon()


@contextlib.contextmanager
def running(*, schedulers: int | None = None, seed: int | None = None) -> Iterator[None]:
    """`with running(): ...`: the runtime, for the time of a block."""
    start(schedulers=schedulers, seed=seed)
    try:
        yield
    finally:
        stop()


def run(main: Callable[..., Any], /, *args: Any, schedulers: int | None = None, seed: int | None = None) -> Any:
    """Starts the runtime, runs `main(*args)` on it, and stops it.

    A plain function runs on the calling thread, outside of any process; a `def` under `@process` is
    a compiled process here too. An `async def` runs as a coroutine process, with the same rights as
    under `@process`.

    Returns:
        What `main` returns.

    Raises:
        RuntimeError: the runtime is started already.
        ProcessDown: `main` was ended by an exit signal, with its reason.
        Exception: whatever `main` raises.
    """
    with running(schedulers=schedulers, seed=seed):
        if _code.is_compiled(main):
            return _run_process(_waiting_for(main), args, seed is not None)
        if inspect.iscoroutinefunction(main):
            return _run_process(main, args, seed is not None)
        return main(*args)


class _AtEnd:
    """Calls a function when it goes: a coroutine that is ended before it began has no `finally`."""

    def __init__(self, call: Callable[[], object]) -> None:
        self._call = call

    def __del__(self) -> None:
        self._call()


def _end_others() -> None:
    """Ends all processes but the caller at this very step, not when another thread comes to it."""
    for pid in _core.processes():
        if pid != _core.self():
            _core.exit_signal(pid, "kill")


def _waiting_for(main: Callable[..., Any]) -> Callable[..., Coroutine[Any, Any, Any]]:
    """A coroutine body that runs a compiled one beside itself and gives what that returns."""

    async def waiting(*args: Any) -> Any:
        _core.process_flag("trap_exit", True)
        pid, ref = _core.spawn_checked((*spawn_options(link=True, monitor=True), True), main, *args)
        _reports.do_not_report(pid)
        first, value, *down = await _core.receive((ref, ...), ("DOWN", ref, "process", pid, ...))
        if first == ref:
            return value
        reason = down[-1]
        raise reason if isinstance(reason, Exception) else ProcessDown(reason)

    waiting.__qualname__ = main.__qualname__
    return waiting


def _run_process(
    main: Callable[..., Coroutine[Any, Any, Any]], args: tuple[Any, ...], seeded: bool
) -> Any:
    ended = threading.Event()
    outcome: dict[str, Any] = {}

    def set_ended() -> None:
        if not _core.is_forked():  # there nobody waits, and the lock may be held for ever
            ended.set()

    pid = _core.spawn(_main_process(main, args, seeded, outcome, set_ended))
    try:
        ended.wait()
    except KeyboardInterrupt:
        _core.exit_signal(pid, "kill")
        raise
    if "result" in outcome:
        return outcome["result"]
    error = outcome.get("error")
    if error is None or isinstance(error, GeneratorExit):
        reason = outcome.get("reason")
        raise ProcessDown("killed" if reason is None else reason)
    if isinstance(error, ProcessExit):
        if error.reason == "normal":
            return None
        raise ProcessDown(error.reason)
    raise error


def _main_process(
    main: Callable[..., Coroutine[Any, Any, Any]],
    args: tuple[Any, ...],
    seeded: bool,
    outcome: dict[str, Any],
    set_ended: Callable[[], None],
) -> Callable[[], Coroutine[Any, Any, None]]:
    """The body of the process that runs `main`; `set_ended` is called in any case when it has ended."""
    body = process(main)

    @functools.wraps(main)
    async def main_process(at_end: _AtEnd = _AtEnd(set_ended)) -> None:  # noqa: B008
        _reports.do_not_report(_core.self())
        try:
            outcome["result"] = await body(*args)
        except BaseException as error:
            outcome["error"] = error
            outcome["reason"] = _core.exit_reason()
            raise
        finally:
            if seeded:
                _end_others()
            set_ended()

    return main_process


def _call(pid: Pid, request: Any, timeout: float | None = 5.0) -> Any:
    if _core.in_process():
        raise RuntimeError("pid.call would block a scheduler; in a process use: await pid.acall(...)")
    return _core.call_from_outside(pid, request, timeout)


async def _acall_outside(pid: Pid, request: Any, timeout: float | None = 5.0) -> Any:
    future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    proxy = _core.spawn(_caller(future, pid, request, timeout))
    try:
        return await future
    except asyncio.CancelledError:
        _core.exit_signal(proxy, "kill")
        raise


def _caller(
    future: asyncio.Future[Any], pid: Pid, request: Any, timeout: float | None
) -> Callable[[], Coroutine[Any, Any, None]]:
    """The body of a process that calls for an asyncio program; `future` is settled in any case."""

    def settle(method: Callable[[Any], None], value: Any) -> None:
        if not future.done():
            method(value)

    def tell(method: Callable[[Any], None], value: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            future.get_loop().call_soon_threadsafe(settle, method, value)

    def ended() -> None:
        if not future.done():
            tell(future.set_exception, ProcessDown("killed"))

    async def caller(at_end: _AtEnd = _AtEnd(ended)) -> None:  # noqa: B008
        try:
            reply = await _core.acall(pid, request, timeout)
        except Exception as error:
            tell(future.set_exception, error)
        else:
            tell(future.set_result, reply)

    return caller


_core.install(
    {
        "receive_timeout": ReceiveTimeout,
        "process_exit": ProcessExit,
        "process_down": ProcessDown,
        "crash_report": _reports.report_crash,
        "slow_report": _reports.report_slow,
        "selection_of_objects": selection_of_objects,
        "parameters": PARAMETERS,
        "spawn_options": spawn_options,
        "load_function": _code.load,
        "python_server": _python.serve,
        "acall_outside": _acall_outside,
    }
)
_terms.install(call=_call, acall=_core.acall)
atexit.register(_at_exit)
os.register_at_fork(after_in_child=_core.after_fork_in_child)


def system_info() -> dict[str, Any]:
    """Schedulers, how many are online, processes alive and their limit, and what each scheduler did."""
    return _core.system_info()


def set_schedulers_online(count: int) -> int:
    """How many native schedulers take work; the others only serve their timers. Gives the old number.

    Raises:
        ValueError: not between 1 and the number of schedulers.
    """
    return _core.set_schedulers_online(count)


def node() -> str:
    """The name of this node; it is not distributed in this version. Source: erlang:node/0."""
    return "nonode@nohost"
