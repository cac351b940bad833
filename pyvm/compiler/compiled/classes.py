# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What the classes of a program are to compiled code: their members, and what they may not have.

A class is looked at when the image names it. Of its members those count whose names the code uses
as attributes, and the special methods that operators and built-ins call.
"""

from __future__ import annotations

import abc
import dataclasses
import enum
import functools
import inspect
import sys
import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from pyvm.compiler import terms
from pyvm.compiler.scope import MISSING

# The kinds of members, as csrc/vm/classes.h counts them.
METHOD, STATIC, CLASS, PROPERTY, CONSTANT = range(5)
# What an image says of a class.
ORDERED: Final = 1
OWN_REPR: Final = 2
OWN_STR: Final = 4
MIXED: Final = 8
FLAG: Final = 16
SHOWS_VALUE: Final = 32

_METACLASSES: Final = (type, abc.ABCMeta, type(typing.Protocol))
_FOREIGN: Final = frozenset({"builtins", "abc", "typing", "enum", "collections.abc"})
ARITHMETIC: Final = {
    "Add": "add",
    "Subtract": "sub",
    "Multiply": "mul",
    "TrueDivide": "truediv",
    "FloorDivide": "floordiv",
    "Modulo": "mod",
    "Power": "pow",
    "ShiftLeft": "lshift",
    "ShiftRight": "rshift",
    "BitAnd": "and",
    "BitOr": "or",
    "BitXor": "xor",
}
_OTHERS: Final = {
    "Less": "lt",
    "LessEqual": "le",
    "Greater": "gt",
    "GreaterEqual": "ge",
    "Negate": "neg",
    "Plus": "pos",
    "Invert": "invert",
    "In": "contains",
    "GetItem": "getitem",
    "Iterate": "iter",
    "len": "len",
    "abs": "abs",
    "int": "int",
    "float": "float",
    "repr": "repr",
}
# Which operations a special method has a say in: opcodes and names of built-ins.
_OPERATIONS: Final[dict[str, tuple[str, ...]]] = {
    **{f"__{name}__": (op, f"i{op}") for op, name in ARITHMETIC.items()},
    **{f"__r{name}__": (op, f"i{op}") for op, name in ARITHMETIC.items()},
    **{f"__i{name}__": (f"i{op}",) for op, name in ARITHMETIC.items()},
    **{f"__{name}__": (op,) for op, name in _OTHERS.items()},
    "__lt__": ("Less", "Greater"),
    "__gt__": ("Less", "Greater"),
    "__le__": ("LessEqual", "GreaterEqual"),
    "__ge__": ("LessEqual", "GreaterEqual"),
    "__len__": ("len", "truth"),
    "__bool__": ("truth",),
    "__str__": ("str", "format"),
    "__repr__": ("repr", "str", "format"),
    "__format__": ("format",),
    "__iter__": ("Iterate", "In"),
}
_CALLED: Final = frozenset({"__call__", "__enter__", "__exit__", "__post_init__"})
# What plays no part while a program runs, or is replaced by how terms are copied.
_IGNORED: Final = frozenset(
    [
        "__init_subclass__",
        "__class_getitem__",
        "__subclasshook__",
        "__reduce__",
        "__reduce_ex__",
        "__getstate__",
        "__setstate__",
        "__getnewargs__",
        "__getnewargs_ex__",
        "__copy__",
        "__deepcopy__",
        "__replace__",
        "__sizeof__",
        "__dir__",
        "__set_name__",
        "__annotate__",
        "__annotate_func__",
    ]
)
_EQUALITY: Final = "what compares records inside of lists, dicts and messages cannot call it"


@dataclass(frozen=True)
class Member:
    """What a class has under a name: a function, or a constant."""

    kind: int
    value: Any


def find_member(kind: type, name: str) -> Member | None:
    """The member of a class, its bases looked through as Python does; None if there is none.

    A member that compiled code knows nothing of has the kind CONSTANT too.
    """
    if isinstance(kind, enum.EnumMeta) and name in kind.__members__:
        return Member(CONSTANT, kind.__members__[name])
    for base in kind.__mro__:
        if base.__module__ in _FOREIGN:
            continue
        found = vars(base).get(name, MISSING)
        if found is not MISSING:
            return None if _is_slot(found) else _member(found)
    return None


def _member(found: Any) -> Member:
    if isinstance(found, types.FunctionType):
        return Member(METHOD, found)
    if isinstance(found, staticmethod):
        return Member(STATIC, found.__func__)
    if isinstance(found, classmethod):
        return Member(CLASS, found.__func__)
    if isinstance(found, property):
        return Member(PROPERTY, found.fget)
    return Member(CONSTANT, found)


def _is_slot(found: object) -> bool:
    return isinstance(found, types.MemberDescriptorType | types.GetSetDescriptorType)


def special_methods(kind: type) -> dict[str, types.FunctionType]:
    """The methods with two underscores that somebody wrote: those a dataclass is given do not count."""
    found: dict[str, types.FunctionType] = {}
    hidden: set[str] = set()
    for base in kind.__mro__:
        if base.__module__ in _FOREIGN:
            continue
        for name, value in vars(base).items():
            if not (name.startswith("__") and name.endswith("__")) or name in hidden:
                continue
            hidden.add(name)
            value = value.__func__ if isinstance(value, staticmethod) else value
            if isinstance(value, types.FunctionType) and not _is_generated(value):
                found[name] = value
    return found


def _is_generated(function: types.FunctionType) -> bool:
    plain: Any = inspect.unwrap(function)
    is_foreign = plain.__module__ == "dataclasses" or plain.__module__ in _FOREIGN
    return is_foreign or plain.__code__.co_filename == "<string>"


def member_names(kind: type) -> set[str]:
    """The names of all members but those with two underscores."""
    found = {
        name for base in kind.__mro__ if base.__module__ not in _FOREIGN for name in vars(base)
    }
    return {name for name in found if not name.startswith("__")}


def always_used(kind: Any) -> set[str]:
    """Members that no code has to name: special methods, and members of an enum, found by name."""
    calls = {*_OPERATIONS, *_CALLED, *(["__init__"] if is_exception(kind) else [])}
    called = special_methods(kind).keys() & calls
    return called | set(kind.__members__ if isinstance(kind, enum.EnumMeta) else ())


def operations(kind: type) -> set[str]:
    """The operations that methods of this class have a say in."""
    return {op for name in special_methods(kind) for op in _OPERATIONS.get(name, ())}


def flags(kind: type) -> int:
    """What an image says of a class: ORDERED, OWN_REPR, OWN_STR, and of an enum MIXED and more."""
    methods = special_methods(kind)
    own_repr, ordered = "__repr__" in methods, False
    own_str = "__str__" in methods or "__format__" in methods
    if is_record(kind):
        given: Any = vars(kind)["__dataclass_params__"]
        own_repr = own_repr or not given.repr or any(not one.repr for one in _fields(kind))
        ordered = given.order
    own = ORDERED * ordered | OWN_REPR * own_repr | OWN_STR * own_str
    return own | (_enum_flags(kind) if isinstance(kind, enum.EnumMeta) else 0)


def _enum_flags(kind: enum.EnumMeta) -> int:
    """An enum whose members are numbers or texts, one of flags, one whose str() is of the value."""
    is_mixed, is_flag = issubclass(kind, int | str | float | bytes), issubclass(kind, enum.Flag)
    return MIXED * is_mixed | FLAG * is_flag | SHOWS_VALUE * issubclass(kind, enum.ReprEnum)


def enum_values(kind: Any) -> dict[Any, Any]:
    """The members of an enum by their values: of flags the combinations with a name too."""
    members = kind.__members__.values() if issubclass(kind, enum.Flag) else kind
    return {member.value: member for member in members}


def reasons_refused(kind: type) -> Iterator[str]:
    """Why compiled code may not know a class, each with a cure."""
    name = kind.__qualname__
    for method in special_methods(kind):
        if method in ("__eq__", "__ne__", "__hash__"):
            yield f"{name} has a {method} of its own, but {_EQUALITY}: give the method another name"
        elif method == "__init__" and is_exception(kind):
            continue
        elif method in ("__init__", "__new__"):
            cure = "let the dataclass make it, and check in __post_init__"
            cure = "make it in __init__" if is_exception(kind) else cure
            yield f"{name} has an {method} of its own: {cure}"
        elif method not in _OPERATIONS and method not in _CALLED and method not in _IGNORED:
            yield f"{name}.{method} is not called by compiled code: give the method another name"
    if is_record(kind):
        yield from _reasons_of_record(kind)
    if isinstance(kind, enum.EnumMeta):
        yield from _reasons_of_enum(kind)
    if is_exception(kind) and dataclasses.is_dataclass(kind):
        yield f"{name} is a dataclass and an exception: write its __init__, with super().__init__()"
    if issubclass(kind, BaseExceptionGroup):
        yield f"{name} is an ExceptionGroup, which compiled code does not have: raise one exception"


def _reasons_of_enum(kind: Any) -> Iterator[str]:
    name = kind.__qualname__
    if any("_missing_" in vars(base) for base in kind.__mro__ if base.__module__ not in _FOREIGN):
        yield f"{name}._missing_ is not called by compiled code: look values up in a dict"
    try:
        enum_values(kind)
    except TypeError:
        yield f"the values of {name} cannot be looked up, as one has no hash: use tuples, not lists"


def _reasons_of_record(kind: Any) -> Iterator[str]:
    name = kind.__qualname__
    if not vars(kind)["__dataclass_params__"].eq:
        yield (
            f"{name} is a dataclass with eq=False, whose instances equal nothing but themselves:"
            " leave it out, as a copy of a record is equal to it"
        )
    for one in kind.__dataclass_fields__.values():
        what = f"{name}.{one.name}"
        if one._field_type is dataclasses._FIELD_INITVAR:  # type: ignore[attr-defined]
            yield f"{what} is an InitVar: make it a field, or a parameter of a class method"
    for one in _fields(kind):
        if not one.compare:
            yield f"{name}.{one.name} is a field with compare=False, but {_EQUALITY}: leave it out"
        elif _is_set_later(one) and not hasattr(kind, "__post_init__"):
            yield (
                f"{name}.{one.name} is a field with init=False and no default, which nothing gives"
                " a value: give it a default or a default_factory, or set it in __post_init__"
            )


_NONE: Final = dataclasses.MISSING


def _fields(kind: Any) -> tuple[dataclasses.Field[Any], ...]:
    return dataclasses.fields(kind)


def related(kind: type) -> Iterator[type]:
    """The classes that come with one: those derived from it, and those that annotations name."""
    yield from filter(is_known, terms.subclasses(kind))
    yield from filter(is_known, kind.__mro__[1:])
    try:
        hints = typing.get_type_hints(kind)
    except Exception:  # names that exist for type checkers only
        hints = {}
    for hint in hints.values():
        yield from classes_in(hint)


def classes_in(hint: Any) -> Iterator[type]:
    """The classes of the program that an annotation names."""
    if is_known(hint):
        yield hint
    for part in typing.get_args(hint):
        yield from classes_in(part)


def is_known(kind: Any) -> bool:
    """Whether compiled code has instances of a class that may have members: a record or an enum."""
    if not isinstance(kind, type) or isinstance(kind, types.GenericAlias):
        return False
    is_enum = isinstance(kind, enum.EnumMeta) and kind.__module__ != "enum"
    return is_enum or is_record(kind) or is_exception(kind)


def is_record(kind: Any) -> bool:
    """Whether instances of a class are records: a frozen dataclass found by its module and name."""
    if type(kind) not in _METACLASSES or issubclass(kind, tuple | BaseException):
        return False
    parameters: Any = vars(kind).get("__dataclass_params__")
    return parameters is not None and parameters.frozen and terms.is_public(kind)


def is_abstract(kind: Any) -> bool:
    """Whether a class is neither built in nor one that has instances in compiled code."""
    if type(kind) not in _METACLASSES:
        return False
    return (
        kind.__module__ != "builtins"
        and not is_known(kind)
        and not issubclass(kind, BaseException)
        and terms.term_type(kind) is None
        and not dataclasses.is_dataclass(kind)
    )


_BUILTIN: Final = (int, bool, float, str, bytes, tuple, list, dict, set, frozenset, range, slice)


def builtin_instances(kind: Any) -> tuple[str, ...]:
    """The built-in types whose instances an abstract class takes."""
    return tuple(one.__name__ for one in (*_BUILTIN, types.NoneType) if issubclass(one, kind))


def reason_undecidable(kind: Any) -> str | None:
    """Why isinstance(x, kind) cannot be decided by the class of x; None if it can."""
    try:
        issubclass(int, kind)
    except TypeError:
        return (
            f"whether something is a {kind.__qualname__} is no matter of its class: name the classes,"
            " or look at its fields"
        )
    return None


def bases(kind: type, others: Iterator[type]) -> tuple[str, ...]:
    """The full names of the classes that instances of this one belong to besides.

    Args:
        kind: the class.
        others: abstract classes of the image, which may have registered it.
    """
    found = [*kind.__mro__[1:-1], *(one for one in others if issubclass(kind, one))]
    return tuple(dict.fromkeys(f"{one.__module__}.{one.__qualname__}" for one in found))


def has_constructor(kind: Any) -> bool:
    """Whether making a record takes more than its fields in order, or an exception an __init__."""
    if not is_record(kind):
        return is_exception(kind) and "__init__" in special_methods(kind)
    plain = all(
        one.init
        and not one.kw_only
        and one.default_factory is _NONE
        and not _holds_function(one.default)
        for one in _fields(kind)
    )
    return not plain or hasattr(kind, "__post_init__") or inspect.isabstract(kind)


def _holds_function(default: Any) -> bool:
    if isinstance(default, types.FunctionType | types.BuiltinFunctionType):
        return True
    if type(default) in (tuple, frozenset):
        return any(map(_holds_function, default))
    if dataclasses.is_dataclass(default) and not isinstance(default, type):
        return any(_holds_function(getattr(default, one.name)) for one in _fields(default))
    return False


def plain_defaults(kind: Any) -> dict[str, object]:
    """The defaults of the fields of a class without a constructor."""
    return {one.name: one.default for one in _fields(kind) if one.default is not _NONE}


def is_exception(kind: Any) -> bool:
    """Whether a class is one of exceptions that the program has."""
    is_kind = isinstance(kind, type) and issubclass(kind, BaseException)
    return is_kind and kind.__module__.partition(".")[0] not in _NOT_OF_PROGRAMS


def is_foreign_exception(kind: Any) -> bool:
    """Whether it is one of the standard library's whose __init__ does more than keep arguments."""
    is_kind = isinstance(kind, type) and issubclass(kind, BaseException) and not is_exception(kind)
    return (
        is_kind and "__init__" in special_methods(kind) and not kind.__module__.startswith("pyvm")
    )


