# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What the names around a function mean, and which values a compiled body may keep.

A name that is no variable of a compiled function is looked up once, when the image is made: in the
closure, the module and the built-ins. What is found is a constant.
"""

from __future__ import annotations

import ast
import builtins
import dataclasses
import enum
import functools
import inspect
import sys
import time
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pyvm.compiler import library, terms
from pyvm.compiler.compiled.classes import CLASS, CONSTANT, PROPERTY, find_member, is_known
from pyvm.compiler.compiled.python_functions import is_hash
from pyvm.compiler.qualified import is_loaded_again, module_of
from pyvm.compiler.scope import MISSING, mangle

NO_DEFAULT: Final = ...
"""In an image what a parameter has that has no default, between others: no constant is that."""

_PLAIN: Final = (int, float, bool, str, bytes, types.NoneType, range)
_UNKNOWN_CLASSES: Final = (complex, bytearray, memoryview, property, super)
_UNKNOWN_MODULES: Final = ("functools", "itertools", "operator")
# Whose class methods are built-in functions here: int.from_bytes, bytes.fromhex.
_CLASSES_WITH_METHODS: Final = (int, float, str, bytes, dict)
_CONTAINERS: Final = (tuple, list, set, frozenset)
ATOMS: Final = frozenset([int, float, bool, str, bytes, types.NoneType])
"""The types of what holds nothing, and is a constant as it is."""
_NATIVE_MEMBERS: Final = (
    types.BuiltinFunctionType,
    types.ClassMethodDescriptorType,
    types.GetSetDescriptorType,
    types.MethodDescriptorType,
)


@dataclass(frozen=True)
class Signature:
    """The parameters of a built-in, in the order of its arguments."""

    number: int
    positional: tuple[str, ...]  # by place
    positional_only: int
    keyword_only: tuple[str, ...]
    required: frozenset[str]
    has_rest: bool

    @staticmethod
    @functools.cache
    def parse(number: int, text: str) -> Signature:
        """Reads a signature as csrc/vm/context.h has it."""
        made = ast.parse(f"def f({text}): pass").body[0]
        assert isinstance(made, ast.FunctionDef)
        given = made.args
        positional = tuple(one.arg for one in (*given.posonlyargs, *given.args))
        keyword_only = tuple(one.arg for one in given.kwonlyargs)
        required = {*positional[: len(positional) - len(given.defaults)]}
        required.update(
            name
            for name, default in zip(keyword_only, given.kw_defaults, strict=True)
            if default is None
        )
        count = len(given.posonlyargs)
        rest = given.vararg is not None
        return Signature(number, positional, count, keyword_only, frozenset(required), rest)


def _identity(meaning: object) -> object:
    """What tells an object from all others; a method of a class is made anew each time it is named."""
    if isinstance(meaning, types.BuiltinMethodType) and isinstance(meaning.__self__, type):
        return (meaning.__self__, meaning.__name__)
    return id(meaning)


class Builtins:
    """The built-in functions of the machine, found by the Python objects that they stand for.

    Args:
        table: number and signature by name, "len" or "math.sqrt".
    """

    def __init__(self, table: Mapping[str, tuple[int, str]]) -> None:
        self._found: dict[object, tuple[object, str]] = {}
        self._table = table
        for name in table:
            module, _, attribute = name.rpartition(".")
            home = sys.modules.get(module, vars(builtins).get(module)) if module else builtins
            meant = getattr(home, attribute, MISSING)
            if meant is not MISSING:
                self._found[_identity(meant)] = (meant, name)

    @staticmethod
    def of(table: Mapping[str, tuple[int, str]]) -> Builtins:
        """Those of a table, found again while the same modules are loaded; the table does not change."""
        modules = {name.rpartition(".")[0] for name in table}
        key = (id(table), frozenset(modules.intersection(sys.modules)))
        if key not in _known_builtins:
            _known_builtins[key] = Builtins(table)
        return _known_builtins[key]

    def name(self, meaning: object) -> str | None:
        """The name of the built-in that stands for an object."""
        found = self._found.get(_identity(meaning))
        return found[1] if found is not None else None

    def has(self, name: str) -> bool:
        """Whether there is one of that name."""
        return name in self._table

    def signature(self, name: str) -> Signature:
        """How it is called."""
        return Signature.parse(*self._table[name])


_known_builtins: Final[dict[tuple[int, frozenset[str]], Builtins]] = {}


@dataclass(frozen=True)
class PythonCallable:
    """A constant: any Python callable, which only Python calls."""

    function: object


@dataclass(frozen=True)
class World:
    """What the native side and the decorator hand over.

    `opcodes` has name and operand kinds in the order of their numbers. `is_process` tells the
    functions that @pyvm.process has decorated. `note_qualified` is told the module, the name and
    the meaning of each function that is named with a dot.
    """

    opcodes: tuple[tuple[str, str], ...]
    builtins: Builtins
    receive: object
    timeout: object
    is_process: Callable[[object], bool]
    note_qualified: Callable[[str, str, object], None] = lambda *_: None
    numbers: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.numbers.update((name, number) for number, (name, _) in enumerate(self.opcodes))


class Surroundings:
    """The names around one function that stands in no compiled function.

    Args:
        function: it.
        class_name: the class around it, for private names.
    """

    def __init__(self, function: types.FunctionType, class_name: str | None) -> None:
        self._globals = function.__globals__
        self._class_name = class_name
        names = function.__code__.co_freevars
        self._cells = dict(zip(names, function.__closure__ or (), strict=True))

    def mangled(self, name: str) -> str:
        """A name as the class around the function changes it."""
        return mangle(name, self._class_name)

    def name(self, name: str) -> object:
        """The object that a name means, or MISSING."""
        name = self.mangled(name)
        if name in self._cells:
            try:
                return self._cells[name].cell_contents
            except ValueError:
                return MISSING
        return self._globals.get(name, vars(builtins).get(name, MISSING))

    def dotted(self, node: ast.expr, is_variable: Callable[[str], bool]) -> object:
        """The object that a name, or a path through modules and enums, means; or MISSING."""
        if isinstance(node, ast.Name):
            return MISSING if is_variable(node.id) else self.name(node.id)
        if not isinstance(node, ast.Attribute):
            return MISSING
        owner = self.dotted(node.value, is_variable)
        stand_in = library.of_class(owner, node.attr)
        if stand_in is not None:
            return stand_in
        module = module_of(owner)
        if module is not None:
            return getattr(module, self.mangled(node.attr), MISSING)
        if owner in _CLASSES_WITH_METHODS:
            method = getattr(owner, node.attr, MISSING)
            return method if isinstance(method, types.BuiltinMethodType) else MISSING
        if isinstance(owner, enum.EnumMeta):
            return owner.__members__.get(node.attr, MISSING)
        if isinstance(owner, enum.Enum) and node.attr in ("name", "value"):
            return getattr(owner, node.attr)
        if isinstance(owner, type):
            return _of_class(owner, self.mangled(node.attr))
        return MISSING

    def qualified(self, node: ast.expr, is_variable: Callable[[str], bool]) -> QualifiedName | None:
        """What the module table calls a function that is named as one of a module; None for others."""
        if not isinstance(node, ast.Attribute):
            return None
        module = module_of(self.dotted(node.value, is_variable))
        if module is None or not is_loaded_again(module):
            return None
        return QualifiedName(module.__name__, self.mangled(node.attr))


def _of_class(kind: type, name: str) -> object:
    """What `kind.name` means where no code has to run for it; or MISSING."""
    if kind.__module__ == "builtins":
        return MISSING
    member = find_member(kind, name)
    if member is None or member.kind in (CLASS, PROPERTY):
        return MISSING
    return (
        MISSING
        if hasattr(type(member.value), "__get__") and member.kind == CONSTANT
        else member.value
    )


@dataclass(frozen=True)
class QualifiedName:
    """A constant of an image: a function by its module and name, and what a call of it gives.

    `places` are those of the arguments among the parameters that the function has when the image
    is made, in the order of the call; `names` are those of the last arguments.
    """

    module: str
    name: str
    places: tuple[int, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class FunctionConstant:
    """A constant of an image: function `number` of it."""

    number: int


@dataclass(frozen=True, eq=False)
class ContainerConstant:
    """A container with more in it than a message may have.

    `kind` is "record" or the name of its type; `parts` are those of a dict keys and values in turn,
    of a record its class and fields.
    """

    kind: str
    parts: tuple[object, ...]


def container_of(value: Any, change: Callable[[Any], object] = lambda part: part) -> ContainerConstant:
    """The constant for a container; `change` is called with each of its parts."""
    parts = tuple(map(change, container_parts(value)))
    if dataclasses.is_dataclass(value):
        return ContainerConstant("record", (type(value), *parts))
    return ContainerConstant(type(value).__name__, parts)


def container_parts(value: Any) -> list[Any]:
    """What a container holds: of a dict keys and values in turn, of a record its fields.

    Of anything else nothing.
    """
    if type(value) in ATOMS:
        return []
    if type(value) is slice:
        return [value.start, value.stop, value.step]
    if type(value) is dict:
        return [part for pair in value.items() for part in pair]
    if type(value) in _CONTAINERS:
        return list(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type | enum.Enum):
        return [getattr(value, one.name) for one in dataclasses.fields(value)]
    return []


def all_parts(value: object) -> Iterator[Any]:
    """What a constant holds at any depth, itself first; what it holds many times comes once."""
    met: set[int] = set()
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if type(one) in ATOMS:
            yield one
        elif id(one) not in met:
            met.add(id(one))
            yield one
            parts = one.parts if isinstance(one, ContainerConstant) else container_parts(one)
            waiting += reversed(parts)


def holds_functions(value: object, world: World) -> bool:
    """Whether it is a plain function, or a container that holds one or a library's."""
    for part in all_parts(value):
        if isinstance(part, types.FunctionType):
            if not (world.is_process(part) or inspect.iscoroutinefunction(part)):
                return True
        elif part is not value and library.stand_in(part):
            return True
    return False


