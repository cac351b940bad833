# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Stand-ins for functions of functools."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from pyvm.compiler.library.absent import ABSENT


def reduce(
    function: Callable[[Any, Any], Any], iterable: Iterable[Any], initial: Any = ABSENT, /
) -> Any:
    """functools.reduce()."""
    try:
        items = iter(iterable)
    except TypeError:
        raise TypeError("reduce() arg 2 must support iteration") from None
    total = next(items, ABSENT) if initial is ABSENT else initial
    if total is ABSENT:
        raise TypeError("reduce() of empty iterable with no initial value")
    for item in items:
        total = function(total, item)
    return total


def partial(function: Callable[..., Any], /, *given: Any, **named: Any) -> Callable[..., Any]:
    """functools.partial: a function, without the attributes of a partial object."""

    def call(*further: Any, **more: Any) -> Any:
        return function(*given, *further, **{**named, **more})

    return call
