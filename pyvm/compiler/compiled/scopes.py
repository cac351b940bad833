# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Whose variable a name is, and which variables need a cell.

A variable that an inner function reads is copied into it where that is the same to everybody: it is
bound once, not in a loop, and before the inner function is made. Any other lies in a cell.
"""

from __future__ import annotations

import ast
import functools
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

FunctionLike = ast.FunctionDef | ast.Lambda
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_Place = tuple[int, int]
_START: _Place = (0, 0)
_BRANCHES = (ast.If, ast.While, ast.For, ast.Try, ast.With, ast.Match)


@dataclass(eq=False)
class Symbol:
    """A variable of one function or comprehension."""

    name: str
    bindings: int = 0
    bound_at: _Place = _START
    in_loop: bool = False
    is_sure: bool = True  # bound on every way to what stands behind its binding
    captured_at: _Place | None = None

    @property
    def in_cell(self) -> bool:
        """Whether it is shared with an inner function by a cell."""
        if self.captured_at is None:
            return False
        return self.bindings != 1 or self.in_loop or self.bound_at > self.captured_at


@dataclass(eq=False)
class Scope:
    """The variables of a function or a comprehension.

    `free` are the variables of functions around it that it, or a function in it, uses: in a fixed
    order, the one of the registers that hold what is captured.
    """

    node: FunctionLike | Comprehension
    outer: Scope | None
    symbols: dict[str, Symbol] = field(default_factory=dict)
    free: dict[str, Symbol] = field(default_factory=dict)
    nonlocals: set[str] = field(default_factory=set)
    inner: dict[ast.AST, Scope] = field(default_factory=dict)  # shared by all scopes of a tree
    walrus: set[str] = field(default_factory=set)

    @property
    def is_function(self) -> bool:
        """Whether it has registers of its own."""
        return isinstance(self.node, FunctionLike)

    def function(self) -> Scope:
        """The function that it belongs to."""
        scope = self
        while not scope.is_function:
            assert scope.outer is not None
            scope = scope.outer
        return scope

    def find(self, name: str) -> Symbol | None:
        """The variable of this function, or of one around it, that a name means here."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.symbols:
                return scope.symbols[name]
            scope = scope.outer
        return None


@functools.lru_cache(maxsize=64)  # a function is looked at when decorated and when compiled
def analyze(node: FunctionLike) -> Scope:
    """Finds the scopes of a function that stands in a module, and of all in it; shared, not changed."""
    root = Scope(node, None)
    root.inner[node] = root
    _Binder(root).visit_function()
    for scope in list(root.inner.values()):
        for name in scope.nonlocals:
            symbol = scope.outer.find(name) if scope.outer is not None else None
            if symbol is not None:
                symbol.bindings += 2
    _Reader(root).visit_function()
    return root


def parameters(arguments: ast.arguments) -> list[ast.arg]:
    """The parameters in the order of their registers: those behind `*` without default go first."""
    pairs = list(zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True))
    return [
        *arguments.posonlyargs,
        *arguments.args,
        *(one for one, default in pairs if default is None),
        *(one for one, default in pairs if default is not None),
    ]


def all_parameters(arguments: ast.arguments) -> list[ast.arg]:
    """`parameters`, then `*args` and `**kwargs` where there are such."""
    rest = [one for one in (arguments.vararg, arguments.kwarg) if one is not None]
    return [*parameters(arguments), *rest]


def default_expressions(arguments: ast.arguments) -> list[ast.expr | None]:
    """The defaults of the last parameters in the order of `parameters`; None for one without."""
    behind = sorted(arguments.kw_defaults, key=lambda default: default is not None)
    found = [*arguments.defaults, *behind]
    return list(itertools.dropwhile(lambda default: default is None, found))


