# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Steps of the library that the machine does: here is what they mean."""

from __future__ import annotations

import inspect
from types import FunctionType
from typing import Any


def type_name(value: object, /) -> str:
    """The name of its type, for texts of errors."""
    return type(value).__name__


def holds_method(value: object, name: str, /) -> bool:
    """Whether a value or what it holds is of a class of the program with a method of that name."""
    waiting: list[Any] = [value]
    seen: list[Any] = []
    while waiting:
        one = waiting.pop()
        if any(one is other for other in seen):
            continue
        seen.append(one)
        method = inspect.unwrap(getattr(type(one), name, None))  # type: ignore[arg-type]
        is_function = isinstance(method, FunctionType) and method.__module__ != "enum"
        if is_function and method.__code__.co_filename != "<string>":  # which dataclasses write
            return True
        if isinstance(one, dict):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list | tuple | set | frozenset):
            waiting += one
        else:
            waiting += [getattr(one, field) for field in getattr(one, "__dataclass_fields__", ())]
    return False


def sort_by(keys: list[Any], items: list[Any], reverse: object, /) -> list[Any]:
    """The items in the order of their keys, by `<`; equal ones stay in order, also if `reverse`."""
    places = sorted(range(len(keys)), key=keys.__getitem__, reverse=bool(reverse))
    return [items[place] for place in places]
