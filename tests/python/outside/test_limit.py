# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""The limit of processes, met by threads that are none."""

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
