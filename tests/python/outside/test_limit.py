# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What threads that are no processes meet when there are many: the limit, and places used again."""

import subprocess
import sys

import pytest
from process_kit import idle

import pyvm
from pyvm import _core, cancel_timer, send_after, spawn


@pytest.fixture
def pid():
    with pyvm.running(schedulers=2):
        limit = pyvm.system_info()["process_limit"]
        yield spawn(idle)
        _core.set_process_limit(limit)


def spawn_for_ever():
    while True:  # what was in use before may be used again
        spawn(idle)


def test_a_timer_says_that_there_is_no_process_to_start_it(pid):
    """A thread that is no process starts a timer by one; without one there must be no reference to nothing."""
    _core.set_process_limit(1)
    with pytest.raises(RuntimeError, match="system_limit"):
        spawn_for_ever()
    with pytest.raises(RuntimeError, match="system_limit"):
        send_after(60.0, pid, "late")
    _core.set_process_limit(2**20)
    assert cancel_timer(send_after(60.0, pid, "late")) > 0


LONG_SLICE = """
import time
import pyvm

async def blocks(seconds):
    time.sleep(seconds)

async def gone():
    pass

def index(pid):
    return int(repr(pid).split(".")[1])

with pyvm.running(schedulers=2):
    dead = pyvm.spawn(gone)
    while pyvm.is_alive(dead):
        time.sleep(0.001)
    pyvm.spawn(blocks, 1.5)
    end = time.monotonic() + 1.0
    calls = 0
    while time.monotonic() < end:
        try:
            dead.call("a process of its own")
        except pyvm.ProcessDown:
            calls += 1
    print(calls, index(pyvm.spawn(gone)))
"""


def test_a_process_that_blocks_does_not_keep_the_places_of_others():
    """Without that, each of the calls' processes needs memory that was never used before."""
    done = subprocess.run(
        [sys.executable, "-c", LONG_SLICE], capture_output=True, text=True, timeout=60, check=True
    )
    calls, index = map(int, done.stdout.split())
    assert calls > 500
    assert index < calls
