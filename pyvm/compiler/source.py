# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""The `def` or `async def` that a function was made from.

Promise: what is found is what runs. The text is compiled again and compared with the code of the
function; only `assert` statements may differ, because test runners rewrite them.
"""

from __future__ import annotations

import ast
import dis
import functools
import linecache
import types
from collections.abc import Iterator
from dataclasses import dataclass

from pyvm.compiler.assemble import FUTURE_FLAGS, Surroundings, compile_body, quiet
from pyvm.compiler.scope import FunctionNode


@dataclass(frozen=True)
class Source:
    """A function in the text of its file. The node is shared: copy it before it is changed.

    `is_global` says that it stands in the module itself, in no function or class.
    """

    text: str
    node: FunctionNode
    place: Surroundings
    is_global: bool = False


def find_source(function: types.FunctionType) -> Source | None:
    """Finds the source of a function, or None if there is none or it is not what runs."""
    code = function.__code__
    if code.co_name == "<lambda>":
        return _find_lambda(_text(function), code)
    index = _functions(_text(function))
    found = index.get((code.co_firstlineno, code.co_name), [])
    compiled = [(source, _recompiled(source, code)) for source in found]
    for source, again in compiled:
        if again == code:
            return source
    for source, again in compiled:
        if again is not None and _differ_in_asserts_only(source.node, again, code):
            return source
    return None


def global_functions(function: types.FunctionType) -> dict[str, Source]:
    """The functions that stand in the module of `function` itself, by name; the last one counts."""
    found = [source for sources in _functions(_text(function)).values() for source in sources]
    return {source.node.name: source for source in found if source.is_global}


def _text(function: types.FunctionType) -> str:
    """The text of the file, from wherever tracebacks take it."""
    filename = function.__code__.co_filename
    linecache.checkcache(filename)
    lines = linecache.getlines(filename, function.__globals__)
    from_code = getattr(linecache, "_getlines_from_code", None)  # newer consoles register code
    if not lines and from_code is not None:
        lines = from_code(function.__code__)
    return "".join(lines)


@functools.lru_cache(maxsize=32)
def _functions(text: str) -> dict[tuple[int, str], list[Source]]:
    """The functions of a file by first line and name; nothing if it does not parse."""
    found: dict[tuple[int, str], list[Source]] = {}
    try:
        with quiet():
            module = ast.parse(text)
        imports = frozenset(_imported_names(module))
        for node, class_name, is_global in _nested_functions(module, None, True):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            source = Source(text, node, Surroundings(class_name, imports), is_global)
            found.setdefault((first, node.name), []).append(source)
    except (SyntaxError, ValueError, RecursionError):
        return {}
    return found


def _nested_functions(
    node: ast.AST, class_name: str | None, is_global: bool
) -> Iterator[tuple[FunctionNode, str | None, bool]]:
    if isinstance(node, FunctionNode):
        yield node, class_name, is_global
    inner = node.name if isinstance(node, ast.ClassDef) else class_name
    stays_global = is_global and not isinstance(node, FunctionNode | ast.ClassDef)
    for child in _statements(node):
        yield from _nested_functions(child, inner, stays_global)


def _imported_names(node: ast.AST) -> Iterator[str]:
    """The names that imports in a module bind, those in functions and classes left out."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        for child in _statements(node):
            yield from _imported_names(child)


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt | ast.excepthandler | ast.match_case):
            yield child


def _find_lambda(text: str, code: types.CodeType) -> Source | None:
    """A lambda that the module itself assigns to names, as a `def`; None if it is not the only one."""
    found: list[ast.Lambda] = []
    try:
        with quiet():
            module = ast.parse(text)
            for node in ast.walk(module):
                if isinstance(node, ast.Lambda) and node.lineno == code.co_firstlineno:
                    again = compile(
                        ast.Interactive([ast.copy_location(ast.Expr(node), node)]),
                        code.co_filename,
                        "single",
                        code.co_flags & FUTURE_FLAGS,
                        dont_inherit=True,
                    )
                    if code in again.co_consts:
                        found.append(node)
        imports = frozenset(_imported_names(module))
    except (SyntaxError, ValueError, RecursionError):
        return None
    assigned = [
        one.value for one in ast.walk(module) if isinstance(one, ast.Assign | ast.AnnAssign)
    ]
    if len(found) != 1 or found[0] not in assigned:
        return None
    (node,) = found
    body = ast.copy_location(ast.Return(node.body), node.body)
    made = ast.FunctionDef("<lambda>", node.args, [body], [])
    return Source(text, ast.copy_location(made, node), Surroundings(None, imports), True)


def _recompiled(source: Source, code: types.CodeType) -> types.CodeType | None:
    try:
        return compile_body(source.node, code, source.place)
    except (SyntaxError, ValueError):  # other text, at the same place, that needs other scopes
        return None


def _differ_in_asserts_only(node: FunctionNode, one: types.CodeType, other: types.CodeType) -> bool:
    asserts = {
        line
        for statement in ast.walk(node)
        if isinstance(statement, ast.Assert)
        for line in range(statement.lineno, (statement.end_lineno or statement.lineno) + 1)
    }
    return bool(asserts) and _operands(one, asserts) == _operands(other, asserts)


def _operands(code: types.CodeType, without: set[int]) -> set[object]:
    """The names and constants that `code` uses and where, certain lines left out."""
    arguments = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    found: set[object] = {arguments, code.co_flags}
    for step in dis.get_instructions(code):
        place = step.positions
        if step.arg is None or place is None or place.lineno is None or place.lineno in without:
            continue
        if isinstance(step.argval, types.CodeType):
            found.add((place, frozenset(_operands(step.argval, without))))
        elif step.opcode in _NAMING:
            found.add((place, type(step.argval), step.argval))
    return found


_NAMING = frozenset({*dis.hasconst, *dis.hasname, *dis.haslocal, *dis.hasfree})
