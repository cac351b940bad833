# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Crash reports: one record a crash, whatever the crash was of."""

import logging
import sys
import types
from dataclasses import dataclass

import pytest
from process_kit import end_of, idle, killed, until

import pyvm
from pyvm import send, spawn


@pytest.fixture
def crashes(caplog):
    """The records of the logger of crashes."""
    caplog.set_level(logging.INFO, logger="pyvm.crash")
    return lambda: [record for record in caplog.records if record.name == "pyvm.crash"]


async def fails(reason):
    raise ValueError(reason)


async def test_one_record_a_crash_with_its_facts(crashes):
    """Issue 2: pid, name, initial call, reason, traceback, mailbox length, links."""
    pid, ref = spawn(fails, "why", monitor=True, name="failing")
    send(pid, "unread")
    await pyvm.receive(("DOWN", ref, ..., ..., ...))
    await until(crashes)
    (record,) = crashes()
    assert record.pid == pid
    assert isinstance(record.reason, ValueError)
    assert record.process_info["registered_name"] == "failing"
    assert record.process_info["initial_call"] == "fails"
    assert record.process_info["message_queue_len"] == 1
    text = record.getMessage()
    assert str(pid) in text
    assert "failing" in text
    assert "ValueError: why" in text
    assert 'raise ValueError(reason)' in text


async def test_no_record_of_who_ends_normally_or_is_ended(crashes):
    """As in OTP: an exit signal is no crash of its receiver."""

    async def ends():
        pass

    assert await end_of(ends) == "normal"
    await killed(spawn(idle))
    await pyvm.sleep(0.02)
    assert crashes() == []


@dataclass(frozen=True)
class Unprintable:
    """What fails in reports, not in processes."""

    number: int

    def __repr__(self):
        raise RuntimeError("no repr")


async def exits_with(reason):
    pyvm.exit(reason)


async def test_reason_whose_repr_fails_is_reported(crashes):
    """One record in any case."""
    await end_of(exits_with, Unprintable(1))
    await until(crashes)
    assert "Unprintable" in crashes()[0].getMessage()


async def test_process_that_holds_records_of_a_vanished_class_is_reported(crashes):
    """Its mailbox cannot be shown as objects, so it is shown as text."""
    module = types.ModuleType("vanishing")
    source = "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass Gone:\n    x: int\n"
    sys.modules["vanishing"] = module
    exec(source, module.__dict__)

    async def holds():
        pyvm.put("record", module.Gone(1))
        del sys.modules["vanishing"], module.Gone
        raise ValueError("of interest")

    reason = await end_of(holds)
    assert isinstance(reason, ValueError)
    await until(crashes)
    assert "of interest" in crashes()[0].getMessage()


async def test_reason_with_a_long_traceback(crashes):
    """Bounded: the outermost and the innermost frames."""

    def deep(number):
        if number == 0:
            raise ValueError("at the bottom")
        deep(number - 1)

    async def recurses():
        deep(500)

    reason = await end_of(recurses)
    assert isinstance(reason, ValueError)
    await until(crashes)
    text = crashes()[0].getMessage()
    assert "left out" in text
    assert len(text.splitlines()) < 300


async def test_endless_recursion_is_a_reason():
    """Nothing but that process ends."""

    def recurse():
        recurse()

    async def recurses():
        recurse()

    assert isinstance(await end_of(recurses), RecursionError)
