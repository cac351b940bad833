# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""`spawn` and its options. Source: erlang:spawn_opt/4 and spawn_request/5."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from pyvm import _core
from pyvm._terms import Ref

PRIORITIES: Final = {"low": 0, "normal": 1, "high": 2, "max": 3}
_ALIASES: Final = {None: 0, "explicit": 1, "explicit_unalias": 1, "reply_demonitor": 2, "demonitor": 3}
_ON_FULL: Final = {"drop": 1, "exit": 2, "suspend": 3}
_REPLIES: Final = ("yes", "no", "error_only", "success_only")


def one_of(value: Any, choices: dict[Any, int], what: str) -> int:
    """The number of a choice; ValueError lists the choices."""
    if (value is None or isinstance(value, str)) and value in choices:
        return choices[value]
    listed = ", ".join(repr(choice) for choice in choices)
    raise ValueError(f"{what} must be one of {listed}, not {value!r}")


def whole(value: Any, what: str, most: int) -> int:
    """A whole number from 1 to `most`, or 0 for None."""
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{what} must be a whole number or None, not {type(value).__name__}")
    if not 1 <= value <= most:
        raise ValueError(f"{what} must be between 1 and {most}, not {value}")
    return value


def check_name(name: Any) -> str:
    """A name that a process can be registered under."""
    if not isinstance(name, str):
        raise TypeError(f"a name must be a str, not {type(name).__name__}")
    text = name.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in name)
    if not name or name == "undefined" or not text:
        raise ValueError(f"{name!r} cannot be a name")
    return name


def spawn_options(
    link: bool = False,
    monitor: bool = False,
    name: str | None = None,
    priority: str = "normal",
    max_heap: int | None = None,
    max_mailbox: int | None = None,
    on_full: str = "drop",
    trap_exit: bool = False,
    alias: str | None = None,
    tag: Any = None,
    **unknown: Any,
) -> tuple[Any, ...]:
    """The options of `spawn`, checked, as the native side takes them."""
    if unknown:
        raise TypeError(
            f"spawn: {next(iter(unknown))!r} is no option; there are link, monitor, name, priority, max_heap, "
            "max_mailbox, on_full, trap_exit, alias and tag, and what the function takes is given by position"
        )
    for flag, what in ((link, "link"), (monitor, "monitor"), (trap_exit, "trap_exit")):
        if not isinstance(flag, bool):
            raise TypeError(f"{what} must be True or False, not {flag!r}")
    if alias is not None and not monitor:
        raise ValueError("alias goes with monitor=True: the monitor's reference is the alias")
    return (
        link,
        monitor,
        one_of(alias, _ALIASES, "alias"),
        tag,
        None if name is None else check_name(name),
        one_of(priority, PRIORITIES, "priority"),
        whole(max_heap, "max_heap", 2**48),
        whole(max_mailbox, "max_mailbox", 2**31),
        one_of(on_full, _ON_FULL, "on_full"),
        trap_exit,
    )


spawn = _core.spawn


def spawn_request(
    function: Callable[..., Any],
    /,
    *args: Any,
    reply_tag: Any = "spawn_reply",
    reply: str = "yes",
    **options: Any,
) -> Ref:
    """Starts a process; the answer comes as a message, `(reply_tag, ref, "ok", pid)`.

    A wrong option gives `(reply_tag, ref, "error", "badopt")`. The answer comes before any signal of
    the new process. With monitor=True the returned reference is the monitor's.

    Args:
        function: as for `spawn`.
        *args: as for `spawn`.
        reply_tag: the first element of the answer.
        reply: "yes", "no", "error_only" or "success_only": which answers are wanted.
        **options: as for `spawn`.

    Raises:
        TypeError: not a function, or an unsendable argument.

    Source: erlang:spawn_request/5.
    """
    if reply not in _REPLIES:
        raise ValueError(f"reply must be one of {', '.join(_REPLIES)}, not {reply!r}")
    if not callable(function) and not isinstance(function, _core.NativeBody):
        raise TypeError(f"spawn_request: {function!r} is no function")
    me = _core.self()
    try:
        checked = spawn_options(**options)
    except (TypeError, ValueError):
        ref = _core.make_ref()
        if reply in ("yes", "error_only"):
            _core.send(me, (reply_tag, ref, "error", "badopt"))
        return ref
    result = _core.spawn_checked(checked, function, *args)
    pid, ref = result if options.get("monitor") else (result, _core.make_ref())
    if reply in ("yes", "success_only"):
        _core.send(me, (reply_tag, ref, "ok", pid))
    return ref


def spawn_request_abandon(ref: Ref) -> bool:
    """Gives up a `spawn_request` that was not answered yet.

    On one node the answer is there when `spawn_request` returns, so there is nothing to give up.

    Returns:
        False: it was answered, or is none of the caller's.

    Raises:
        TypeError: not a `Ref`.
    """
    if not isinstance(ref, Ref):
        raise TypeError(f"spawn_request_abandon: a Ref, not {type(ref).__name__}")
    return False
