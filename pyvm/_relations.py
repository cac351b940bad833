# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What a process does to others and to itself: links, monitors, aliases, names, timers, flags, inspection."""

from __future__ import annotations

import builtins
from collections.abc import Awaitable, Iterable
from typing import Any, Final, Literal, NoReturn, overload

from pyvm import _core
from pyvm._spawn import PRIORITIES, check_name, one_of, whole
from pyvm._terms import Alias, Pid, Ref
from pyvm.errors import ProcessExit

_MONITOR_ALIASES: Final = {None: 0, "explicit": 1, "explicit_unalias": 1, "reply_demonitor": 2, "demonitor": 3}
_ALIASES: Final = {"explicit": 1, "explicit_unalias": 1, "reply": 2}
_MISSING: Final = object()


def link(pid: Pid) -> Literal[True]:
    """Links the caller and `pid`: when one ends abnormally, so does the other, unless it traps exits.

    A link to a process that has ended gives the caller an exit signal with reason "noproc".

    Raises:
        TypeError: not a Pid.
        RuntimeError: outside of a process.

    Source: erlang:link/1.
    """
    _core.link(pid)
    return True


def unlink(pid: Pid) -> Literal[True]:
    """Removes the link; after it no exit by that link is received. Source: erlang:unlink/1."""
    _core.unlink(pid)
    return True


def monitor(target: Pid | str, *, tag: Any = None, alias: str | None = None) -> Ref:
    """Watches a process: one message `("DOWN", ref, "process", pid, reason)` comes when it ends.

    A target that is not there gives reason "noproc". Monitored by name, the message has
    `(name, node())` in place of the pid.

    Args:
        target: a Pid or a registered name.
        tag: what stands in place of "DOWN".
        alias: "explicit", "demonitor" or "reply_demonitor": the reference takes messages too, until
            it is taken back by `unalias`, until the monitor ends, or for one message.

    Raises:
        TypeError: neither Pid nor name.
        RuntimeError: outside of a process.

    Source: erlang:monitor/3.
    """
    return _core.monitor(target, tag, one_of(alias, _MONITOR_ALIASES, "alias"))


def demonitor(ref: Ref, *, flush: bool = False, info: bool = False) -> bool:
    """Ends a monitor of the caller; no DOWN of it is received afterwards.

    Args:
        ref: what `monitor` gave; one of another process has no effect.
        flush: also takes a DOWN that is in the mailbox already.
        info: return whether there was something to end.

    Returns:
        With info, False when the monitor was gone already (then its DOWN is or was in the
        mailbox); otherwise True.

    Raises:
        TypeError: not a Ref.

    Source: erlang:demonitor/2.
    """
    if not isinstance(flush, bool) or not isinstance(info, bool):
        raise TypeError("demonitor: flush and info are True or False")
    found = _core.demonitor(ref, flush)
    return found if info else True


@overload
def exit(reason: Any = ..., /) -> NoReturn: ...
@overload
def exit(pid: Pid, reason: Any, /) -> Literal[True]: ...
def exit(pid_or_reason: Any = "normal", reason: Any = _MISSING, /) -> Literal[True]:
    """`exit(reason)` ends the caller; `exit(pid, reason)` sends `pid` an exit signal.

    Reason "kill" in a signal cannot be trapped; others see "killed". Reason "normal" ends only a
    process that sends it to itself.

    Returns:
        True, from the second form.

    Raises:
        ProcessExit: from the first form; let it pass.
        TypeError: the second form without a Pid, or an unsendable reason.

    Source: erlang:exit/1, erlang:exit/2.
    """
    if reason is _MISSING:
        raise ProcessExit(pid_or_reason)
    if not _core.exit_signal(pid_or_reason, reason):
        raise ProcessExit(reason)
    return True


def alias(mode: str = "explicit", *, priority: bool = False) -> Alias:
    """A reference that messages can be sent to, until `unalias`; with mode "reply" for one message.

    Args:
        mode: "explicit" or "reply".
        priority: what is sent to it with priority goes before ordinary messages.

    Source: erlang:alias/1, EEP 76.
    """
    return _core.alias(one_of(mode, _ALIASES, "mode"), priority)


def unalias(ref: Ref) -> bool:
    """Takes an alias back: what is sent to it is dropped. True when it was active."""
    return _core.unalias(ref)


def register(name: str, pid: Pid | None = None) -> Literal[True]:
    """Gives a process (the caller) a name. It loses it at its end, before anyone hears of that.

    Raises:
        ValueError: the name is taken, the process has one, or it has ended.
        TypeError: not a str, or not a Pid.

    Source: erlang:register/2.
    """
    _core.register(check_name(name), pid)
    return True


def unregister(name: str) -> Literal[True]:
    """Takes a name back. ValueError when nobody has it."""
    _core.unregister(check_name(name))
    return True


def whereis(name: str) -> Pid | None:
    """The process of that name, or None."""
    return _core.whereis(check_name(name))


def registered() -> list[str]:
    """All names in use."""
    return sorted(_core.registered())


def put(key: Any, value: Any) -> Any:
    """Stores in the caller's process dictionary; gives the old value or None."""
    return _core.put(key, value)


def get(key: Any = _MISSING, default: Any = None) -> Any:
    """A value of the caller's process dictionary; without a key, a dict of all."""
    return _core.get_all() if key is _MISSING else _core.get(key, default)


def erase(key: Any = _MISSING) -> Any:
    """Takes a key out of the process dictionary and gives its value; without a key, all."""
    if key is not _MISSING:
        return _core.erase(key)
    everything = _core.get_all()
    for one in everything:
        _core.erase(one)
    return everything


