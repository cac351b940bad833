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
from pyvm.compiler.library import natives


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
# A dict takes up all that is iterable before the other operand is asked, a list after it.
_DICT_TAKES_UP: Final = """
    if type(left) is dict:
        left |= entries(right)
        return left
"""
_LIST_TAKES_UP: Final = """
    if type(left) is list:
        right = iterate(right)
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
    kind = type(left)
    if (kind is tuple or kind is list) and type(right) is kind:
        if holds_method(left, "__{name}__") or holds_method(right, "__{reflected}__"):
            for one, other in zip(left, right):
                if one is not other and one != other:
                    return compare(one, other)
            return len(left) {symbol} len(right)
    return left {symbol} right
"""
_UNARY: Final = """
    method = special(subject, "__{name}__")
    if method is not None:
        return method(subject)
    return {otherwise}
"""
_EXTREME: Final = """
def extreme(*values, default=LeftOut):
    if len(values) != 1:
        check("{name}", values, default)
    items = list(values[0]) if len(values) == 1 else values
    if not (holds_method(items, "__lt__") or holds_method(items, "__gt__")):
        return {name}(items) if default is LeftOut else {name}(items, default=default)
    best = LeftOut
    for item in items:
        if best is LeftOut or is_better(item, best):
            best = item
    return best
"""
_OTHERS: Final = {
    "entries": """
def entries(source):
    if special(source, "__iter__") is None:
        return source
    try:
        keys = source.keys
    except AttributeError:
        return iterate(source)
    return {key: item(source, key) for key in iterate(keys())}
""",
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
    has_own = special(subject, "__str__") is not None or holds_method(subject, "__repr__")
    if spec == "" and (has_own or isinstance(subject, BaseException)):
        return string(subject)
    return format(subject, spec)
""",
    "str": """
def string(subject):
    method = special(subject, "__str__")
    name = "str"
    if method is None and special(subject, "<names>") is not None:
        method = special(subject, "__repr__")
        name = "repr"
    if method is None:
        if isinstance(subject, BaseException):
            args = subject.args
            if not (holds_method(args, "__repr__") or holds_method(args, "__str__")):
                return str(subject)
            if len(args) == 1:
                return representation(args[0]) if isinstance(subject, KeyError) else string(args[0])
            return representation(args)
        is_enum = special(subject, "__repr__") is not None
        is_shown = not is_enum and holds_method(subject, "__repr__")
        return representation(subject) if is_shown else str(subject)
    text = method(subject)
    if not isinstance(text, str):
        raise TypeError(f"__{name}__ returned non-string (type {type(text).__name__})")
    return text
""",
    "repr": """
def representation(subject):
    def shown(one, around):
        method = special(one, "__repr__")
        if method is not None:
            text = method(one)
            if not isinstance(text, str):
                raise TypeError(f"__repr__ returned non-string (type {type(text).__name__})")
            return text
        if not holds_method(one, "__repr__"):
            return repr(one)
        kind = type(one)
        is_open = any(one is other for other in around)
        around = [*around, one]
        if isinstance(one, BaseException):
            return f"{kind.__name__}({', '.join([shown(part, around) for part in one.args])})"
        if kind is list:
            return "[...]" if is_open else f"[{', '.join([shown(part, around) for part in one])}]"
        if kind is dict:
            if is_open:
                return "{...}"
            pairs = [f"{shown(key, around)}: {shown(one[key], around)}" for key in one]
            return "{" + ", ".join(pairs) + "}"
        if kind is tuple:
            if is_open:
                return "(...)"
            parts = [shown(part, around) for part in one]
            return f"({parts[0]},)" if len(parts) == 1 else f"({', '.join(parts)})"
        if kind is set:
            return "{" + ", ".join([shown(part, around) for part in one]) + "}"
        if kind is frozenset:
            return "frozenset({" + ", ".join([shown(part, around) for part in one]) + "})"
        names = special(one, "<names>")
        if names is None:
            return repr(one)
        values = special(one, "<values>")
        fields = [f"{name}={shown(value, around)}" for name, value in zip(names, values)]
        return f"{kind.__qualname__}({', '.join(fields)})"
    return shown(subject, ())
""",
    "sort_by": """
def order(keys, items, reverse):
    if not (holds_method(keys, "__lt__") or holds_method(keys, "__gt__")):
        return sort_by(keys, items, reverse)
    places = list(range(len(keys)))
    if reverse:
        places.reverse()
    width = 1
    while width < len(places):
        merged = []
        for begin in range(0, len(places), 2 * width):
            left = places[begin:begin + width]
            right = places[begin + width:begin + 2 * width]
            i = j = 0
            while i < len(left) and j < len(right):
                if less(keys[right[j]], keys[left[i]]):
                    merged.append(right[j])
                    j += 1
                else:
                    merged.append(left[i])
                    i += 1
            merged.extend(left[i:])
            merged.extend(right[j:])
        places = merged
        width *= 2
    if reverse:
        places.reverse()
    return [items[place] for place in places]
""",
    "check": """
def check(name, values, default):
    if not values:
        raise TypeError(f"{name} expected at least 1 argument, got 0")
    if default is not LeftOut:
        raise TypeError(
            f"Cannot specify a default for {name}() with multiple positional arguments"
        )
""",
    "sorted": """
def ordered(iterable, /, *, reverse=False):
    items = list(iterable)
    return order(items, items, reverse)
""",
    "sum": """
def total(iterable, /, start=0):
    items = list(iterable)
    if not isinstance(start, str) and not isinstance(start, bytes):
        for place in range(-1, len(items)):
            one = start if place < 0 else items[place]
            if special(one, "__add__") is not None or special(one, "__radd__") is not None:
                result = start if place < 0 else sum(items[:place], start)
                for item in items[max(place, 0):]:
                    result = add(result, item)
                return result
    return sum(items, start)
""",
    "any": """
def holds_true(iterable, /):
    for one in iterable:
        if truth(one):
            return True
    return False
""",
    "all": """
def holds_no_false(iterable, /):
    for one in iterable:
        if not truth(one):
            return False
    return True
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
# What the functions call besides, under which name.
_USES: Final = {
    "format": {"string": "str"},
    "str": {"representation": "repr"},
    "sort_by": {"less": "Less"},
    "sorted": {"order": "sort_by"},
    "min": {"is_better": "Less", "check": "check"},
    "max": {"is_better": "Greater", "check": "check"},
    "sum": {"add": "Add"},
    "any": {"truth": "truth"},
    "all": {"truth": "truth"},
    "iAdd": {"iterate": "Iterate"},
    "iBitOr": {"entries": "entries"},
    "entries": {"iterate": "Iterate", "item": "GetItem"},
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
    scope: dict[str, Any] = {"special": special, "LeftOut": LeftOut}
    scope |= {"holds_method": natives.holds_method, "sort_by": natives.sort_by}
    scope |= {used: operation(other) for used, other in _USES.get(name, {}).items()}
    return _defined(_text(name), name, scope)


def _text(name: str) -> str:
    if name in _OTHERS:
        return _OTHERS[name].lstrip()
    if name in ("min", "max"):
        return _EXTREME.format(name=name).lstrip()
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
    if name == "iBitOr":
        before = _DICT_TAKES_UP + before
    if name == "iAdd":
        body += _LIST_TAKES_UP
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
