# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""`python`: any Python callable, called for a process on the python scheduler."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast, overload

from pyvm import _core
from pyvm._terms import Alias, Opaque, opaque

_T = TypeVar("_T")


@overload
async def python(function: Callable[..., Awaitable[_T]], /, *args: Any) -> _T: ...
@overload
async def python(function: Callable[..., _T], /, *args: Any) -> _T: ...
async def python(function: Callable[..., Any], /, *args: Any) -> Any:
    """Calls any Python function on the thread of the coroutine processes; only the caller waits.

    In a compiled body this is a plain call, `pyvm.python(json.dumps, data)`; in a coroutine process
    it is awaited. The function runs in a process of its own: it sees copies of its arguments, and
    what it gives is copied. What an `async def` gives is awaited there, so it may use all that
    coroutine processes may, `pyvm.aio` and `pyvm.offload` too; a plain function holds up the others
    on that thread until it returns.

    When the caller is killed meanwhile, the other process is killed too.

    Returns:
        What the function returns.

    Raises:
        TypeError: an argument or the result that cannot be sent.
        ProcessDown: somebody ended the process that ran the function.
        BaseException: whatever the function raises, as a copy; what its arguments hold and cannot be
            sent is there as text.

    Example:
        `page = pyvm.python(fetch, "https://example.org")`
    """
    pid = _core.spawn(serve)
    try:
        kind, value = await pid.acall((opaque(function), args), timeout=None)
    except GeneratorExit:
        _core.exit_signal(pid, "kill")
        raise
    if kind == "error":
        raise value
    return value


async def serve() -> None:
    """The process behind `python`: takes (function, arguments), gives ("ok", result) or ("error", error)."""
    function, args, who = cast(tuple[Any, tuple[Any, ...], Alias], await _core.receive(...))
    if isinstance(function, Opaque):
        function = function.value
    try:
        result = function(*args)
        if inspect.isawaitable(result):
            result = await result
    except GeneratorExit:
        raise
    except BaseException as error:
        _reply_error(who, error)
        return
    try:
        _core.send(who, ("ok", result))
    except TypeError as error:
        _reply_error(who, TypeError(str(error).replace("message[1]", "the result", 1)))


def _reply_error(who: Alias, error: BaseException) -> None:
    kind = type(error)
    if kind.__module__ != "builtins":  # so that a compiled `except` of a base finds it
        _core.declare_exception(_full_name(kind), tuple(map(_full_name, kind.__mro__[1:-1])))
    _core.send(who, ("error", error))


def _full_name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"
