# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Steps of the library that the machine does: here is what they mean."""

from __future__ import annotations

from typing import Any


def type_name(value: object, /) -> str:
    """The name of its type, for texts of errors."""
    return type(value).__name__


def sort_by(keys: list[Any], items: list[Any], reverse: object, /) -> list[Any]:
    """The items in the order of their keys, by `<`; equal ones stay in order, also if `reverse`."""
    places = sorted(range(len(keys)), key=keys.__getitem__, reverse=bool(reverse))
    return [items[place] for place in places]
