# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""How the tests here run: `async def` tests as the main process of a runtime of their own.

A hang ends as a failure: waits are bounded by `process_kit.patience()`, each test by a timeout,
and a test that even a signal cannot end takes the run down with a traceback of every thread.
pyvm is imported late here: tests of what is pure Python run where the native module is not built.
"""

from __future__ import annotations

import contextlib
import faulthandler
import inspect
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
os.environ["PYTHONSAFEPATH"] = "1"  # programs that tests start find the installed pyvm, not the checkout's
# Also where the run was started with interrupts ignored, which programs that tests start would inherit.
signal.signal(signal.SIGINT, signal.default_int_handler)
if "ASAN_OPTIONS" in os.environ:
    # Leaks are counted in this process, which runs nearly everything. The scan of programs that
    # tests start, and end in every way, now and then failed itself ("Tracer caught signal 11").
    os.environ["ASAN_OPTIONS"] += ":detect_leaks=0"
if "TSAN_OPTIONS" in os.environ:
    # Programs that end while a thread of theirs is blocked for good are among what is tested.
    os.environ["TSAN_OPTIONS"] += ":report_thread_leaks=0"

_SECONDS_A_TEST = 40.0


def pytest_configure(config: pytest.Config) -> None:
    asked = config.getoption("timeout", None)
    if asked:
        import process_kit

        process_kit.set_patience(float(asked) / 4)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("timeout", None):
        return
    for item in items:
        if item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(_SECONDS_A_TEST))


def _stop_runtime() -> None:
    pyvm = sys.modules.get("pyvm")
    if hasattr(pyvm, "stop"):
        with contextlib.suppress(RuntimeError):
            pyvm.stop()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    function = pyfuncitem.function
    if not inspect.iscoroutinefunction(function):
        return None
    import pyvm

    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    body: Any = pyvm.process(function)

    async def main() -> None:
        await body(**arguments)

    pyvm.run(main)
    return True


@pytest.fixture(autouse=True)
def watchdog(request: pytest.FixtureRequest) -> Iterator[None]:
    """Ends a run that hangs, and the runtime that a failed test left behind."""
    seconds = float(request.config.getoption("timeout", None) or _SECONDS_A_TEST) * 2
    faulthandler.dump_traceback_later(seconds, exit=True, file=sys.__stderr__)
    yield
    _stop_runtime()
    faulthandler.cancel_dump_traceback_later()
