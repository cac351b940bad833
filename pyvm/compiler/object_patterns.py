# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Python objects as patterns, for `await receive(("add", int), ...)` outside of `match`.

Promise: what has no plain meaning as a pattern is a `TypeError` that names its place.
"""

from __future__ import annotations

import types
from typing import Any

from pyvm.compiler import terms
from pyvm.compiler.patterns import ANYTHING, Pattern


def pattern_of_object(
    pattern: object, *, timeout: object = None, anything: object = ...
) -> Pattern:
    """Turns an object into the data of `pyvm.compiler.patterns`, without slots.

    A class means its instances, a union any of its classes; a tuple or a list a sequence of
    that length, element by element; a dict those keys at least; `...` anything; None, True and
    False themselves; any other value what is equal to it.

    Args:
        pattern: the pattern.
        timeout: the TIMEOUT object, which stands for itself.
        anything: an object that means what `...` means.

    Returns:
        The pattern as data.

    Raises:
        TypeError: for a set, a function, or a class that no message is an instance of; it
            names the place, as in `pattern[1]['k']`.

    Example:
        >>> pattern_of_object(("add", int))
        ('seq', [('=', 'add'), ('type', 'int', None)], None, [])
    """
    return _Converter(timeout, anything).convert(pattern, "pattern")


class _Converter:
    def __init__(self, timeout: object, anything: object) -> None:
        self._timeout = timeout
        self._anything = anything

    def convert(self, value: object, place: str) -> Pattern:
        if value is ... or value is self._anything or value is object:
            return ANYTHING
        if value is None or value is True or value is False:
            return ("is", value)
        if value is self._timeout:
            return ("timeout",)
        if isinstance(value, type):
            return self._class(value, place)
        if isinstance(value, types.UnionType):
            return ("or", [self._member(kind, place) for kind in value.__args__])
        if type(value) in (tuple, list):
            return self._sequence(value, place)
        if type(value) is dict:
            return self._mapping(value, place)
        _refuse_what_is_no_value(value, place)
        return terms.enum_pattern(value) or ("=", value)

    def _member(self, kind: object, place: str) -> Pattern:
        return ("is", None) if kind is type(None) else self.convert(kind, place)

    def _class(self, kind: type, place: str) -> Pattern:
        name = terms.term_type(kind)
        if name is not None:
            return ("type", name, None)
        records: list[Pattern] = [
            ("record", known.__module__, known.__qualname__, [])
            for known in (kind, *terms.subclasses(kind))
            if terms.is_record(known)
        ]
        if not terms.is_record(kind):
            raise TypeError(f"{place}: no message is a {kind.__qualname__}; {_CLASSES}")
        return records[0] if len(records) == 1 else ("or", records)

    def _sequence(self, value: Any, place: str) -> Pattern:
        parts = [self.convert(part, f"{place}[{index}]") for index, part in enumerate(value)]
        return ("seq", parts, None, [])

    def _mapping(self, value: Any, place: str) -> Pattern:
        pairs = [(key, self.convert(part, f"{place}[{key!r}]")) for key, part in value.items()]
        return ("map", pairs, None)


_CLASSES = "use int, str or another class of terms, or a frozen dataclass of a module"


def _refuse_what_is_no_value(value: object, place: str) -> None:
    if isinstance(value, set | frozenset):
        raise TypeError(f"{place}: a set is no pattern; match `set` and look inside afterwards")
    if callable(value) and terms.term_type(type(value)) is None:
        name = getattr(value, "__name__", type(value).__name__)
        raise TypeError(
            f"{place}: the callable {name} is no pattern; use a guard in `match await receive()`"
        )
