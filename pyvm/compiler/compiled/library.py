# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Functions that are compiled into the images that need them.

What operators do with records whose classes have methods for them, how records are made, and what
`dataclasses` has for them. They are texts in the language itself. `special`, `make` and `new` in them
are forms that the compiler knows.
"""

from __future__ import annotations

import functools
import linecache
import types
from typing import Any, Final

from pyvm.compiler.compiled import classes


class LeftOut:
    """Stands for an argument whose default is made anew in each call, or that must be given."""


def special(subject: object, name: str) -> Any:
    """The function that the class of `subject` has under a name with two underscores, or None."""
    raise NotImplementedError


def make(kind: type, *fields: object) -> Any:
    """A record of a class."""
    raise NotImplementedError


def new(kind: type, args: tuple[object, ...]) -> Any:
    """An exception whose __init__ did not run yet."""
    raise NotImplementedError


_FILE: Final = "<pyvm library>"
_SYMBOLS: Final = {
    "Add": "+",
    "Subtract": "-",
    "Multiply": "*",
    "TrueDivide": "/",
    "FloorDivide": "//",
    "Modulo": "%",
    "Power": "**",
    "ShiftLeft": "<<",
    "ShiftRight": ">>",
    "BitAnd": "&",
    "BitOr": "|",
    "BitXor": "^",
}
_COMPARISONS: Final = {
    "Less": ("lt", "gt", "<"),
    "LessEqual": ("le", "ge", "<="),
    "Greater": ("gt", "lt", ">"),
    "GreaterEqual": ("ge", "le", ">="),
}
_IN_PLACE: Final = """
    own = special(left, "__i{name}__")
    if own is not None:
        result = own(left, right)
        if result is not NotImplemented:
            return result
"""
# A class that derives from that of the other operand goes first if it has a method of its own.
_BINARY: Final = """
    mine = special(left, "__{name}__")
    other = None
    if type(left) is not type(right):
        other = special(right, "__r{name}__")
        if other is not None and isinstance(right, type(left)):
            if other is not special(left, "__r{name}__"):
                result = other(right, left)
                if result is not NotImplemented:
                    return result
                other = None
    if mine is not None:
        result = mine(left, right)
        if result is not NotImplemented:
            return result
    if other is not None:
        result = other(right, left)
        if result is not NotImplemented:
            return result
"""
_COMPARISON: Final = """
    mine = special(left, "__{name}__")
    other = special(right, "__{reflected}__")
    if other is not None and type(left) is not type(right) and isinstance(right, type(left)):
        result = other(right, left)
        if result is not NotImplemented:
            return result
        other = None
    if mine is not None:
        result = mine(left, right)
        if result is not NotImplemented:
            return result
    if other is not None:
        result = other(right, left)
        if result is not NotImplemented:
            return result
    return left {symbol} right
"""
_UNARY: Final = """
    method = special(subject, "__{name}__")
    if method is not None:
        return method(subject)
    return {otherwise}
"""
_OTHERS: Final = {
    "In": """
def contains(item, container):
    method = special(container, "__contains__")
    if method is not None:
        return not not method(container, item)
    method = special(container, "__iter__")
    if method is None:
        return item in container
    for one in method(container):
        if one is item or one == item:
            return True
    return False
""",
    "GetItem": """
def get_item(container, key):
    method = special(container, "__getitem__")
    if method is not None:
        return method(container, key)
    return container[key]
""",
    "len": """
def length(subject):
    method = special(subject, "__len__")
    if method is None:
        return len(subject)
    size = method(subject)
    if not isinstance(size, int):
        raise TypeError(f"'{type(size).__name__}' object cannot be interpreted as an integer")
    if size < 0:
        raise ValueError("__len__() should return >= 0")
    return +size
""",
    "truth": """
def truth(subject):
    method = special(subject, "__bool__")
    if method is not None:
        result = method(subject)
        if result is not True and result is not False:
            raise TypeError(f"__bool__ should return bool, returned {type(result).__name__}")
        return result
    method = special(subject, "__len__")
    if method is None:
        return not not subject
    size = method(subject)
    if not isinstance(size, int):
        raise TypeError(f"'{type(size).__name__}' object cannot be interpreted as an integer")
    if size < 0:
        raise ValueError("__len__() should return >= 0")
    return size != 0
""",
    "format": """
def formatted(subject, spec=""):
    method = special(subject, "__format__")
    if method is not None:
        text = method(subject, spec)
        if not isinstance(text, str):
            raise TypeError(f"__format__ must return a str, not {type(text).__name__}")
        return text
    method = special(subject, "__str__")
    name = "str"
    if method is None:
        method = special(subject, "__repr__")
        name = "repr"
    if method is None or spec != "":
        return format(subject, spec)
    text = method(subject)
    if not isinstance(text, str):
        raise TypeError(f"__{name}__ returned non-string (type {type(text).__name__})")
    return text
""",
    "str": """
def text(subject):
    method = special(subject, "__str__")
    name = "str"
    if method is None:
        method = special(subject, "__repr__")
        name = "repr"
    if method is None:
        return str(subject)
    text = method(subject)
    if not isinstance(text, str):
        raise TypeError(f"__{name}__ returned non-string (type {type(text).__name__})")
    return text