def is_unbound_method(owner: object, name: str) -> bool:
    """Whether that is a method of a built-in class, asked of the class: str.upper."""
    is_builtin = isinstance(owner, type) and owner.__module__ == "builtins"
    return is_builtin and isinstance(getattr(owner, name, None), types.MethodDescriptorType)


def is_native_member(owner: object, name: str) -> bool:
    """Whether that is a method or attribute of a class, asked of the class, that is written in C."""
    if not isinstance(owner, type) or owner.__module__ == "builtins" or name.startswith("__"):
        return False
    return isinstance(inspect.getattr_static(owner, name, None), _NATIVE_MEMBERS)


def reason_not_made(kind: type, world: World) -> str | None:
    """Why compiled code has no objects of a class, which it calls and no built-in makes; None if it has."""
    if is_known(kind) or issubclass(kind, BaseException) or terms.term_type(kind) is not None:
        return None
    return reason_not_constant(kind, world) or (
        f"compiled code makes no objects of class {kind.__qualname__}: use a frozen dataclass, write"
        " this process as an async def, or make them in a function for pyvm.python(function, ...)"
    )


def reason_not_constant(value: object, world: World) -> str | None:
    """Why a compiled body may not keep `value`; None if it may."""
    return next(filter(None, (_reason_refused(one, world) for one in all_parts(value))), None)


