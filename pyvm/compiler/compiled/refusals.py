# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Constructs that no compiled body may contain: found by syntax, each with a cure."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Final

from pyvm.compiler.compiled.scopes import FunctionLike

Report = Callable[[ast.AST, str], None]

_GENERATOR: Final = (
    "a compiled function is no generator: return a list, or send what it yields to a process"
)
_IMPORT: Final = "a compiled body may not import: write the import at the top of the module"

_REFUSED: Final[dict[type[ast.AST], str]] = {
    ast.AsyncFunctionDef: "a compiled body holds no coroutine: write a def, whose calls may wait",
    ast.Yield: _GENERATOR,
    ast.YieldFrom: _GENERATOR,
    ast.Import: _IMPORT,
    ast.ImportFrom: _IMPORT,
    ast.Global: "the module's variables cannot be changed by a process: keep state in parameters",
    ast.ClassDef: "a class cannot be made in a compiled body: write a frozen dataclass in the module",
    ast.TryStar: "`except*` is not available in a compiled body: use except",
}
_CONSTANTS: Final = (int, float, str, bytes, type(None))
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_LIMIT: Final = 250


def refuse(node: ast.FunctionDef, report: Report) -> None:
    """Looks through a function that stands in no compiled one; its decorators are left out.

    Args:
        node: the function.
        report: called for each construct at fault with what is wrong and the cure.
    """
    _Refusals(report).visit_root(node)


def refuse_receives(
    node: ast.FunctionDef,
    report: Report,
    is_receive: Callable[[ast.expr], bool],
    is_timeout: Callable[[str], bool],
) -> None:
    """Looks at how a function receives.

    Args:
        node: the function.
        report: see `refuse`.
        is_receive: whether an expression means pyvm.receive.
        is_timeout: whether a name means pyvm.TIMEOUT.
    """
    visitor = _Receives(report, is_receive, is_timeout)
    for statement in node.body:
        visitor.visit(statement)


class _Refusals(ast.NodeVisitor):
    def __init__(self, report: Report) -> None:
        self._report = report
        self._allowed_generators: set[ast.AST] = set()
        self._made: str | None = None

    def visit_root(self, node: ast.FunctionDef) -> None:
        given = [*node.args.posonlyargs, *node.args.args]
        if node.name == "__init__" and given:  # of an exception, as the lowering checks
            self._made = given[0].arg
        for statement in node.body:
            self.visit(statement)

    def visit(self, node: ast.AST) -> None:
        message = _REFUSED.get(type(node))
        if message is not None:
            self._report(node, message)
            if isinstance(node, ast.ClassDef | ast.AsyncFunctionDef):
                return
        elif type(node).__name__ == "TypeAlias":
            self._report(node, "a type cannot be named in a compiled body: write it in the module")
            return
        super().visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for decorator in node.decorator_list[:1]:
            self._report(
                decorator,
                "a function in a compiled body takes no decorators: call what the decorator does",
            )
        self._visit_function(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._visit_function(node)

    def _visit_function(self, node: FunctionLike) -> None:
        for part in node.body if isinstance(node.body, list) else [node.body]:
            self.visit(part)
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None:
                self.visit(default)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.visit(node.target)
        if node.value is not None:
            self.visit(node.value)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        is_made = isinstance(node.value, ast.Name) and node.value.id == self._made
        if isinstance(node.ctx, ast.Store) and not is_made:
            self._report(
                node,
                "an attribute cannot be set in a compiled body, where records do not change:"
                " make another with dataclasses.replace, or use a dict",
            )
        elif isinstance(node.ctx, ast.Del):
            self._report(node, "an attribute cannot be deleted: use a dict, and `del d[key]`")
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if not isinstance(node.value, _CONSTANTS):
            what = "`...`" if node.value is ... else "a complex number"
            self._report(node, f"{what} is no value of a compiled body: use None, or floats")
        elif isinstance(node.value, str) and not node.value.isascii() and _SURROGATE.search(node.value):
            self._report(node, "a surrogate is no character of a text: use bytes for what is no text")

    def visit_Expr(self, node: ast.Expr) -> None:
        if not (isinstance(node.value, ast.Constant) and node.value.value is ...):
            self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        self._check_operator(node, node.op)
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self._check_operator(node, node.op)
        self.generic_visit(node)

    def _check_operator(self, node: ast.AST, operator: ast.operator) -> None:
        if isinstance(operator, ast.MatMult):
            self._report(node, "no value of a compiled body has `@`: write the product out")

    def visit_Call(self, node: ast.Call) -> None:
        if len(node.args) > _LIMIT or len(node.keywords) > _LIMIT:
            self._report(node, "a call has too many arguments: give a list")
        self._allowed_generators.update(node.args)
        self.generic_visit(node)

    def visit_Starred(self, node: ast.Starred) -> None:
        self._allowed_generators.add(node.value)
        self.generic_visit(node)

    def visit_For(self, node: ast.For) -> None:
        self._allowed_generators.add(node.iter)
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        self._allowed_generators.add(node.iter)
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        if len(node.targets) == 1 and isinstance(node.targets[0], ast.Tuple | ast.List):
            self._allowed_generators.add(node.value)
        self.generic_visit(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> None:
        if node not in self._allowed_generators:
            self._report(
                node,
                "a generator expression is no value here, but an argument of calls such as sum(), behind"
                " `in` of a `for`, or behind `*`: make a list with [...]",
            )
        self.generic_visit(node)


class _Receives(ast.NodeVisitor):
    def __init__(
        self,
        report: Report,
        is_receive: Callable[[ast.expr], bool],
        is_timeout: Callable[[str], bool],
    ) -> None:
        self._report = report
        self._is_receive = is_receive
        self._is_timeout = is_timeout

    def visit_Call(self, node: ast.Call) -> None:
        if self._is_receive(node.func):
            for argument in node.args[:1]:
                self._report(
                    argument,
                    "receive() takes no patterns in a compiled body: write them as cases of"
                    " `match receive():`",
                )
            for keyword in node.keywords:
                if keyword.arg != "timeout":
                    message = "receive() takes `timeout=` and nothing else: leave it out"
                    self._report(keyword.value, message)
                elif inner := self._receives(keyword.value):
                    self._report(
                        inner[0],
                        "a timeout may not receive: take the message in a statement before",
                    )
        self.generic_visit(node)

    def visit_Match(self, node: ast.Match) -> None:
        subject = node.subject.value if isinstance(node.subject, ast.NamedExpr) else node.subject
        if isinstance(subject, ast.Call) and self._is_receive(subject.func):
            for case in node.cases:
                self._check_case(case)
        self.generic_visit(node)

    def _check_case(self, case: ast.match_case) -> None:
        if case.guard is not None:
            for call in self._receives(case.guard)[:1]:
                self._report(
                    call, "a guard may not receive: it runs while a message is chosen; use the body"
                )
        pattern = case.pattern
        name = pattern.name if isinstance(pattern, ast.MatchAs) and not pattern.pattern else None
        if name is not None and self._is_timeout(name):
            self._report(
                pattern,
                f"`case {name}` takes every message and calls it {name}:"
                " write `case pyvm.TIMEOUT`, with a dot, for the timeout",
            )

    def _receives(self, node: ast.expr) -> list[ast.Call]:
        calls = [inner for inner in ast.walk(node) if isinstance(inner, ast.Call)]
        return [call for call in calls if self._is_receive(call.func)]
