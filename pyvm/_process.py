# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""`@process` and `receive`: where the compiler's patterns meet the native mailbox."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable
from typing import Any, Final, TypeVar

from pyvm import _code, _core
from pyvm._terms import TIMEOUT
from pyvm.compiler import pattern_of_object, rewrite
from pyvm.compiler.patterns import Pattern
from pyvm.compiler.selection import CaseMeta

_F = TypeVar("_F", bound=Callable[..., Any])

receive = _core.receive


def process(function: _F) -> _F:
    """Makes a function the body of processes: `spawn` takes it.

    An `async def` stays a Python coroutine; its `match await receive()` is selective. A `def` is compiled,
    with every function of its module that it reaches, and runs on all schedulers without the GIL.

    Returns:
        The function; an `async def` is rewritten.

    Raises:
        CompileError: for what cannot be compiled, or a receive that cannot be selective as written.
        TypeError: for what is no function.
    """
    inner = _innermost(function)
    if isinstance(inner, types.FunctionType) and not inspect.iscoroutinefunction(inner):
        if id(inner) != id(function):  # something wraps it
            raise TypeError("@process stands directly above a plain def; methods are not compiled")
        _code.declare(inner)
        return function
    rewritten = rewrite(function, make_selection=_make_selection, receive=receive, timeout=TIMEOUT)
    if not isinstance(_innermost(rewritten), types.FunctionType):
        raise TypeError(f"@process is for functions, not {type(function).__name__}")
    return rewritten


def _innermost(function: object) -> object:
    while True:
        if isinstance(function, staticmethod | classmethod | types.MethodType):
            function = function.__func__
        elif isinstance(function, functools.partial):
            function = function.func
        elif hasattr(function, "__wrapped__"):
            function = function.__wrapped__
        else:
            return function


def _make_selection(patterns: tuple[Pattern, ...], cases: tuple[CaseMeta, ...]) -> _core.Selection:
    return _core.make_selection(patterns, tuple(case.confirm for case in cases))


class _Parameter:
    """Stands in a pattern for a value that is given with each receive: a reference."""

    def __init__(self, index: int) -> None:
        self.index = index


PARAMETERS: Final = tuple(map(_Parameter, range(8)))
_CACHED_VALUES: Final = (str, int, float, bytes, bool, types.NoneType, types.EllipsisType)
_selections: Final[dict[Any, _core.Selection]] = {}
_MOST_SELECTIONS: Final = 4096


def selection_of_objects(patterns: tuple[Any, ...]) -> _core.Selection:
    """The compiled form of `receive(pattern, ...)`, cached where equal patterns mean the same."""
    key = _cache_key(patterns)
    if key is None:
        return _selection_of(patterns)
    selection = _selections.get(key)
    if selection is None:
        if len(_selections) >= _MOST_SELECTIONS:
            _selections.clear()
        selection = _selections[key] = _selection_of(patterns)
    return selection


def _cache_key(pattern: Any) -> Any:
    """What tells patterns apart, 1 from True too; None where it cannot be said: user classes, dicts."""
    kind = type(pattern)
    if kind is tuple:
        parts = tuple(map(_cache_key, pattern))
        return None if None in parts else (tuple, *parts)
    if kind in _CACHED_VALUES:
        return (kind, pattern)
    if kind is _Parameter or pattern is TIMEOUT or (kind is type and pattern.__module__ == "builtins"):
        return pattern
    return None


def _selection_of(patterns: tuple[Any, ...]) -> _core.Selection:
    native = tuple(_with_parameters(pattern_of_object(one, timeout=TIMEOUT)) for one in patterns)
    return _core.make_selection(native, (False,) * len(native), True)


def _with_parameters(pattern: Any) -> Any:
    """The data of a pattern, its comparisons with a `_Parameter` become parameters."""
    if isinstance(pattern, list):
        return [_with_parameters(part) for part in pattern]
    if not isinstance(pattern, tuple):
        return pattern
    if len(pattern) == 2 and isinstance(pattern[1], _Parameter):
        return ("param", pattern[1].index)
    if pattern[:1] == ("=",):
        return pattern
    return tuple(_with_parameters(part) for part in pattern)
