# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""The classes that an image has, and which of their members its code may use."""

from __future__ import annotations

import dataclasses
import enum
import inspect
import types
from typing import Any, Protocol

from pyvm.compiler import terms
from pyvm.compiler.compiled import classes, library
from pyvm.compiler.compiled.classes import Member
from pyvm.compiler.compiled.meanings import (
    ContainerConstant,
    FunctionConstant,
    World,
    all_parts,
    reason_not_constant,
)
from pyvm.compiler.errors import CompileError, error_in

ClassImage = tuple[type, tuple[str, ...], int, int, tuple[tuple[str, int, Any], ...]]


class Properties(Protocol):
    """What classes have that changes how other code is compiled."""

    properties: set[str]
    operations: set[str]


class Functions(Protocol):
    """The functions of the image in the making."""

    world: World

    def method_number(self, function: types.FunctionType) -> int:
        """The number of a function, which the image will have."""

    def constant_of(self, value: object) -> object:
        """A constant of the module, its functions as the image has them."""

    def report(self, error: CompileError) -> None:
        """Notes an error."""


class Classes:
    """The classes of one image.

    `used` are the names of attributes in its code: of a class only those members count. With
    `all_used`, all public ones count, as their names are computed.

    Args:
        functions: the image.
        known: told what changes how other code is compiled.
    """

    def __init__(self, functions: Functions, known: Properties) -> None:
        self.used: set[str] = set()
        self.all_used = False
        self.owners: dict[int, type] = {}
        self._functions = functions
        self._known = known
        self._found: dict[type, dict[str, tuple[int, Any]]] = {}
        self._abstract: dict[type, None] = {}
        self._constructors: dict[type, int | None] = {}

    def reach(self, value: object) -> None:
        """Notes the classes in a value that the code has."""
        for part in all_parts(value):
            if isinstance(part, type):
                self._reach_class(part)
            elif isinstance(part, enum.Enum) or _is_record(part):
                self._reach_class(type(part))

    def _reach_class(self, kind: type) -> None:
        if classes.is_abstract(kind):
            self._abstract.setdefault(kind)
            for one in filter(classes.is_known, _subclasses(kind)):
                self._reach_class(one)
            return
        if not classes.is_known(kind) or kind in self._found:
            return
        self._found[kind] = {}
        for base in kind.__mro__:
            for value in vars(base).values():
                if isinstance(value, types.FunctionType):
                    self.owners.setdefault(id(value), base)
        for reason in classes.reasons_refused(kind):
            self._functions.report(self._error(kind, reason))
        self._known.operations |= classes.operations(kind)
        for one in classes.related(kind):
            self._reach_class(one)

    def _error(self, kind: type, message: str) -> CompileError:
        try:
            filename, line = inspect.getsourcefile(kind), inspect.getsourcelines(kind)[1]
        except (OSError, TypeError):
            filename, line = None, 1
        return error_in(filename or kind.__module__, line, None, message)

    def constructor(self, kind: type) -> int | None:
        """The number of the function that makes records of a class; None if fields do."""
        self._reach_class(kind)
        if kind not in self._constructors:
            self._constructors[kind] = None
            if classes.has_constructor(kind):
                function = library.constructor(kind)
                self._constructors[kind] = self._functions.method_number(function)
        return self._constructors[kind]

    def super_member(self, kind: type, name: str) -> Member | None:
        """What `super().name` means in methods of `kind`; None where that depends on the object."""
        found = [
            _behind(one, kind, name) for one in [kind, *_subclasses(kind)] if kind in one.__mro__
        ]
        same = all(one == found[0] for one in found)
        return found[0] if same else None

    def reach_members(self) -> bool:
        """Adds the members that the code names; whether there were new ones."""
        grown = False
        for kind, found in list(self._found.items()):
            used = set(self.used)
            if self.all_used:
                used |= {name for name in classes.member_names(kind) if not name.startswith("_")}
            always = classes.always_used(kind)
            for name in sorted((used | always) - found.keys()):
                member = classes.find_member(kind, name)
                if member is not None:
                    found[name] = self._added(kind, name, member)
                    grown = True
            if kind not in self._constructors:
                grown = self.constructor(kind) is not None or grown
        return grown

    def _added(self, kind: type, name: str, member: Member) -> tuple[int, Any]:
        is_default = classes.is_record(kind) and name in terms.field_names(kind)
        if member.kind == classes.CONSTANT or is_default:  # which may be a function
            return self._constant(kind, name, member.value)
        if not isinstance(member.value, types.FunctionType):
            self._functions.report(
                self._error(kind, f"{kind.__qualname__}.{name} is no plain function: write a def")
            )
            return (classes.CONSTANT, None)
        if member.kind == classes.PROPERTY:
            self._known.properties.add(name)
        try:
            return (member.kind, self._functions.method_number(member.value))
        except CompileError as error:
            self._functions.report(error)
            return (classes.CONSTANT, None)

    def _constant(self, kind: type, name: str, value: object) -> tuple[int, Any]:
        value = self._functions.constant_of(value)
        reason = reason_not_constant(value, self._functions.world)
        if reason is not None:
            message = f"{kind.__qualname__}.{name}, which the code names: {reason}"
            self._functions.report(self._error(kind, message))
            return (classes.CONSTANT, None)
        self.reach(value)
        return (classes.CONSTANT, value)

    def image(self) -> tuple[ClassImage, ...]:
        """What the image says of each class.

        That is: the class, the full names of its bases, its flags, the number of its constructor or
        -1, and (name, kind, number of the function or constant) of each member.
        """
        made = []
        for kind, found in self._found.items():
            number = self._constructors.get(kind)
            members = tuple((name, what, value) for name, (what, value) in found.items())
            bases = classes.bases(kind, iter(self._abstract))
            made.append(
                (kind, bases, classes.flags(kind), -1 if number is None else number, members)
            )
        return tuple(made)


def _is_record(value: object) -> bool:
    is_of_compiler = isinstance(value, FunctionConstant | ContainerConstant)
    return dataclasses.is_dataclass(value) and not is_of_compiler


def _subclasses(kind: Any) -> list[type]:
    direct = type.__subclasses__(kind)
    return [*direct, *(below for child in direct for below in _subclasses(child))]


def _behind(kind: type, defining: type, name: str) -> Member | None:
    """What a name means in the classes behind `defining` in the order of `kind`."""
    order = kind.__mro__
    for base in order[order.index(defining) + 1 :]:
        if name in vars(base):
            return classes.find_member(base, name)
    return None
