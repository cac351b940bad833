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

from pyvm import _core, _loop, _reports, _terms
from pyvm._process import PARAMETERS, process, selection_of_objects
from pyvm._spawn import spawn_options
from pyvm._terms import Pid
from pyvm.errors import ProcessDown, ProcessExit, ReceiveTimeout

_SLOW_SECONDS = 0.25
_random_state: Any = None  # what `random` had before a seeded run


def start(*, schedulers: int | None = None, seed: int | None = None) -> None:
    """Starts the runtime of this OS process.

    Args:
        schedulers: threads for native processes; one per hardware thread this OS process may use.
        seed: one thread, a virtual clock, and choices drawn from the seed: the run replays exactly.
            Python's `random` is seeded with it too, until `stop`.

    Raises:
        RuntimeError: it is started already, or this is a forked child.
        ValueError, TypeError: a wrong number.
    """
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

    Raises:
        RuntimeError: called by a process.
    """
    global _random_state
    if _core.is_started():
        _loop.prepare_stop()
        _core.stop()
        _loop.stop()
        if _random_state is not None:
            random.setstate(_random_state)
            _random_state = None


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

    A plain function runs on the calling thread, outside of any process. An `async def` runs as a
    coroutine process, with the same rights as under `@process`.

    Returns:
        What `main` returns.

    Raises:
        RuntimeError: the runtime is started already.
        ProcessDown: `main` was ended by an exit signal.
        Exception: whatever `main` raises.
    """
    with running(schedulers=schedulers, seed=seed):
        if inspect.iscoroutinefunction(main):
            return _run_process(main, args, seed is not None)
        return main(*args)


def _end_others() -> None:
    """Ends all processes but the caller at this very step, not when another thread comes to it."""
    for pid in _core.processes():
        if pid != _core.self():
            _core.exit_signal(pid, "kill")


def _run_process(
    main: Callable[..., Coroutine[Any, Any, Any]], args: tuple[Any, ...], seeded: bool
) -> Any:
    body = process(main)
    ended = threading.Event()
    outcome: dict[str, Any] = {}

    @functools.wraps(main)
    async def main_process() -> None:
        try:
            outcome["result"] = await body(*args)
        except BaseException as error:
            outcome["error"] = error
            raise
        finally:
            if seeded:
                _end_others()
            ended.set()

    pid = _core.spawn(main_process)
    _reports.do_not_report(pid)
    try:
        ended.wait()
    except KeyboardInterrupt:
        _core.exit_signal(pid, "kill")
        raise
    error = outcome.get("error")
    if isinstance(error, GeneratorExit):
        raise ProcessDown("killed")
    if isinstance(error, ProcessExit):
        if error.reason == "normal":
            return None
        raise ProcessDown(error.reason)
    if error is not None:
        raise error
    return outcome["result"]


def _call(pid: Pid, request: Any, timeout: float | None = 5.0) -> Any:
    if _core.in_process():
        raise RuntimeError("pid.call would block a scheduler; in a process use: await pid.acall(...)")
    return _core.call_from_outside(pid, request, timeout)


async def _acall_outside(pid: Pid, request: Any, timeout: float | None = 5.0) -> Any:
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()

    def settle(method: Callable[[Any], None], value: Any) -> None:
        if not future.done():
            method(value)

    async def caller() -> None:
        try:
            reply = await _core.acall(pid, request, timeout)
        except Exception as error:
            loop.call_soon_threadsafe(settle, future.set_exception, error)
        except BaseException:
            loop.call_soon_threadsafe(settle, future.set_exception, ProcessDown("killed"))
            raise
        else:
            loop.call_soon_threadsafe(settle, future.set_result, reply)

    proxy = _core.spawn(caller)
    try:
        return await future
    except asyncio.CancelledError:
        _core.exit_signal(proxy, "kill")
        raise


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
        "acall_outside": _acall_outside,
    }
)
_terms.install(call=_call, acall=_core.acall)
atexit.register(stop)
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