def _reason_refused(value: object, world: World) -> str | None:
    """The same of what holds something, looked at without that."""
    if type(value) in ATOMS:
        return None
    if isinstance(value, type) and dataclasses.is_dataclass(value) and not is_known(value):
        return (
            f"{value.__qualname__} is a dataclass that is not frozen, or stands in a function: write"
            " a dataclass with frozen=True in the module"
        )
    if isinstance(value, type) and issubclass(value, BaseExceptionGroup):
        return f"compiled code has no {value.__qualname__}: raise one exception"
    if isinstance(value, type) and (
        value in _UNKNOWN_CLASSES or value.__module__ in _UNKNOWN_MODULES
    ):
        return (
            f"{value.__name__} is not to be had in compiled code: write a comprehension or a loop"
        )
    if is_hash(value):
        return "a hash cannot be kept: write hashlib.sha256(data).hexdigest(), or .digest()"
    if isinstance(value, FunctionConstant | ContainerConstant):
        return None
    if type(value) in _PLAIN or isinstance(value, type | enum.Enum) or value is world.timeout:
        return None
    if value is NotImplemented:
        return None
    if type(value) in (*_CONTAINERS, dict, slice) or _is_frozen_record(value):
        return None
    module = module_of(value)
    if module is not None:
        return f"module {module.__name__} is no value here: name what you need of it, with a dot"
    if callable(value) and (world.builtins.name(value) or world.is_process(value)):
        return None
    if inspect.iscoroutinefunction(value):
        return None
    if type(value).__module__.partition(".")[0] == "pyvm":
        return None
    return _refusal(value)


def _is_frozen_record(value: object) -> bool:
    parameters: Any = vars(type(value)).get("__dataclass_params__")
    return parameters is not None and parameters.frozen


def _refusal(value: object) -> str:
    if isinstance(value, types.FunctionType) and value.__name__ == "<lambda>":
        return "this lambda is not to be found in its file as `name = lambda ...`: write a def"
    if isinstance(value, types.FunctionType) and (value.__module__ or "").startswith("pyvm."):
        return f"pyvm.{value.__name__} is not available in a compiled body"
    if isinstance(value, types.FunctionType) or hasattr(value, "__wrapped__"):
        where = f"{value.__module__}.{getattr(value, '__qualname__', '')}"
        return (
            f"{where} is wrapped, or its source is missing: only plain functions, and those under"
            " @pyvm.process, can be reached"
        )
    if value is time.sleep:
        return "time.sleep would hold up all processes: write pyvm.sleep(seconds)"
    if isinstance(value, types.BuiltinFunctionType | types.MethodType):
        return (
            f"{value.__qualname__} is not available in a compiled body: call it by"
            " pyvm.python(function, ...)"
        )
    if isinstance(value, BaseException):
        return "an exception object cannot be a constant: make it where it is raised"
    return (
        f"a {type(value).__qualname__} of the module cannot be a constant: use a frozen dataclass, pass"
        " it in a message, or leave it to Python: pyvm.python(function, ...)"
    )
