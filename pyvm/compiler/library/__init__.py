# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Functions of Python written in the language of compiled bodies: what calls back into the program.

Promise: a compiled body that names one of Python's functions here gets its stand-in, compiled into
its image like a function of the program; its frames appear in tracebacks under these files. Values
and exceptions are CPython's, but what CPython computes on demand is computed at once.

`natives` has the few steps that the machine itself does. Design: docs/design/vm.md.
"""

from __future__ import annotations

import builtins
import functools
import itertools
import operator
from collections.abc import Callable
from types import FunctionType
from typing import Final

from pyvm.compiler.library import of_builtins, of_functools, of_itertools, of_operator

_HOMES: Final = (
    (builtins, of_builtins),
    (functools, of_functools),
    (itertools, of_itertools),
    (operator, of_operator),
)
# Python's object, so that it keeps its identity, and its stand-in.
_STAND_INS: Final[dict[int, tuple[object, FunctionType]]] = {
    id(meant): (meant, made)
    for home, own in _HOMES
    for name, made in vars(own).items()
    if isinstance(made, FunctionType)
    and made.__module__ == own.__name__
    and (meant := getattr(home, name, None)) is not None
}
_MODULES: Final[dict[int, str]] = {
    id(made): getattr(meant, "__module__", "") for meant, made in _STAND_INS.values()
}
_OF_CLASSES: Final[dict[tuple[int, str], Callable[..., object]]] = {
    (id(itertools.chain), "from_iterable"): of_itertools.chain_from_iterable,
    (id(dict), "fromkeys"): of_builtins.dict_from_keys,
}


def stand_in(meaning: object) -> FunctionType | None:
    """The function that stands for one of Python's, or None."""
    found = _STAND_INS.get(id(meaning))
    return found[1] if found is not None else None


def of_class(owner: object, name: str) -> Callable[..., object] | None:
    """The function that stands for a method of one of Python's classes, called on the class."""
    return _OF_CLASSES.get((id(owner), name))


def stands_for_method(meaning: object) -> bool:
    """Whether it is what `of_class` gives for some method."""
    return any(made is meaning for made in _OF_CLASSES.values())


def module_of(function: FunctionType) -> str:
    """The module of a function, or of the one that it stands for."""
    return _MODULES.get(id(function), function.__module__)


sort_method: Final = of_builtins.sort_list
"""What stands for `list.sort` with a key."""

unbound_method: Final = of_builtins.method_of
"""Makes `str.upper` of `str` and "upper"."""
