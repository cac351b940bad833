# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""A changed body becomes a code object and a function like the old one.

The body is compiled inside a scaffold that gives it the scopes it had: a function whose
parameters are the free variables, and a class for private names and `super()`. So an unchanged
body compiles to a code object equal to the one that Python made of it.
"""

from __future__ import annotations
import __future__

import ast
import contextlib
import threading
import types
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pyvm.compiler.scope import FunctionNode

# The last constant of the code of each body under the decorator. The native `receive()` looks
# for it in the code that called it: without patterns it is legal there and nowhere else.
BODY_MARK: Final = "__pyvm_process_body__"

_FEATURES: Final = [getattr(__future__, name) for name in __future__.all_feature_names]
FUTURE_FLAGS: Final = sum({feature.compiler_flag for feature in _FEATURES})
_QUIET: Final = threading.Lock()
_INLINED: Final = frozenset({"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"})


@dataclass(frozen=True)
class Surroundings:
    """What the code of a body depends on besides its free variables.

    The innermost class around it gives private names and `super()` their meaning; a method call on
    a name that the module imports is compiled in a way of its own.
    """

    class_name: str | None
    imports: frozenset[str]


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Compiles without warnings: the user saw them when the file was compiled.

    The filters belong to all threads, so two that changed them at once would restore them wrongly.
    """
    with _QUIET, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def is_process_body(code: types.CodeType) -> bool:
    """Whether `code` bears BODY_MARK."""
    return code.co_consts[-1:] == (BODY_MARK,)


def marked(code: types.CodeType) -> types.CodeType:
    """`code` with BODY_MARK, on comprehensions too: some versions give them their own code."""
    consts = tuple(
        marked(const) if isinstance(const, types.CodeType) and const.co_name in _INLINED else const
        for const in code.co_consts
    )
    return code.replace(co_consts=(*consts, BODY_MARK))


def compile_body(
    node: FunctionNode, like: types.CodeType, place: Surroundings, cells: Iterable[str] = ()
) -> types.CodeType:
    """Compiles the body of a function where it stands.

    Args:
        node: the function; its decorators, defaults and annotations are left out.
        like: the code object that Python made of it, for file, flags, name and free variables.
        place: what surrounds it.
        cells: free variables that `like` does not have.

    Returns:
        The code object.
    """
    free = {*like.co_freevars, *cells}
    if place.class_name is not None:
        free.discard("__class__")
    module = _scaffold(_bare(node), free, place)
    flags = like.co_flags & FUTURE_FLAGS
    with quiet():
        code = compile(module, like.co_filename, "exec", flags, dont_inherit=True)
    for _ in range(2 if place.class_name is None else 3):
        code = next(const for const in code.co_consts if isinstance(const, types.CodeType))
    return _renamed(code, code.co_qualname, like.co_qualname).replace(co_flags=like.co_flags)


def function_like(
    function: types.FunctionType, code: types.CodeType, cells: Mapping[str, object] | None = None
) -> types.FunctionType:
    """A function that differs from `function` in its code only.

    Args:
        function: the pattern.
        code: the code; its free variables are those of `function` and `cells`.
        cells: the values of the further free variables.

    Returns:
        The function, with the closure cells of `function` themselves.
    """
    known = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    known.update((name, types.CellType(value)) for name, value in (cells or {}).items())
    closure = tuple(known[name] for name in code.co_freevars)
    made = types.FunctionType(
        code, function.__globals__, function.__name__, function.__defaults__, closure
    )
    names = ["__kwdefaults__", "__doc__", "__module__", "__qualname__", "__type_params__"]
    names.append("__annotate__" if hasattr(function, "__annotate__") else "__annotations__")
    for name in names:
        if hasattr(function, name):
            setattr(made, name, getattr(function, name))
    made.__dict__.update(function.__dict__)
    return made


def _scaffold(body: FunctionNode, free: set[str], place: Surroundings) -> ast.Module:
    """A module with `body` in a class in a function; names mean in it what they meant."""
    name = place.class_name or body.name
    module = ast.parse("def f():\n class C:\n  pass" if place.class_name else "def f():\n pass")
    outer = module.body[0]
    assert isinstance(outer, ast.FunctionDef)
    outer.name = ".scaffold"
    outer.args.args = [ast.arg(parameter) for parameter in sorted(free)]
    inner = outer.body[0]
    if isinstance(inner, ast.ClassDef):
        inner.name, inner.body = name, [body]
    else:
        outer.body = [body]
    if name not in free:
        outer.body.insert(0, ast.Global([name]))
    if place.imports:
        module.body.insert(0, ast.Import([ast.alias(known) for known in sorted(place.imports)]))
    return ast.fix_missing_locations(module)


def _bare(node: FunctionNode) -> FunctionNode:
    """The function without what is evaluated outside of it; its first line stays."""
    arguments = ast.arguments(
        posonlyargs=[_unannotated(argument) for argument in node.args.posonlyargs],
        args=[_unannotated(argument) for argument in node.args.args],
        vararg=node.args.vararg and _unannotated(node.args.vararg),
        kwonlyargs=[_unannotated(argument) for argument in node.args.kwonlyargs],
        kw_defaults=[None] * len(node.args.kwonlyargs),
        kwarg=node.args.kwarg and _unannotated(node.args.kwarg),
        defaults=[],
    )
    decorators = [
        ast.copy_location(ast.Constant(None), decorator) for decorator in node.decorator_list
    ]
    fields = {name: getattr(node, name) for name in node._fields}
    fields.update(args=arguments, decorator_list=decorators, returns=None)
    if "type_params" in fields:
        fields["type_params"] = []
    return ast.copy_location(type(node)(**fields), node)


def _unannotated(argument: ast.arg) -> ast.arg:
    return ast.copy_location(ast.arg(argument.arg), argument)


def _renamed(code: types.CodeType, old: str, new: str) -> types.CodeType:
    """Gives `code`, and what is defined in it, the qualified names of its real place."""
    consts = tuple(
        _renamed(const, old, new) if isinstance(const, types.CodeType) else const
        for const in code.co_consts
    )
    name = (
        new + code.co_qualname[len(old) :] if code.co_qualname.startswith(old) else code.co_qualname
    )
    return code.replace(co_consts=consts, co_qualname=name)
