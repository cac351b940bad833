# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What a Python object means to the native matcher: a type of terms, a record, an enum member.

Promises: an answer is given only where the native test and Python's own agree on every message,
those whose classes do not exist yet included; otherwise the answer is None.
"""

from __future__ import annotations

import dataclasses
import enum
import sys
from typing import Any, Final

_BUILTIN_TYPES: Final = {
    kind: kind.__name__
    for kind in (int, float, bool, str, bytes, tuple, list, dict, set, frozenset)
}
_NATIVE_TYPES: Final = frozenset({"Atom", "Pid", "Ref", "Alias", "Function"})


def term_type(kind: object) -> str | None:
    """The matcher's name of a class whose instances are terms of one type, as in `case int()`."""
    if not isinstance(kind, type):
        return None
    if kind in _BUILTIN_TYPES:
        return _BUILTIN_TYPES[kind]
    is_native = kind.__name__ in _NATIVE_TYPES and kind.__module__.partition(".")[0] == "pyvm"
    return kind.__name__ if is_native else None


def is_builtin_type(kind: object) -> bool:
    """Whether `case kind(pattern)` gives the subject itself to its one sub-pattern."""
    return isinstance(kind, type) and kind in _BUILTIN_TYPES


def is_record(kind: object) -> bool:
    """Whether instances of `kind` are records: a frozen dataclass found by its module and name."""
    if type(kind) is not type or not isinstance(kind, type):
        return False
    if any(base.__module__ == "builtins" for base in kind.__mro__[:-1]):
        return False  # an exception or a tuple that is a dataclass too
    parameters: Any = vars(kind).get("__dataclass_params__")
    return parameters is not None and parameters.frozen and is_public(kind)


def is_exact_record(kind: object) -> bool:
    """Whether `isinstance(x, kind)` is `type(x) is kind` for good: a final record class."""
    return is_record(kind) and vars(kind).get("__final__") is True and not subclasses(kind)


def subclasses(kind: Any) -> list[type]:
    """All classes derived from `kind` that exist now."""
    direct = type.__subclasses__(kind)
    return [*direct, *(below for child in direct for below in subclasses(child))]


def field_names(kind: Any) -> set[str]:
    """The fields of a record class."""
    return {field.name for field in dataclasses.fields(kind)}


def enum_pattern(member: object) -> tuple[str, str, str, str] | None:
    """The pattern of an enum member that equals nothing but itself."""
    if not isinstance(member, enum.Enum):
        return None
    kind = type(member)
    is_plain = kind.__eq__ is object.__eq__ and is_public(kind)
    return ("enum", kind.__module__, kind.__qualname__, member._name_) if is_plain else None


def is_public(kind: type) -> bool:
    """Whether the module and the name of `kind` lead to it, or will once it is assigned."""
    if "<locals>" in kind.__qualname__:
        return False
    found: object = sys.modules.get(kind.__module__)
    for name in kind.__qualname__.split("."):
        found = getattr(found, name, None) if found is not None else None
    return found is None or found is kind
