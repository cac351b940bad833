# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Stand-ins for the functions of operator."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator
from typing import Any

from pyvm.compiler.library.natives import type_name


def lt(a: Any, b: Any, /) -> Any:
    """A < b."""
    return a < b


def le(a: Any, b: Any, /) -> Any:
    """A <= b."""
    return a <= b


def eq(a: Any, b: Any, /) -> Any:
    """A == b."""
    return a == b


def ne(a: Any, b: Any, /) -> Any:
    """A != b."""
    return a != b


def ge(a: Any, b: Any, /) -> Any:
    """A >= b."""
    return a >= b


def gt(a: Any, b: Any, /) -> Any:
    """A > b."""
    return a > b


def is_(a: Any, b: Any, /) -> Any:
    """A is b."""
    return a is b


def is_not(a: Any, b: Any, /) -> Any:
    """A is not b."""
    return a is not b


def add(a: Any, b: Any, /) -> Any:
    """A + b."""
    return a + b


def sub(a: Any, b: Any, /) -> Any:
    """A - b."""
    return a - b


def mul(a: Any, b: Any, /) -> Any:
    """A * b."""
    return a * b


def truediv(a: Any, b: Any, /) -> Any:
    """A / b."""
    return a / b


def floordiv(a: Any, b: Any, /) -> Any:
    """A // b."""
    return a // b


def mod(a: Any, b: Any, /) -> Any:
    """A % b."""
    return a % b


def pow(a: Any, b: Any, /) -> Any:
    """A ** b."""
    return a**b


def lshift(a: Any, b: Any, /) -> Any:
    """A << b."""
    return a << b


def rshift(a: Any, b: Any, /) -> Any:
    """A >> b."""
    return a >> b


def and_(a: Any, b: Any, /) -> Any:
    """A & b."""
    return a & b


def or_(a: Any, b: Any, /) -> Any:
    """A | b."""
    return a | b


def xor(a: Any, b: Any, /) -> Any:
    """A ^ b."""
    return a ^ b


def neg(a: Any, /) -> Any:
    """-a."""
    return -a


def pos(a: Any, /) -> Any:
    """+a."""
    return +a


def invert(a: Any, /) -> Any:
    """~a."""
    return ~a


def not_(a: Any, /) -> Any:
    """Not a."""
    return not a


def truth(a: Any, /) -> bool:
    """bool(a)."""
    return bool(a)


def abs(a: Any, /) -> Any:
    """abs(a)."""
    return builtins.abs(a)


def concat(a: Any, b: Any, /) -> Any:
    """A + b of sequences."""
    if not isinstance(a, str | bytes | list | tuple):
        raise TypeError(f"'{type_name(a)}' object can't be concatenated")
    return a + b


def contains(a: Any, b: Any, /) -> bool:
    """B in a."""
    return b in a


def countOf(a: Any, b: Any, /) -> int:  # noqa: N802
    """How often b is among what a gives."""
    count = 0
    for item in _items(a):
        if item is b or item == b:
            count += 1
    return count


def indexOf(a: Any, b: Any, /) -> int:  # noqa: N802
    """The place of the first b among what a gives."""
    index = 0
    for item in _items(a):
        if item is b or item == b:
            return index
        index += 1
    raise ValueError("sequence.index(x): x not in sequence")


def _items(a: Any) -> Iterator[Any]:
    try:
        return iter(a)
    except TypeError:
        raise TypeError(f"argument of type '{type_name(a)}' is not iterable") from None


def getitem(a: Any, b: Any, /) -> Any:
    """a[b]."""
    return a[b]


def setitem(a: Any, b: Any, c: Any, /) -> None:
    """a[b] = c."""
    a[b] = c


def delitem(a: Any, b: Any, /) -> None:
    """Del a[b]."""
    del a[b]


def call(function: Callable[..., Any], /, *given: Any, **named: Any) -> Any:
    """function(*given, **named)."""
    return function(*given, **named)


def itemgetter(item: Any, /, *items: Any) -> Callable[[Any], Any]:
    """operator.itemgetter."""

    def get_one(thing: Any, /) -> Any:
        return thing[item]

    def get_all(thing: Any, /) -> Any:
        return tuple([thing[one] for one in (item, *items)])

    return get_all if items else get_one


def attrgetter(name: str, /, *names: str) -> Callable[[Any], Any]:
    """operator.attrgetter."""
    for one in (name, *names):
        if not isinstance(one, str):
            raise TypeError("attribute name must be a string")

    def get_one(thing: Any, /) -> Any:
        return _follow(thing, name)

    def get_all(thing: Any, /) -> Any:
        return tuple([_follow(thing, one) for one in (name, *names)])

    return get_all if names else get_one


def _follow(thing: Any, path: str) -> Any:
    for name in path.split("."):
        thing = getattr(thing, name)
    return thing


def methodcaller(name: str, /, *given: Any, **named: Any) -> Callable[[Any], Any]:
    """operator.methodcaller."""
    if not isinstance(name, str):
        raise TypeError("method name must be a string")

    def call_it(thing: Any, /) -> Any:
        return getattr(thing, name)(*given, **named)

    return call_it


def iadd(a: Any, b: Any, /) -> Any:
    """A += b, which gives a."""
    a += b
    return a


def isub(a: Any, b: Any, /) -> Any:
    """A -= b, which gives a."""
    a -= b
    return a


def imul(a: Any, b: Any, /) -> Any:
    """A *= b, which gives a."""
    a *= b
    return a


def itruediv(a: Any, b: Any, /) -> Any:
    """A /= b, which gives a."""
    a /= b
    return a


def ifloordiv(a: Any, b: Any, /) -> Any:
    """A //= b, which gives a."""
    a //= b
    return a


def imod(a: Any, b: Any, /) -> Any:
    """A %= b, which gives a."""
    a %= b
    return a


def ipow(a: Any, b: Any, /) -> Any:
    """A **= b, which gives a."""
    a **= b
    return a


def ilshift(a: Any, b: Any, /) -> Any:
    """A <<= b, which gives a."""
    a <<= b
    return a


def irshift(a: Any, b: Any, /) -> Any:
    """A >>= b, which gives a."""
    a >>= b
    return a


def iand(a: Any, b: Any, /) -> Any:
    """A &= b, which gives a."""
    a &= b
    return a


def ior(a: Any, b: Any, /) -> Any:
    """A |= b, which gives a."""
    a |= b
    return a


def ixor(a: Any, b: Any, /) -> Any:
    """A ^= b, which gives a."""
    a ^= b
    return a
