# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Plain `def` bodies: what the compiler must know of the machine, and the machine of what it made."""

from __future__ import annotations

import dataclasses
import enum
import types
from typing import Any, Final, TextIO

from pyvm import _core
from pyvm._terms import TIMEOUT, opaque
from pyvm.compiler import compiled

_MARK: Final = "__pyvm_code__"
_OPCODES: Final = _core.opcodes()
_BUILTINS: Final = _core.builtins()


def declare(function: types.FunctionType) -> None:
    """Makes a plain function a process body: checked here, compiled when its first process is spawned.

    Raises:
        CompileError: what cannot be compiled, as far as the text tells.
    """
    compiled.check(function, receive=_core.receive)
    setattr(function, _MARK, None)


def is_compiled(function: object) -> bool:
    """Whether `declare` took it."""
    return isinstance(function, types.FunctionType) and _MARK in vars(function)


def load(function: types.FunctionType) -> Any:
    """Compiles a declared function and all that it reaches; gives its code, also for later spawns.

    Raises:
        CompileError: what cannot be compiled.
        TypeError: a plain function that is not under `@process`.
    """
    if not is_compiled(function):
        raise TypeError(f"spawn: {function!r} is not a process: put @pyvm.process above its def")
    code = _core.load_code(_encoded(_image(function)))
    setattr(function, _MARK, code)
    return code


def explain(function: types.FunctionType, *, file: TextIO | None = None) -> None:
    """Prints the instructions of a plain function and of all that it reaches beside the source.

    Args:
        function: with or without `@process`.
        file: where to, as for `print`; standard output if it is None.

    Raises:
        CompileError: what cannot be compiled.
    """
    text = compiled.explain(
        function,
        opcodes=_OPCODES,
        builtins=_BUILTINS,
        receive=_core.receive,
        timeout=TIMEOUT,
        is_process=is_compiled,
    )
    print(text, file=file)


def _image(function: types.FunctionType) -> compiled.Image:
    return compiled.compile_image(
        function,
        opcodes=_OPCODES,
        builtins=_BUILTINS,
        receive=_core.receive,
        timeout=TIMEOUT,
        is_process=is_compiled,
    )


def _encoded(image: compiled.Image) -> tuple[Any, ...]:
    """The image with each constant as the loader wants it: its kind first."""
    *head, functions, programs, classes = image
    known = compiled.Builtins.of(_BUILTINS)
    encoded = tuple(_encoded_function(one, known) for one in functions)
    return (*head, encoded, programs, tuple(_encoded_members(one, known) for one in classes))


def _encoded_members(entry: tuple[Any, ...], known: compiled.Builtins) -> tuple[Any, ...]:
    """What an image says of a class: the class and the constants among its members encoded."""
    kind, bases, flags, constructor, members = entry
    encoded = tuple(
        (name, what, _encoded_constant(value, known) if what == compiled.CONSTANT else value)
        for name, what, value in members
    )
    return (_encoded_class(kind), bases, flags, constructor, encoded)


def _encoded_function(function: tuple[Any, ...], known: compiled.Builtins) -> tuple[Any, ...]:
    fields = list(function)
    for place in (4, 8):  # defaults and constants
        if isinstance(fields[place], tuple):  # not a number of defaults that are computed
            fields[place] = tuple(_encoded_constant(one, known) for one in fields[place])
    return tuple(fields)


def _encoded_constant(value: Any, known: compiled.Builtins) -> tuple[Any, ...]:
    if value is compiled.NO_DEFAULT:
        return ("no default", None)
    name = None if isinstance(value, type) else known.name(value)
    if name is not None:
        return ("builtin", name)
    if isinstance(value, compiled.PythonCallable):
        return ("value", opaque(value.function))
    if value is NotImplemented:  # a value that is only compared with
        return ("class", "builtins", "NotImplemented")
    if isinstance(value, compiled.FunctionConstant):
        return ("function", value.number)
    if isinstance(value, compiled.ContainerConstant):
        return ("container", value.kind, tuple(_encoded_constant(part, known) for part in value.parts))
    if isinstance(value, type):
        return _encoded_class(value)
    if isinstance(value, tuple) and any(isinstance(part, type) for part in value):
        return ("tuple", tuple(_encoded_constant(part, known) for part in value))
    return ("value", value)


def _encoded_class(kind: type) -> tuple[Any, ...]:
    name = (kind.__module__, kind.__qualname__)
    if isinstance(kind, enum.EnumMeta):
        return ("enum", *name, compiled.enum_values(kind))
    if dataclasses.is_dataclass(kind):
        return ("record", *name, *_fields(kind))
    if issubclass(kind, BaseException) and kind.__module__ != "builtins":
        bases = tuple(f"{base.__module__}.{base.__qualname__}" for base in kind.__mro__[1:-1])
        return ("exception", *name, bases)
    if compiled.is_abstract(kind):
        return ("abstract", *name, compiled.builtin_instances(kind))
    return ("class", *name)


def _fields(kind: Any) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    """The names of the fields of a record class, and the defaults of the last ones."""
    fields = dataclasses.fields(kind)
    defaults = () if compiled.has_constructor(kind) else compiled.plain_defaults(kind).values()
    return tuple(one.name for one in fields), tuple(defaults)