def _checked(destination: Pid | str) -> Pid | str:
    return check_name(destination) if isinstance(destination, str) else destination


def send_after(seconds: float, destination: Pid | str, message: Any) -> Ref:
    """Sends `message` after that time. A name is looked up then, and the message dropped when nobody has it.

    Returns:
        A reference for `cancel_timer` and `read_timer`.

    Raises:
        ValueError: seconds below 0 or above 4294967.295.
        TypeError: no number, no destination, or an unsendable message.
        RuntimeError: outside of processes, when the runtime is not started or the limit of
            processes is reached.

    Source: erlang:send_after/3.
    """
    return _core.start_timer(seconds, _checked(destination), message, False)


def start_timer(seconds: float, destination: Pid | str, message: Any) -> Ref:
    """As `send_after`, but what arrives is `("timeout", ref, message)`."""
    return _core.start_timer(seconds, _checked(destination), message, True)


def cancel_timer(ref: Ref) -> float | Literal[False]:
    """Stops a timer: the seconds it had left, or False when it has fired, was cancelled, or is none."""
    left: float | Literal[False] = _core.cancel_timer(ref)
    return left


def read_timer(ref: Ref) -> float | Literal[False]:
    """The seconds a timer has left, or False."""
    left: float | Literal[False] = _core.read_timer(ref)
    return left


def process_flag(flag: str, value: Any) -> Any:
    """Changes a flag of the caller and gives its old value.

    Args:
        flag: "trap_exit" (bool), "priority" (as for spawn), "max_heap" (bytes or None), "max_mailbox".
        value: the new value.

    Raises:
        ValueError: an unknown flag or a wrong value.
        TypeError: a value of the wrong type.

    Source: erlang:process_flag/2.
    """
    if flag == "trap_exit":
        if not isinstance(value, bool):
            raise TypeError(f"trap_exit must be True or False, not {value!r}")
        return _core.process_flag(flag, value)
    if flag == "priority":
        old = _core.process_flag(flag, one_of(value, PRIORITIES, "priority"))
        return list(PRIORITIES)[old]
    if flag in ("max_heap", "max_mailbox"):
        return _core.process_flag(flag, whole(value, flag, 2**48 if flag == "max_heap" else 2**31)) or None
    raise ValueError(f"unknown flag {flag!r}: trap_exit, priority, max_heap or max_mailbox")


def suspend(pid: Pid) -> Literal[True]:
    """Stops a process until as many `resume`; signals still reach it. Source: erlang:suspend_process/1."""
    _core.suspend(pid)
    return True


def resume(pid: Pid) -> Literal[True]:
    """Undoes one `suspend`."""
    _core.resume(pid)
    return True


def is_alive(pid: Pid) -> bool:
    """Whether the process has not ended. Of another process it may have changed by the time you look."""
    return _core.is_alive(pid)


def processes() -> list[Pid]:
    """All processes that are alive."""
    return _core.processes()


def _selected(info: dict[str, Any] | None, item: str | Iterable[str] | None) -> Any:
    if info is None or item is None:
        return info
    if isinstance(item, str):
        return _item(info, item)
    return {one: _item(info, one) for one in item}


def _item(info: dict[str, Any], item: str) -> Any:
    if item not in info:
        raise ValueError(f"unknown item {item!r}: one of {', '.join(sorted(info))}")
    return info[item]


def process_info(pid: Pid, item: str | Iterable[str] | None = None) -> Any:
    """What a process says of itself: a dict of all items, one item's value, or a dict of some.

    Returns:
        None when the process has ended.

    Raises:
        ValueError: an unknown item.
        RuntimeError: in a coroutine process about another one: use `await ainfo(pid)`.

    Source: erlang:process_info/2.
    """
    if _core.in_process():
        if pid == _core.self():
            return _selected(_core.own_info(), item)
        if not isinstance(pid, Pid):
            raise TypeError(f"process_info: pid must be a Pid, not {type(pid).__name__}")
        raise RuntimeError("process_info of another process waits for it; use: await pyvm.ainfo(pid, item)")
    if _core.on_scheduler():
        raise RuntimeError(
            "process_info waits for the process, here on the thread of the coroutine processes; "
            "ask from a process: await pyvm.ainfo(pid, item)"
        )
    info = _core.Info(pid)
    while not info.done():
        info.wait(0.05)
    return _selected(info.result(), item)


async def ainfo(pid: Pid, item: str | Iterable[str] | None = None) -> Any:
    """`process_info` from a coroutine process: the caller's earlier signals to `pid` are handled first."""
    if pid == _core.self():
        return _selected(_core.own_info(), item)
    info = _core.Info(pid)
    while not info.done():
        await _core.make_park()
    return _selected(info.result(), item)


async def is_alive_after_signals(pid: Pid) -> bool:
    """Whether the process is alive once it has handled all signals the caller sent it before."""
    return await ainfo(pid, "status") is not None


def sleep(seconds: float) -> Awaitable[None]:
    """Waits for that time; messages that come meanwhile stay in the mailbox."""
    return _core.make_sleep(seconds)


def yield_now() -> Awaitable[None]:
    """Lets every other process that is ready run first. Source: erlang:yield/0."""
    return _core.make_yield()


def label(text: str) -> None:
    """A text that stands for the caller in `process_info` and reports. Source: proc_lib:set_label/1."""
    if not isinstance(text, builtins.str):
        raise TypeError(f"label: a str, not {type(text).__name__}")
    _core.set_label(text.encode("utf-8", "backslashreplace").decode())
