# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Images as the loader of the machine takes them: terms, with the kind of each constant before it."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping
from typing import Any

from pyvm._terms import opaque
from pyvm.compiler import compiled


def encoded(image: compiled.Image, builtins: Mapping[str, tuple[int, str]]) -> tuple[Any, ...]:
    """The image with each constant encoded.

    Args:
        image: what `compile_image` made.
        builtins: number and signature of each built-in of the machine by name.
    """
    *head, functions, programs, classes = image
    encoder = _Encoder(compiled.Builtins.of(builtins))
    made = tuple(map(encoder.function, functions))
    return (*head, made, programs, tuple(map(encoder.members, classes)))


class _Encoder:
    """Encodes the parts of one image. What a container holds twice is encoded once."""

    def __init__(self, builtins: compiled.Builtins) -> None:
        self._builtins = builtins
        self._made: dict[int, tuple[object, tuple[Any, ...]]] = {}  # each with what must stay alive
        self._beyond: dict[int, tuple[object, bool]] = {}

    def function(self, function: tuple[Any, ...]) -> tuple[Any, ...]:
        fields = list(function)
        for place in (4, 8):  # defaults and constants
            if isinstance(fields[place], tuple):  # not a number of defaults that are computed
                fields[place] = tuple(map(self.constant, fields[place]))
        return tuple(fields)

    def members(self, entry: tuple[Any, ...]) -> tuple[Any, ...]:
        """What an image says of a class: the class and the constants among its members encoded."""
        kind, bases, flags, constructor, members = entry
        made = tuple(
            (name, what, self.constant(value) if what == compiled.CONSTANT else value)
            for name, what, value in members
        )
        return (self._class(kind), bases, flags, constructor, made)

    def constant(self, value: Any) -> tuple[Any, ...]:
        if type(value) in compiled.ATOMS:
            return ("value", value)
        if id(value) not in self._made:
            self._made[id(value)] = (value, self._constant(value))
        return self._made[id(value)][1]

    def _constant(self, value: Any) -> tuple[Any, ...]:
        if value is compiled.NO_DEFAULT:
            return ("no default", None)
        name = None if isinstance(value, type) else self._builtins.name(value)
        if name is not None:
            return ("builtin", name)
        if isinstance(value, compiled.PythonCallable):
            return ("value", opaque(value.function))
        if value is NotImplemented:  # a value that is only compared with
            return ("class", "builtins", "NotImplemented")
        if isinstance(value, compiled.QualifiedName):
            return ("qualified", value.module, value.name, value.places, value.names)
        if isinstance(value, compiled.FunctionConstant):
            return ("function", value.number)
        if isinstance(value, compiled.ContainerConstant):
            return ("container", value.kind, tuple(map(self.constant, value.parts)))
        if isinstance(value, type):
            return self._class(value)
        if type(value) is range:
            return ("range", value.start, value.stop, value.step)
        if type(value) is slice or self._holds_others(value):
            made = compiled.container_of(value)
            return ("container", made.kind, tuple(map(self.constant, made.parts)))
        return ("value", value)

    def _holds_others(self, value: Any) -> bool:
        """Whether a container holds what no message could have."""
        if id(value) not in self._beyond:
            parts = compiled.container_parts(value)
            self._beyond[id(value)] = (value, any(map(self._is_no_term, parts)))
        return self._beyond[id(value)][1]

    def _is_no_term(self, value: Any) -> bool:
        if type(value) in compiled.ATOMS:
            return False
        if isinstance(value, type | range | slice) or value is NotImplemented:
            return True
        return self._builtins.name(value) is not None or self._holds_others(value)

    def _class(self, kind: type) -> tuple[Any, ...]:
        name = (kind.__module__, kind.__qualname__)
        if isinstance(kind, enum.EnumMeta):
            return ("enum", *name, self.constant(compiled.enum_values(kind)))
        if dataclasses.is_dataclass(kind):
            return ("record", *name, *self._fields(kind))
        if issubclass(kind, BaseException) and kind.__module__ != "builtins":
            bases = tuple(f"{base.__module__}.{base.__qualname__}" for base in kind.__mro__[1:-1])
            return ("exception", *name, bases)
        if compiled.is_abstract(kind):
            return ("abstract", *name, compiled.builtin_instances(kind))
        return ("class", *name)

    def _fields(self, kind: Any) -> tuple[tuple[str, ...], tuple[Any, ...]]:
        """The names of the fields of a record class, and the defaults of the last ones."""
        fields = dataclasses.fields(kind)
        defaults = () if compiled.has_constructor(kind) else compiled.plain_defaults(kind).values()
        return tuple(one.name for one in fields), tuple(map(self.constant, defaults))
