# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Library functions that compiled code has by asking Python: a call of them is a call of pyvm.python.

They are where the work is done by a C library that Python has and the machine has not, or has not
on every system (see `native_hash`). Each call goes to the python scheduler and back, and copies
what it is given.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from pyvm.compiler.scope import MISSING

_FUNCTIONS: Final = {
    "zlib": ("compress", "decompress"),
    "pyvm": ("set_schedulers_online", "system_info"),
}
_HASHES: Final = (
    *("blake2b", "blake2s", "md5", "new", "sha1", "sha224", "sha256", "sha384", "sha3_224"),
    *("sha3_256", "sha3_384", "sha3_512", "sha512", "shake_128", "shake_256"),
)
_DIGESTS: Final = ("digest", "hexdigest")
# What the machine does by itself where it has a libcrypto, of one piece of data and nothing else.
_NATIVE_HASHES: Final = frozenset(_HASHES) - {"new", "shake_128", "shake_256"}


@dataclass(frozen=True)
class NamedCall:
    """Calls `function`, then perhaps a method of what it gives; the last arguments by names.

    The arguments of the method stand before those by name.
    """

    function: Callable[..., Any]
    names: tuple[str, ...] = ()
    method: str | None = None
    for_method: int = 0

    def __call__(self, *args: Any) -> Any:
        """Calls them."""
        given = len(args) - len(self.names)
        named = dict(zip(self.names, args[given:], strict=True))
        made = self.function(*args[: given - self.for_method], **named)
        if self.method is None:
            return made
        return getattr(made, self.method)(*args[given - self.for_method : given])


def python_call(
    node: ast.Call, meaning: Callable[[ast.expr], object]
) -> tuple[NamedCall, list[ast.expr]] | None:
    """What Python is asked for a call in compiled code, and the arguments; None if it is not.

    Args:
        node: the call.
        meaning: gives the object that an expression names, or something else.
    """
    function = meaning(node.func)
    if callable(function) and any(function is one for one in _named("zlib", "pyvm")):
        return _named_call(node, function)
    match node.func:
        case ast.Attribute(ast.Call() as made, method) if method in _DIGESTS and not node.keywords:
            if any(meaning(made.func) is one for one in _named("hashlib")):
                return _named_call(made, meaning(made.func), method, node.args)
    return None


def native_hash(
    node: ast.Call, meaning: Callable[[ast.expr], object], has: Callable[[str], bool]
) -> tuple[str, ast.Call] | None:
    """The built-in that does `hashlib.sha256(data).digest()`, and its call; None if there is none.

    Args:
        node: the call.
        meaning: gives the object that an expression names, or something else.
        has: whether this machine has a built-in.
    """
    match node:
        case ast.Call(ast.Attribute(ast.Call() as made, method), [], []) if method in _DIGESTS:
            function = meaning(made.func)
        case _:
            return None
    name = next((one for one in _NATIVE_HASHES if function is _hash_named(one)), None)
    if name is None or not has(f"hashlib.{method}") or len(made.args) > 1:
        return None
    is_plain = not any(isinstance(one, ast.Starred) for one in made.args)
    if not is_plain or any(keyword.arg != "usedforsecurity" for keyword in made.keywords):
        return None
    if not all(isinstance(keyword.value, ast.Constant) for keyword in made.keywords):
        return None
    data = made.args[0] if made.args else ast.copy_location(ast.Constant(b""), made)
    words = ast.copy_location(ast.Constant(name), made)
    return f"hashlib.{method}", ast.copy_location(ast.Call(node.func, [words, data], []), node)


def is_python(function: object) -> bool:
    """Whether it is pyvm.python, whose first argument is not compiled."""
    return function is not None and function is getattr(sys.modules.get("pyvm"), "python", None)


def is_hash(function: object) -> bool:
    """Whether it is a constructor of hashes, which only stands before `.digest()` and `.hexdigest()`."""
    return callable(function) and any(function is one for one in _named("hashlib"))


def _hash_named(name: str) -> object:
    return getattr(sys.modules.get("hashlib"), name, MISSING)


def _named(*modules: str) -> Iterator[object]:
    for module in modules:
        home = sys.modules.get(module)
        for name in _HASHES if module == "hashlib" else _FUNCTIONS[module]:
            if hasattr(home, name):
                yield getattr(home, name)


def _named_call(
    node: ast.Call, function: Any, method: str | None = None, others: list[ast.expr] | None = None
) -> tuple[NamedCall, list[ast.expr]]:
    others = others or []
    names = tuple(str(keyword.arg) for keyword in node.keywords)
    call = NamedCall(function, names, method, len(others))
    return call, [*node.args, *others, *(keyword.value for keyword in node.keywords)]
