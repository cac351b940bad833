# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What the tests of processes share: waits that end, ends of processes, bodies that obey.

Every wait is for a message, at most `patience()` seconds long, so that what never comes is a
failure and not a hang. The async functions here run inside of a process.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable
from typing import Any

import pyvm
from pyvm import TIMEOUT, Pid, Ref, receive, send, spawn

_patience = 15.0


def patience() -> float:
    """The upper bound, in seconds, of whatever is expected to come soon."""
    return _patience


def set_patience(seconds: float) -> None:
    """For runs on slow builds; conftest calls it."""
    global _patience
    _patience = seconds


async def take(*patterns: Any) -> Any:
    """The oldest message that one of the patterns accepts; any message without patterns."""
    return await receive(*(patterns or (...,)), timeout=_patience)


async def silence(seconds: float = 0.0) -> None:
    """Fails if any message is in the mailbox or comes within `seconds`."""
    message = await receive(TIMEOUT, ..., timeout=seconds)
    assert message is TIMEOUT, f"unexpected message {message!r}"


async def drained() -> list[Any]:
    """Takes all messages that are there."""
    messages = []
    while True:
        message = await receive(TIMEOUT, ..., timeout=0)
        if message is TIMEOUT:
            return messages
        messages.append(message)


async def down(ref: Ref) -> Any:
    """Waits for the DOWN of a monitor and gives its reason."""
    return (await take(("DOWN", ref, "process", ..., ...)))[4]


async def end_of(body: Any, *args: Any, **options: Any) -> Any:
    """Spawns a process and gives the reason it ends with."""
    _, ref = spawn(body, *args, monitor=True, **options)
    return await down(ref)


async def gone(pid: Pid) -> None:
    """Waits until a process has ended."""
    await down(pyvm.monitor(pid))


async def killed(pid: Pid) -> None:
    """Kills a process and waits for its end."""
    ref = pyvm.monitor(pid)
    pyvm.exit(pid, "kill")
    await down(ref)


async def dead_pid() -> Pid:
    """The pid of a process that has ended."""
    pid, ref = spawn(at_once, monitor=True)
    await down(ref)
    return pid


async def until(condition: Callable[[], Any]) -> None:
    """Waits for what no message tells: looks again every millisecond."""
    limit = time.monotonic() + _patience
    while not condition():
        assert time.monotonic() < limit, "the condition did not come about"
        await pyvm.sleep(0.001)


async def at_once() -> None:
    """A body that ends at once."""


async def idle() -> None:
    """A body that leaves all messages where they are."""
    await receive(("process_kit", "never sent"))


async def fail_with(reason: Any) -> None:
    """A body that ends by itself with a reason."""
    pyvm.exit(reason)


async def echo() -> None:
    """A body that sends ("echo", message) back for each (pid, message)."""
    while True:
        who, message = await receive((Pid, ...))
        send(who, ("echo", message))


async def until_told() -> None:
    """A body that ends with reason r when it gets ("end", r)."""
    _, reason = await receive(("end", ...))
    pyvm.exit(reason)


async def puppet() -> None:
    """A body that calls functions of pyvm as it is told by `order`, and takes no other message."""
    while True:
        _, who, ref, name, args, options = await receive(("order", Pid, Ref, str, tuple, dict))
        try:
            result = getattr(pyvm, name)(*args, **options)
            if inspect.isawaitable(result):
                result = await result
        except Exception as error:
            send(who, (ref, "raised", error))
        else:
            send(who, (ref, "returned", result))


async def order(pid: Pid, name: str, *args: Any, **options: Any) -> Any:
    """What `pyvm.<name>(*args, **options)` gives when the puppet `pid` calls it."""
    ref = pyvm.make_ref()
    send(pid, ("order", pyvm.self(), ref, name, args, options))
    _, how, result = await take((ref, str, ...))
    if how == "raised":
        raise result
    return result
