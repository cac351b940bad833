# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""For tests of programs that use pyvm: quiet moments, and runs that replay exactly.

A seeded run has one scheduler, a virtual clock and one source of choices, so the same program with
the same seed does the same things in the same order, in this interpreter or a fresh one. Time
stands still while there is something to do, and jumps to the next timer when there is not: a sleep
of an hour takes none. What is not covered: asyncio and `offload`, whose results come when they
come (time stands still until then); threads of your own; sets of strings, unless PYTHONHASHSEED is
fixed; what reads the real clock (ask `virtual_time` instead).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, TypeVar

from pyvm import _core
from pyvm._runtime import run

_T = TypeVar("_T")

_LOOK_FIRST = 0.0002
_LOOK_AT_MOST = 0.005


def wait_until_idle(timeout: float = 5.0) -> None:
    """Waits until no process can run and every scheduler sleeps.

    Processes may still wait for messages, timers, asyncio or offloaded calls.

    Raises:
        TimeoutError: something still ran after `timeout` seconds.
        RuntimeError: called by a process, which would wait for itself; or the runtime is not started.
    """
    if _core.on_scheduler():
        raise RuntimeError(
            "wait_until_idle: a process that waits is running; call it from outside of processes"
        )
    limit = time.monotonic() + timeout
    pause = _LOOK_FIRST
    before = -1
    while True:
        asleep, slices = _core.activity()
        if asleep and slices == before:
            return
        before = slices if asleep else -1
        if time.monotonic() > limit:
            alive = len(_core.processes())
            raise TimeoutError(
                f"not idle after {timeout} s: {alive} processes are alive and some still run"
            )
        time.sleep(pause)
        pause = min(2 * pause, _LOOK_AT_MOST)


def seeded(main: Callable[..., Coroutine[Any, Any, _T]], *args: Any, seed: int) -> _T:
    """Runs `main(*args)` as `pyvm.run(main, *args, seed=seed)` does; what fails says with which seed.

    Raises:
        Exception: whatever `main` raises, with a note that tells how to replay it.
    """
    try:
        result: _T = run(main, *args, seed=seed)
    except Exception as error:
        name = getattr(main, "__qualname__", main)
        error.add_note(f"in a seeded run: pyvm.run({name}, ..., seed={seed}) replays it")
        raise
    return result


def explore(
    main: Callable[..., Coroutine[Any, Any, Any]], *args: Any, seeds: int | Iterable[int] = 100
) -> None:
    """Runs `main(*args)` once for each seed, so in as many orders of events; raises the first failure.

    Args:
        main: an `async def` that asserts what must hold in every order.
        *args: its arguments.
        seeds: how many, from 0; or which.
    """
    for seed in range(seeds) if isinstance(seeds, int) else seeds:
        seeded(main, *args, seed=seed)


def virtual_time() -> float:
    """The time that timers and timeouts go by, in seconds from an arbitrary start; virtual in a seeded run."""
    now: float = _core.monotonic()
    return now