class _Visitor(ast.NodeVisitor):
    """Visits one scope; hands inner ones to a visitor of their own."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def visit_function(self) -> None:
        node = self.scope.node
        assert isinstance(node, FunctionLike)
        for part in node.body if isinstance(node.body, list) else [node.body]:
            self.visit(part)

    def inner(self, node: FunctionLike | Comprehension) -> Scope:
        raise NotImplementedError

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._visit_inner(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._visit_inner(node)

    def _visit_inner(self, node: FunctionLike) -> None:
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None:
                self.visit(default)
        type(self)(self.inner(node)).visit_function()

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        pass  # refused

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        pass  # refused

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.visit(node.target)
        if node.value is not None:
            self.visit(node.value)

    def visit_ListComp(self, node: ast.ListComp) -> None:
        self._visit_comprehension(node)

    def visit_SetComp(self, node: ast.SetComp) -> None:
        self._visit_comprehension(node)

    def visit_DictComp(self, node: ast.DictComp) -> None:
        self._visit_comprehension(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> None:
        self._visit_comprehension(node)

    def _visit_comprehension(self, node: Comprehension) -> None:
        first = node.generators[0]
        self.visit(first.iter)  # the one part that belongs to the scope around it
        inside = type(self)(self.inner(node))
        for part in _inner_parts(node, first):
            inside.visit(part)


def _inner_parts(node: Comprehension, first: ast.comprehension) -> Iterator[ast.AST]:
    yield first.target
    yield from first.ifs
    yield from node.generators[1:]
    if isinstance(node, ast.DictComp):
        yield node.key
        yield node.value
    else:
        yield node.elt


class _Binder(_Visitor):
    """Collects what each scope binds."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope)
        self._loops = 0 if scope.is_function else 1
        self._branches = 0
        self._end: _Place = _START

    def visit_function(self) -> None:
        node = self.scope.node
        assert isinstance(node, FunctionLike)
        for inner in ast.walk(node):  # declarations count wherever they stand
            if isinstance(inner, ast.Nonlocal) and _owner(node, inner):
                self.scope.nonlocals.update(inner.names)
        for argument in all_parameters(node.args):
            self._bind(argument.arg)
        super().visit_function()

    def inner(self, node: FunctionLike | Comprehension) -> Scope:
        made = Scope(node, self.scope, inner=self.scope.inner)
        self.scope.inner[node] = made
        return made

    def _bind(self, name: str | None, times: int = 1) -> None:
        if name is None or name in self.scope.nonlocals:
            return
        symbol = self.scope.symbols.setdefault(name, Symbol(name))
        symbol.bindings += times
        symbol.bound_at = max(symbol.bound_at, self._end)
        symbol.in_loop = symbol.in_loop or self._loops > 0
        symbol.is_sure = symbol.is_sure and self._branches == 0

    def visit(self, node: ast.AST) -> None:
        if isinstance(node, ast.stmt | ast.pattern) and node.end_lineno is not None:
            before, self._end = self._end, (node.end_lineno, node.end_col_offset or 0)
            is_branch = isinstance(node, _BRANCHES)
            self._branches += is_branch
            super().visit(node)
            self._branches -= is_branch
            self._end = before
        else:
            super().visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load):
            self._bind(node.id)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        function = self.scope.function()
        function.walrus.add(node.target.id)
        owner = _Binder(function)
        owner._loops, owner._end, owner._branches = self._loops, self._end, 1
        owner._bind(node.target.id)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._bind(node.name)
        super().visit_FunctionDef(node)

    def visit_While(self, node: ast.While) -> None:
        self._visit_loop(node)

    def visit_For(self, node: ast.For) -> None:
        self._visit_loop(node)

    def _visit_loop(self, node: ast.While | ast.For) -> None:
        self._loops += 1
        self.generic_visit(node)
        self._loops -= 1

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        self._bind(node.name, 2)  # it is taken away at the end
        self.generic_visit(node)

    def visit_MatchAs(self, node: ast.MatchAs) -> None:
        self._bind(node.name)
        self.generic_visit(node)

    def visit_MatchStar(self, node: ast.MatchStar) -> None:
        self._bind(node.name)

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        self._bind(node.rest)
        self.generic_visit(node)


class _Reader(_Visitor):
    """Finds the variables that cross the border of a function."""

    def inner(self, node: FunctionLike | Comprehension) -> Scope:
        return self.scope.inner[node]

    def visit_Name(self, node: ast.Name) -> None:
        self._use(node.id)

    def visit_Nonlocal(self, node: ast.Nonlocal) -> None:
        for name in node.names:
            self._use(name)

    def _use(self, name: str) -> None:
        crossed: list[Scope] = []
        scope: Scope | None = self.scope
        while scope is not None and name not in scope.symbols:
            if scope.is_function:
                crossed.append(scope)
            scope = scope.outer
        if scope is None or not crossed:
            return
        symbol = scope.symbols[name]
        for function in crossed:
            function.free[name] = symbol
        node = crossed[-1].node
        place = (node.lineno, node.col_offset)
        symbol.captured_at = min(symbol.captured_at or place, place)


def _owner(function: FunctionLike, declaration: ast.Nonlocal) -> bool:
    """Whether a declaration found below `function` is its own and no inner function's."""
    waiting: list[ast.AST] = list(ast.iter_child_nodes(function))
    while waiting:
        node = waiting.pop()
        if node is declaration:
            return True
        if not isinstance(node, FunctionLike | ast.ClassDef | ast.AsyncFunctionDef):
            waiting.extend(ast.iter_child_nodes(node))
    return False
