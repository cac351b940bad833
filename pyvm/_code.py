# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Plain `def` bodies: what the compiler must know of the machine, and the machine of what it made."""

from __future__ import annotations

import dataclasses
import enum
import logging
import sys
import threading
import types
from collections.abc import Iterable
from typing import Any, Final, TextIO

from pyvm import _core
from pyvm._terms import TIMEOUT, opaque
from pyvm.compiler import compiled
from pyvm.compiler.errors import CompileError

_MARK: Final = "__pyvm_code__"
_OPCODES: Final = _core.opcodes()
_BUILTINS: Final = _core.builtins()
_LOG: Final = logging.getLogger("pyvm")
# Held while names are looked up and what they mean is compiled, so that no module changes meanwhile.
compiling: Final = threading.RLock()
# The classes of all images, by module and qualified name; and what modules were loaded again with.
_met: Final[dict[tuple[str, str], type]] = {}
_published: Final[dict[str, dict[str, types.FunctionType | None]]] = {}


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
    with compiling:
        known = len(_met)
        code = _core.load_code(_encoded(_image(function)))
        if len(_met) > known:
            _publish_again()
    setattr(function, _MARK, code)
    return code


def publish(module: str, functions: dict[str, types.FunctionType | None]) -> None:
    """Makes functions what names of a module mean to code that has them with a dot; None: nothing.

    They are compiled with all classes that code has met, for they may be given objects of any.

    Raises:
        CompileError: what cannot be compiled of all of them; nothing is published then.
    """
    with compiling:
        _core.publish(module, _codes(functions))
        _published[module] = functions


def _publish_again() -> None:
    """What was published may be given objects of the classes that code has met since."""
    for module, functions in _published.items():
        if module not in sys.modules:
            continue
        try:
            _core.publish(module, _codes(functions))
        except CompileError as error:  # its source has changed, for one
            _LOG.warning(
                "%s, which was loaded again, is not told of classes that code has met since, and may"
                " fail at operators of their objects: %s",
                module,
                error,
            )


def _codes(functions: dict[str, types.FunctionType | None]) -> dict[str, Any]:
    classes = [one for one in map(_as_now, [*_met.values()]) if one is not None]
    errors: list[CompileError] = []
    codes: dict[str, Any] = {}
    for name, function in functions.items():
        try:
            image = None if function is None else _image(function, classes)
        except CompileError as error:
            errors.append(error)
        else:
            codes[name] = None if image is None else _core.load_code(_encoded(image))
    if errors:
        raise compiled.combined(errors, errors[0].filename or "")
    return codes


def _as_now(kind: type) -> type | None:
    """The class that has the name of `kind` now; None if none has."""
    found: Any = sys.modules.get(kind.__module__)
    for part in kind.__qualname__.split("."):
        found = getattr(found, part, None)
    return found if isinstance(found, type) else None


def explain(function: types.FunctionType, *, file: TextIO | None = None) -> None:
    """Prints the instructions of a plain function and of all that it reaches beside the source.

    Args:
        function: with or without `@process`.
        file: where to, as for `print`; standard output if it is None.

    Raises:
        CompileError: what cannot be compiled.
    """
    with compiling:
        text = compiled.explain(
            function,
            opcodes=_OPCODES,
            builtins=_BUILTINS,
            receive=_core.receive,
            timeout=TIMEOUT,
            is_process=is_compiled,
        )
    print(text, file=file)


def _image(function: types.FunctionType, classes: Iterable[type] = ()) -> compiled.Image:
    image = compiled.compile_image(
        function,
        classes=classes,
        opcodes=_OPCODES,
        builtins=_BUILTINS,
        receive=_core.receive,
        timeout=TIMEOUT,
        is_process=is_compiled,
    )
    for kind, *_ in image[-1]:
        _met[(kind.__module__, kind.__qualname__)] = kind
    return image


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
    if isinstance(value, compiled.QualifiedName):
        return ("qualified", value.module, value.name, value.places, value.names)
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