""",
    "repr": """
def representation(subject):
    method = special(subject, "__repr__")
    if method is None:
        return repr(subject)
    text = method(subject)
    if not isinstance(text, str):
        raise TypeError(f"__repr__ returned non-string (type {type(text).__name__})")
    return text
""",
    "enter": """
def enter(manager):
    method = special(manager, "__enter__")
    what = f"'{type(manager).__name__}' object does not support the context manager protocol"
    if method is None:
        raise TypeError(what)
    if special(manager, "__exit__") is None:
        raise TypeError(f"{what} (missed __exit__ method)")
    return method(manager)
""",
    "leave": """
def leave(manager):
    special(manager, "__exit__")(manager, None, None, None)
""",
    "leave_raising": """
def leave_raising(manager, error):
    return special(manager, "__exit__")(manager, type(error), error, error.__traceback__)
""",
    "missing": """
def missing(callee, pairs):
    names = [repr(name) for name, value in pairs if value is LeftOut]
    if names:
        last = names[-1]
        if len(names) == 2:
            last = " and ".join(names)
        if len(names) > 2:
            last = f"{', '.join(names[:-1])}, and {last}"
        plural = "" if len(names) == 1 else "s"
        raise TypeError(
            f"{callee}.__init__() missing {len(names)} required keyword-only argument{plural}: {last}"
        )
""",
    "asdict": """
def asdict(obj):
    names = special(obj, "<names>")
    if names is None:
        raise TypeError("asdict() should be called on dataclass instances")
    def part(one):
        names = special(one, "<names>")
        if names is not None:
            return {name: part(value) for name, value in zip(names, special(one, "<values>"))}
        kind = type(one)
        if kind is list:
            return [part(value) for value in one]
        if kind is tuple:
            return tuple([part(value) for value in one])
        if kind is dict:
            return {part(key): part(value) for key, value in one.items()}
        return one
    return part(obj)
""",
    "astuple": """
def astuple(obj):
    names = special(obj, "<names>")
    if names is None:
        raise TypeError("astuple() should be called on dataclass instances")
    def part(one):
        values = special(one, "<values>")
        if values is not None:
            return tuple([part(value) for value in values])
        kind = type(one)
        if kind is list:
            return [part(value) for value in one]
        if kind is tuple:
            return tuple([part(value) for value in one])
        if kind is dict:
            return {part(key): part(value) for key, value in one.items()}
        return one
    return part(obj)
""",
}
_UNARIES: Final = {
    "Negate": ("neg", "-subject"),
    "Plus": ("pos", "+subject"),
    "Invert": ("invert", "~subject"),
    "Iterate": ("iter", "subject"),
    "abs": ("abs", "abs(subject)"),
    "int": ("int", "int(subject)"),
    "float": ("float", "float(subject)"),
}


@functools.cache
def operation(name: str) -> types.FunctionType:
    """The function that does the work of an opcode or a built-in where classes have a say in it.

    Args:
        name: of the opcode, with "i" before it for `+=` and the like, or of the built-in.
    """
    return _defined(_text(name), name, {"special": special, "LeftOut": LeftOut})


def _text(name: str) -> str:
    if name in _OTHERS:
        return _OTHERS[name].lstrip()
    if name in _COMPARISONS:
        mine, reflected, symbol = _COMPARISONS[name]
        body = _COMPARISON.format(name=mine, reflected=reflected, symbol=symbol)
        return f"def compare(left, right):{body}"
    if name in _UNARIES:
        method, otherwise = _UNARIES[name]
        return f"def unary(subject):{_UNARY.format(name=method, otherwise=otherwise)}"
    op = name.removeprefix("i")
    method = classes.ARITHMETIC[op]
    body = _BINARY.format(name=method)
    if op == name:
        return f"def binary(left, right):{body}    return left {_SYMBOLS[op]} right\n"
    before = _IN_PLACE.format(name=method)
    return (
        f"def in_place(left, right):{before}{body}    left {_SYMBOLS[op]}= right\n    return left\n"
    )


@functools.cache
def constructor(kind: type) -> types.FunctionType:
    """The function that makes records of a class whose making takes more than its fields."""
    text, names = classes.constructor_parts(kind)
    scope = {"_pyvm_make": make, "_pyvm_new": new, "_pyvm_LeftOut": LeftOut, **names}
    scope |= {"_pyvm_missing": operation("missing"), "__name__": kind.__module__}
    made = _defined(text, f"{kind.__module__}.{kind.__qualname__}", scope)
    made.__qualname__ = f"{kind.__qualname__}.__init__"
    return made


def _defined(text: str, name: str, scope: dict[str, Any]) -> types.FunctionType:
    """The one function of a text, found again by who looks for its source."""
    filename = f"{_FILE[:-1]} {name} {len(linecache.cache)}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    scope.setdefault("__name__", __name__)
    exec(compile(text, filename, "exec", dont_inherit=True), scope)
    return next(
        one
        for one in scope.values()
        if isinstance(one, types.FunctionType) and one.__code__.co_filename == filename
    )


def is_library(function: types.FunctionType) -> bool:
    """Whether a function is one of these: no traceback shows it, and operators in it are plain."""
    return function.__code__.co_filename.startswith(_FILE[:-1])
