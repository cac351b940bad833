# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""The functions that an image is made of: their text, checked for what cannot be compiled."""

from __future__ import annotations

import ast
import contextlib
import sysconfig
import types
from collections.abc import Iterator
from typing import Any, Final

from pyvm.compiler.compiled.library import is_library
from pyvm.compiler.compiled.lower_core import Unit
from pyvm.compiler.compiled.meanings import Surroundings
from pyvm.compiler.compiled.python_functions import is_python
from pyvm.compiler.compiled.refusals import Report, refuse, refuse_receives
from pyvm.compiler.compiled.scopes import Scope, analyze
from pyvm.compiler.errors import CompileError, error_at, error_in
from pyvm.compiler.scope import MISSING
from pyvm.compiler.source import Source, find_source, global_functions

_STDLIB: Final = sysconfig.get_path("stdlib")


def find_unit(function: types.FunctionType) -> Unit:
    """The text of a function and what surrounds it.

    Raises:
        CompileError: the text is missing, has changed, or is no `def`.
    """
    code = function.__code__
    source = find_source(function)
    if source is None:
        raise error_in(
            code.co_filename,
            code.co_firstlineno,
            None,
            f"{code.co_qualname} needs the source that is running, which is missing or has changed:"
            " put it in a file as a def",
        )
    around = Surroundings(function, source.place.class_name)
    return Unit(function, source, around, is_library(function))


def annotations_of(node: ast.FunctionDef) -> Iterator[ast.expr]:
    """The annotations in a function: of parameters, of what it returns, and of its variables."""
    for inner in ast.walk(node):
        match inner:
            case ast.arg(annotation=ast.expr() as found) | ast.AnnAssign(annotation=found):
                yield from _parsed(found)
            case ast.FunctionDef(returns=ast.expr() as found):
                yield from _parsed(found)


def _parsed(annotation: ast.expr) -> Iterator[ast.expr]:
    if not isinstance(annotation, ast.Constant):
        yield annotation
    elif isinstance(annotation.value, str):
        with contextlib.suppress(SyntaxError):
            yield ast.parse(annotation.value, mode="eval").body


def errors_of(
    source: Source, filename: str, surroundings: Surroundings, receive: object, timeout: object
) -> list[CompileError]:
    """What is wrong with a function that can be told from its text and from what receives."""
    found: list[CompileError] = []

    def report(node: ast.AST, message: str) -> None:
        if isinstance(node, ast.arg | ast.keyword):
            node = ast.copy_location(ast.Name("", ast.Load()), node)
        found.append(error_at(node, filename, source.text, message))

    node = source.node
    if not isinstance(node, ast.FunctionDef):
        report(node, "an `async def` is no part of a compiled body: write a def")
        return found
    try:
        _look_through(node, report, surroundings, receive, timeout)
    except RecursionError:
        report(node, "an expression is nested too deeply: divide it")
    return found


def _look_through(
    node: ast.FunctionDef,
    report: Report,
    surroundings: Surroundings,
    receive: object,
    timeout: object,
) -> None:
    refuse(node, report)
    scope = analyze(node)
    for inner in scope.inner.values():
        for name in sorted(inner.nonlocals):
            if inner.outer is None or inner.outer.find(name) is None:
                report(
                    _declaration(inner.node, name),
                    f"`{name}` belongs to a function that is not compiled: keep state in parameters",
                )
    names = bound_names(scope)
    is_variable = names.__contains__

    def is_receive(callee: ast.expr) -> bool:
        return surroundings.dotted(callee, is_variable) is receive

    def is_timeout(name: str) -> bool:
        return timeout is not MISSING and surroundings.name(name) is timeout

    refuse_receives(node, report, is_receive, is_timeout)


def _declaration(function: ast.AST, name: str) -> ast.AST:
    """The `nonlocal` that declares a name."""
    return next(
        node for node in ast.walk(function) if isinstance(node, ast.Nonlocal) and name in node.names
    )


def bound_names(scope: Scope) -> set[str]:
    """The names that a function, or a function in it, binds."""
    return {name for inner in scope.inner.values() for name in inner.symbols}


def reached_by_name(root: Unit) -> Iterator[Source]:
    """`root` and the functions of its module that it reaches, as far as their names tell."""
    known = global_functions(root.function)
    waiting, seen = [root.source], {root.source.node}
    while waiting:
        source = waiting.pop()
        yield source
        if not isinstance(source.node, ast.FunctionDef):
            continue
        try:
            own = bound_names(analyze(source.node))
        except RecursionError:
            continue  # which errors_of reports
        for node in _named_in(source.node, root.surroundings, own):
            if node.id in known:
                reached = known[node.id]
                is_plain = isinstance(reached.node, ast.FunctionDef)
                if is_plain and not reached.node.decorator_list and reached.node not in seen:
                    seen.add(reached.node)
                    waiting.append(reached)


def _named_in(function: ast.AST, surroundings: Surroundings, own: set[str]) -> Iterator[ast.Name]:
    """The names in a function that are not its own; not of what pyvm.python is to call."""
    waiting = [function]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name) and node.id not in own:
            yield node
        parts = list(ast.iter_child_nodes(node))
        if isinstance(node, ast.Call) and is_python(surroundings.dotted(node.func, own.__contains__)):
            parts = [part for part in parts if part not in node.args[:1]]
        waiting += parts


def combined(errors: list[CompileError], home: str) -> CompileError:
    """One error that has the place of the first and the words of all, those of file `home` first."""

    def place(error: CompileError) -> tuple[Any, ...]:
        name = error.filename or ""
        return (name != home, name, error.lineno or 0, error.offset or 0)

    def words(error: CompileError) -> str:
        if error.filename == home or not (error.filename or "").startswith(_STDLIB):
            return error.msg
        return f"{error.msg}; or call what leads here by pyvm.python(function, ...)"

    different = {(*place(error), error.msg): error for error in errors}
    first, *others = sorted(different.values(), key=place)
    lines = [words(first)]
    if others:
        lines.append(f"and {len(others)} more:")
    lines += [f"  {one.filename}:{one.lineno}:{one.offset}: {words(one)}" for one in others]
    details = (first.filename, first.lineno, first.offset, first.text)
    return CompileError("\n".join(lines), (*details, first.end_lineno, first.end_offset))