_NOT_OF_PROGRAMS: Final = {"builtins", "pyvm", *sys.stdlib_module_names} - {"__main__"}


_EXCEPTION: Final = """def __init__(self, *args, **kwargs):
    self = _pyvm_new(_pyvm_class, args)
    _pyvm_init(self, *args, **kwargs)
    return self
"""


@functools.cache
def constructor_parts(kind: Any) -> tuple[str, dict[str, Any]]:
    """The text of a function that makes records of a class, and what its names mean.

    Its first parameter stands for `self`, as in the __init__ that it does the work of.
    """
    if is_exception(kind):
        init = special_methods(kind)["__init__"]
        return _EXCEPTION, {"_pyvm_class": kind, "_pyvm_init": init}
    fields = _fields(kind)
    names: dict[str, Any] = {"_pyvm_class": kind}
    first = "self" if all(one.name != "self" for one in fields) else "__dataclass_self__"
    positional, keyword_only, body = [first], list[str](), list[str]()
    for one in fields:
        given = _parameter(one, names, body)
        if given is not None:
            (keyword_only if one.kw_only else positional).append(given)
    stars = ["*", *keyword_only] if keyword_only else []
    needed = [one.name for one in fields if one.init and one.kw_only and _is_required(one)]
    if needed:  # in a form that parameters with defaults may stand before
        pairs = ", ".join(f"({name!r}, {name})" for name in needed)
        body.insert(0, f"_pyvm_missing({kind.__qualname__!r}, ({pairs},))")
    if inspect.isabstract(kind):
        missing = sorted(kind.__abstractmethods__)
        plural = "s" if len(missing) > 1 else ""
        what = f"{kind.__name__} with abstract method{plural} {', '.join(missing)}"
        text = f"Can't instantiate abstract class {what}"
        body = [f"raise TypeError({text!r})"]
    else:
        values = ", ".join(one.name for one in fields)
        body.append(f"{first} = _pyvm_make(_pyvm_class, {values})")
        if hasattr(kind, "__post_init__"):
            body.append(f"{first}.__post_init__()")
        for one in filter(_is_set_later, fields):
            text = f"'{kind.__name__}' object has no attribute '{one.name}'"
            body.append(f"if {first}.{one.name} is _pyvm_LeftOut: raise AttributeError({text!r})")
        body.append(f"return {first}")
    head = f"def __init__({', '.join([*positional, *stars])}):"
    return "\n    ".join([head, *body]) + "\n", names


def _is_set_later(one: dataclasses.Field[Any]) -> bool:
    """Whether only __post_init__ gives a field its value."""
    return not one.init and one.default is _NONE and one.default_factory is _NONE


def _is_required(one: dataclasses.Field[Any]) -> bool:
    return one.default is _NONE and one.default_factory is _NONE


def _parameter(one: dataclasses.Field[Any], names: dict[str, Any], body: list[str]) -> str | None:
    """The parameter of a field, None if it has none; `names` and `body` get what it needs."""
    default = f"_pyvm_default_{one.name}"
    if one.default_factory is not _NONE:
        names[default] = one.default_factory
        if not one.init:
            body.append(f"{one.name} = {default}()")
            return None
        body.append(f"if {one.name} is _pyvm_LeftOut: {one.name} = {default}()")
        return f"{one.name}=_pyvm_LeftOut"
    if _is_set_later(one):
        body.append(f"{one.name} = _pyvm_LeftOut")
        return None
    if one.default is not _NONE:
        names[default] = one.default
        if not one.init:
            body.append(f"{one.name} = {default}")
            return None
        return f"{one.name}={default}"
    return f"{one.name}=_pyvm_LeftOut" if one.kw_only else one.name
