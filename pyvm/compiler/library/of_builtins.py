# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Stand-ins for built-in functions that call functions of the program."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from pyvm.compiler.library.absent import ABSENT
from pyvm.compiler.library.natives import sort_by, type_name

_Key = Callable[[Any], Any]


def map(
    function: Callable[..., Any], iterable: Iterable[Any], /, *more: Iterable[Any]
) -> Iterator[Any]:
    """map(); all calls are made at once."""
    if not more:
        return iter([function(item) for item in iterable])
    columns = [iter(one) for one in (iterable, *more)]
    return iter([function(*row) for row in zip(*columns)])


def filter(function: _Key | None, iterable: Iterable[Any], /) -> Iterator[Any]:
    """filter(); all calls are made at once."""
    if function is None:
        return iter([item for item in iterable if item])
    return iter([item for item in iterable if function(item)])


def sorted(
    iterable: Iterable[Any], /, *, key: _Key | None = None, reverse: bool = False
) -> list[Any]:
    """sorted()."""
    if key is None:
        return builtins.sorted(iterable, reverse=reverse)
    items = list(iterable)
    return sort_by([key(item) for item in items], items, reverse)


def sort_list(items: list[Any], /, *, key: _Key | None = None, reverse: bool = False) -> None:
    """list.sort(): as in CPython the list is empty while keys are computed."""
    taken = items[:]
    items.clear()
    ordered = taken
    try:
        keys = taken if key is None else [key(item) for item in taken]
        ordered = sort_by(keys, taken, reverse)
    finally:
        is_changed = len(items) > 0
        items[:] = ordered
    if is_changed:
        raise ValueError("list modified during sort")


def dict_from_keys(iterable: Iterable[Any], value: Any = None, /) -> dict[Any, Any]:
    """dict.fromkeys()."""
    made = {}
    for key in iterable:
        made[key] = value
    return made


def method_of(kind: type, name: str) -> Callable[..., Any]:
    """A method of a built-in class, to be called with the object first."""

    def call(*given: Any, **named: Any) -> Any:
        if not given:
            raise TypeError(f"unbound method {kind.__name__}.{name}() needs an argument")
        if not isinstance(given[0], kind):
            raise TypeError(
                f"descriptor '{name}' for '{kind.__name__}' objects doesn't apply to a"
                f" '{type_name(given[0])}' object"
            )
        return getattr(given[0], name)(*given[1:], **named)

    return call


def min(*values: Any, key: _Key | None = None, default: Any = ABSENT) -> Any:
    """min()."""
    if key is None:
        if default is ABSENT:
            return builtins.min(*values)
        return builtins.min(*values, default=default)
    _check("min", values, default)
    items = iter(values if len(values) > 1 else values[0])
    best = next(items, ABSENT)
    if best is ABSENT:
        return _default("min", default)
    least = key(best)
    for item in items:
        at = key(item)
        if at < least:
            best, least = item, at
    return best


def max(*values: Any, key: _Key | None = None, default: Any = ABSENT) -> Any:
    """max()."""
    if key is None:
        if default is ABSENT:
            return builtins.max(*values)
        return builtins.max(*values, default=default)
    _check("max", values, default)
    items = iter(values if len(values) > 1 else values[0])
    best = next(items, ABSENT)
    if best is ABSENT:
        return _default("max", default)
    greatest = key(best)
    for item in items:
        at = key(item)
        if at > greatest:
            best, greatest = item, at
    return best


def _check(name: str, values: tuple[Any, ...], default: Any) -> None:
    if not values:
        raise TypeError(f"{name} expected at least 1 argument, got 0")
    if len(values) > 1 and default is not ABSENT:
        raise TypeError(f"Cannot specify a default for {name}() with multiple positional arguments")


def _default(name: str, default: Any) -> Any:
    if default is ABSENT:
        raise ValueError(f"{name}() arg is an empty sequence")
    return default
