# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Asyncio and blocking calls inside of coroutine processes.

One event loop serves all processes of the python scheduler, on its own thread: the scheduler
steps it between processes and sleeps in it. It is made at the first `aio`; uvloop's if that is
installed. Blocking calls run on one bounded pool of threads.
The loop is closed on that thread too, when the last process has ended.
Design: docs/design/python-crossing.md.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

from pyvm import _core

_T = TypeVar("_T")
_P = ParamSpec("_P")

_CLOSE_SECONDS = 2.0
_POOL_THREADS = min(32, (os.cpu_count() or 1) + 4)


class _Driver:
    """The event loop, as the scheduler drives it."""

    def __init__(self) -> None:
        self.loop = _new_loop()
        self._wake_fd = _core.wake_fd()
        self.loop.add_reader(self._wake_fd, self._woken)

    def _woken(self) -> None:
        os.read(self._wake_fd, 8)
        self.loop.stop()

    def step(self, timeout: float | None) -> None:
        """Runs what is due; waits for at most `timeout` seconds, or until there is work."""
        handle = None
        if timeout == 0.0:
            self.loop.call_soon(self.loop.stop)
        elif timeout is not None:
            handle = self.loop.call_later(timeout, self.loop.stop)
        self.loop.run_forever()
        if handle is not None:
            handle.cancel()

    def close(self) -> None:
        """Cancels what still runs, and waits a little for it to let go of what it holds."""
        global _driver
        _driver = None
        self.loop.remove_reader(self._wake_fd)
        try:
            tasks = asyncio.all_tasks(self.loop)
            for task in tasks:
                task.cancel()
            if tasks:
                self.loop.run_until_complete(asyncio.wait(tasks, timeout=_CLOSE_SECONDS))
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        finally:
            self.loop.close()


def _new_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop


_driver: _Driver | None = None
_pool: concurrent.futures.ThreadPoolExecutor | None = None


def _started_driver() -> _Driver:
    global _driver
    if _driver is None:
        _driver = _Driver()
        _core.set_loop(_driver.step, _driver.close)
    return _driver


def aio(awaitable: Awaitable[_T]) -> Awaitable[_T]:
    """Awaits any asyncio awaitable from a coroutine process; only the process waits.

    When the process is killed meanwhile, the asyncio task is cancelled.

    Raises:
        RuntimeError: outside of a coroutine process.

    Example:
        `body = await pyvm.aio(session.get(url))`
    """
    pending = _core.make_pending("aio()")
    task = asyncio.ensure_future(awaitable, loop=_started_driver().loop)

    def completed(done: asyncio.Future[_T]) -> None:
        if done.cancelled():
            pending.set_error(asyncio.CancelledError())
            return
        error = done.exception()
        if error is not None:
            pending.set_error(error)
        else:
            pending.set_result(done.result())

    task.add_done_callback(completed)
    pending.on_close(task.cancel)
    return pending


def offload(function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> Awaitable[_T]:
    """Runs a blocking function on a thread; only the process waits.

    At most `min(32, processors + 4)` run at once, further ones queue. When the process is killed
    meanwhile, a function that has not begun is not begun; one that runs goes on, unheard.

    Raises:
        RuntimeError: outside of a coroutine process.
    """
    global _pool
    pending = _core.make_pending("offload()")
    if _pool is None:
        _pool = concurrent.futures.ThreadPoolExecutor(_POOL_THREADS, thread_name_prefix="pyvm-offload")
    future = _pool.submit(function, *args, **kwargs)

    def completed(done: concurrent.futures.Future[_T]) -> None:
        if done.cancelled():
            return
        error = done.exception()
        if error is not None:
            pending.set_error(error)
        else:
            pending.set_result(done.result())

    pending.on_close(future.cancel)
    future.add_done_callback(completed)
    return pending


def end_pool() -> None:
    """What waits for a thread is not begun any more; what runs goes on, unheard."""
    global _pool
    pool, _pool = _pool, None
    if pool is not None:
        pool.shutdown(wait=False, cancel_futures=True)
