# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""`pyvm.testing.wait_until_idle`."""

from __future__ import annotations

import time

import pytest

import pyvm
from pyvm import receive, send, spawn, testing


async def relay(to):
    while True:
        message = await receive(...)
        send(to, message)


async def collect():
    await receive("never sent")


def test_everything_sent_has_arrived():
    with pyvm.running():
        for _ in range(20):
            sink = spawn(collect)
            to = sink
            for _ in range(50):
                to = spawn(relay, to)
            for number in range(100):
                send(to, number)
            testing.wait_until_idle()
            assert pyvm.process_info(sink, "message_queue_len") == 100


def test_a_pending_timer_is_no_activity():
    async def wait():
        await pyvm.sleep(3600)

    with pyvm.running():
        spawn(wait)
        began = time.monotonic()
        testing.wait_until_idle()
        assert time.monotonic() - began < 5


def test_a_process_that_runs_is():
    async def spins():
        while True:
            await pyvm.yield_now()

    with pyvm.running():
        pid = spawn(spins)
        with pytest.raises(TimeoutError, match=r"not idle after 0\.05 s: 1 processes"):
            testing.wait_until_idle(0.05)
        pyvm.exit(pid, "kill")
        testing.wait_until_idle()
        assert pyvm.processes() == []


async def test_not_for_processes():
    with pytest.raises(RuntimeError, match="outside of processes"):
        testing.wait_until_idle()


def test_not_without_a_runtime():
    with pytest.raises(RuntimeError, match="not started"):
        testing.wait_until_idle()
