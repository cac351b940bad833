# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""One `async def` body: its matches found, checked and replaced.

Only the body's own statements are looked at; functions and classes defined in it are left alone.
"""

from __future__ import annotations

import ast
import copy
import types
from dataclasses import dataclass, field
from typing import Any

from pyvm.compiler.errors import CompileError, error_at
from pyvm.compiler.hints import Hints
from pyvm.compiler.patterns import Lowering, Parameters
from pyvm.compiler.scope import MISSING, FunctionNode, Names, Scope, resolve
from pyvm.compiler.selection import Case, MakeSelection, Statements
from pyvm.compiler.source import Source


@dataclass(frozen=True)
class Tools:
    """What the native side hands over: see `rewrite`."""

    make_selection: MakeSelection
    receive: object
    timeout: object


@dataclass
class Rewritten:
    """A changed function in the tree, and the values of the free variables it now has."""

    node: FunctionNode
    cells: dict[str, object] = field(default_factory=dict)


def rewrite_body(function: types.FunctionType, source: Source, tools: Tools) -> Rewritten:
    """Replaces each `match await receive(...)` of a function.

    Args:
        function: the function, for what names mean.
        source: where it stands.
        tools: what the native side hands over.

    Returns:
        The changed copy of its node; no cells mean that nothing changed.

    Raises:
        CompileError: for a match that cannot be selective as written.
    """
    node = copy.deepcopy(source.node)
    transformer = _Matches(function, node, source, tools)
    node.body = [
        changed for statement in node.body for changed in _statements(transformer.visit(statement))
    ]
    return Rewritten(node, transformer.cells)


class _Matches(ast.NodeTransformer):
    def __init__(
        self, function: types.FunctionType, node: FunctionNode, source: Source, tools: Tools
    ) -> None:
        self.cells: dict[str, object] = {}
        self._filename = function.__code__.co_filename
        self._names = Names(function)
        self._source = source
        self._scope = Scope(node, source.place.class_name)
        self._tools = tools
        self._hints = Hints(node, function.__code__)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return node

    def visit_Match(self, node: ast.Match) -> ast.AST | list[ast.stmt]:
        self.generic_visit(node)
        subject, name = node.subject, None
        if isinstance(node.subject, ast.NamedExpr):
            subject, name = node.subject.value, node.subject.target.id
        if isinstance(subject, ast.Await) and isinstance(subject.value, ast.Call):
            meaning = self._meaning(subject.value.func)
            if meaning is self._tools.receive:
                return self._selective(node, subject, subject.value, name)
            if meaning is MISSING:
                subject.value.func = self._checked(subject.value.func)
        for call in self._receives(node.subject)[:1]:
            raise self._error(call, _misplaced(call, subject))
        return node

    def _selective(
        self, node: ast.Match, subject: ast.Await, call: ast.Call, name: str | None
    ) -> list[ast.stmt]:
        timeout = self._timeout_of(call)
        parameters = Parameters()
        cases = [self._case(node, case, parameters, name) for case in node.cases]
        selection = self._tools.make_selection(
            tuple(case.pattern for case in cases), tuple(case.meta for case in cases)
        )
        cell = self._cell(selection)
        return Statements(subject, cell, cases).write(parameters.nodes, timeout)

    def _timeout_of(self, call: ast.Call) -> ast.expr | None:
        if call.args:
            raise self._error(
                call.args[0],
                "the subject of `match await receive()` takes no patterns: write them as cases,"
                " or take the message first with `msg = await receive(pattern)`",
            )
        for keyword in call.keywords:
            if keyword.arg != "timeout":
                raise self._error(
                    keyword.value,
                    "`match await receive()` takes `timeout=` and nothing else: leave it out",
                )
            for inner in self._receives(keyword.value)[:1]:
                raise self._error(
                    inner, "a timeout may not receive: take the message in a statement before"
                )
        return call.keywords[0].value if call.keywords else None

    def _case(
        self, match: ast.Match, node: ast.match_case, parameters: Parameters, name: str | None
    ) -> Case:
        self._check_case(node)
        hints = self._hints.of(match, node)
        lowering = Lowering(self._meaning, self._tools.timeout, parameters, hints)
        pattern = lowering.lower(node.pattern)
        if name is not None and name not in _captured(node.pattern):
            pattern = ("bind", lowering.bind(name, node.pattern), pattern)
        return Case(node, pattern, lowering.slots)

    def _check_case(self, node: ast.match_case) -> None:
        if node.guard is not None:
            for call in self._receives(node.guard)[:1]:
                raise self._error(
                    call,
                    "a guard may not receive: it runs while a message is chosen; use the body",
                )
        pattern = node.pattern
        name = pattern.name if isinstance(pattern, ast.MatchAs) and not pattern.pattern else None
        if name is not None and self._names.outer(name) is self._tools.timeout:
            raise self._error(
                pattern,
                f"`case {name}` takes every message and calls it {name}:"
                " write `case pyvm.TIMEOUT`, with a dot, for the timeout",
            )

    def _meaning(self, node: ast.expr) -> object:
        """The object that a dotted name means now, or MISSING."""
        return self._names.value(resolve(node, self._scope, self._source.place.class_name))

    def _receives(self, node: ast.expr) -> list[ast.Call]:
        """The calls of `receive` in an expression."""
        calls = [inner for inner in ast.walk(node) if isinstance(inner, ast.Call)]
        return [call for call in calls if self._meaning(call.func) is self._tools.receive]

    def _checked(self, callee: ast.expr) -> ast.expr:
        """`callee`, looked at when it runs: a name that means nothing yet may become `receive`."""
        receive = self._tools.receive
        error = self._error(
            callee,
            "this turned out to be pyvm.receive, which was not known when the function was"
            " decorated: import it above the function",
        )

        def check(function: Any) -> Any:
            if function is receive:
                raise CompileError(*error.args)
            return function

        checker = ast.Name(self._cell(check), ast.Load())
        call = ast.copy_location(ast.Call(checker, [callee], []), callee)
        return ast.fix_missing_locations(call)

    def _cell(self, value: object) -> str:
        name = f".receive{len(self.cells)}"
        self.cells[name] = value
        return name

    def _error(self, node: ast.AST, message: str) -> CompileError:
        return error_at(node, self._filename, self._source.text, message)


def _misplaced(call: ast.Call, subject: ast.expr) -> str:
    if call is subject:
        return "in an `async def` a receive is awaited: write `match await receive(...)`"
    return (
        "a selective receive is `match await receive(...)` with nothing around it:"
        " for the oldest message write `msg = await receive()` and match on that"
    )


def _captured(pattern: ast.pattern) -> set[str | None]:
    return {
        node.rest if isinstance(node, ast.MatchMapping) else node.name
        for node in ast.walk(pattern)
        if isinstance(node, ast.MatchAs | ast.MatchStar | ast.MatchMapping)
    }


def _statements(changed: Any) -> list[ast.stmt]:
    return changed if isinstance(changed, list) else [changed]
