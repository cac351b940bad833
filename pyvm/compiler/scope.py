# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What a dotted name in a function means at the moment the function is decorated.

A name means something only if it is settled by then: a global, a builtin, a filled closure
cell, or an import in the body itself. Any other local binding hides it, and it means nothing.
"""

from __future__ import annotations

import ast
import builtins
import enum
import inspect
import sys
import types
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

MISSING: Final = object()

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
_Comprehension = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True)
class Dotted:
    """A name and its attributes, as in `pyvm.receive`.

    `imported` is where a local name comes from, if only imports bind it:
    a module, and a name in it or None for the module itself.
    """

    root: str
    attributes: tuple[str, ...]
    imported: tuple[str, str | None] | None = None


def dotted_parts(node: ast.expr) -> list[str] | None:
    """Returns `["a", "b"]` for `a.b`, None for any other expression."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    parts.append(node.id)
    return parts[::-1]


def mangle(name: str, class_name: str | None) -> str:
    """Applies Python's rule for `__private` names inside a class."""
    stripped = (class_name or "").lstrip("_")
    if not stripped or not name.startswith("__") or name.endswith("__") or "." in name:
        return name
    return f"_{stripped}{name}"


class Scope:
    """The names that one function binds, nested functions excluded.

    Args:
        function: the function.
        class_name: the class around it, for private names.
    """

    def __init__(self, function: FunctionNode, class_name: str | None) -> None:
        self._visitor = _ScopeVisitor(class_name)
        self._visitor.visit_body(function)

    def is_local(self, name: str) -> bool:
        """Whether `name` is the function's own."""
        visitor = self._visitor
        return name in visitor.bindings and name not in visitor.declared

    def imported(self, name: str) -> tuple[str, str | None] | None:
        """Where `name` comes from, if an import is its one binding here."""
        visitor = self._visitor
        return visitor.imports.get(name) if visitor.bindings.get(name) == 1 else None


class _ScopeVisitor(ast.NodeVisitor):
    def __init__(self, class_name: str | None) -> None:
        self.bindings: dict[str, int] = {}  # how many there are of each name
        self.declared: set[str] = set()  # global and nonlocal
        self.imports: dict[str, tuple[str, str | None]] = {}
        self._class_name = class_name

    def visit_body(self, function: FunctionNode) -> None:
        for argument in _arguments(function.args):
            self._bind(argument.arg)
        for statement in function.body:
            self.visit(statement)

    def _bind(self, name: str | None) -> None:
        if name is not None:
            mangled = mangle(name, self._class_name)
            self.bindings[mangled] = self.bindings.get(mangled, 0) + 1

    def _visit_definition(self, node: FunctionNode | ast.ClassDef) -> None:
        self._bind(node.name)
        outside = list(node.decorator_list)
        if isinstance(node, ast.ClassDef):
            outside += [*node.bases, *(keyword.value for keyword in node.keywords)]
        else:
            outside += _defaults(node.args)
        for expression in outside:
            self.visit(expression)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._visit_definition(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._visit_definition(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._visit_definition(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        for default in _defaults(node.args):
            self.visit(default)

    def visit_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load):
            self._bind(node.id)

    def generic_visit(self, node: ast.AST) -> None:
        if isinstance(node, _Comprehension):  # its targets are its own, its `:=` are ours
            for inner in ast.walk(node):
                if isinstance(inner, ast.NamedExpr):
                    self._bind(inner.target.id)
            return
        super().generic_visit(node)

    def visit_Global(self, node: ast.Global) -> None:
        self.declared.update(mangle(name, self._class_name) for name in node.names)

    def visit_Nonlocal(self, node: ast.Nonlocal) -> None:
        self.declared.update(mangle(name, self._class_name) for name in node.names)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            name = alias.asname or alias.name.partition(".")[0]
            self._bind(name)
            self.imports[mangle(name, self._class_name)] = (
                alias.name if alias.asname else name,
                None,
            )

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            name = alias.asname or alias.name
            self._bind(name)
            if node.level == 0 and node.module is not None:
                self.imports[mangle(name, self._class_name)] = (node.module, alias.name)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        self._bind(node.name)
        self.generic_visit(node)

    def visit_MatchAs(self, node: ast.MatchAs) -> None:
        self._bind(node.name)
        self.generic_visit(node)

    def visit_MatchStar(self, node: ast.MatchStar) -> None:
        self._bind(node.name)

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        self._bind(node.rest)
        self.generic_visit(node)


def resolve(node: ast.expr, scope: Scope, class_name: str | None) -> Dotted | None:
    """Follows Python's scoping rules from a body to what surrounds it.

    Args:
        node: an expression in the body.
        scope: the names that the body binds.
        class_name: the class around it, for private names.

    Returns:
        What to look up when the function is decorated, or None if `node` is no dotted name or a
        local binding hides it.
    """
    parts = dotted_parts(node)
    if parts is None:
        return None
    root, *attributes = (mangle(part, class_name) for part in parts)
    if not scope.is_local(root):
        return Dotted(root, tuple(attributes))
    imported = scope.imported(root)
    return None if imported is None else Dotted(root, tuple(attributes), imported)


class Names:
    """The values that names have for one function now."""

    def __init__(self, function: types.FunctionType) -> None:
        self._globals = function.__globals__
        self._builtins = vars(builtins)
        self._cells = dict(
            zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
        )

    def value(self, name: Dotted | None) -> object:
        """The object that `name` means, or MISSING. Runs no code of the user's classes."""
        if name is None:
            return MISSING
        found = self._imported(*name.imported) if name.imported else self.outer(name.root)
        for attribute in name.attributes:
            found = _attribute(found, attribute)
        return found

    def outer(self, name: str) -> object:
        """What `name` means around the function, whatever the function binds."""
        if name in self._cells:
            try:
                return self._cells[name].cell_contents
            except ValueError:
                return MISSING
        return self._globals.get(name, self._builtins.get(name, MISSING))

    def _imported(self, module: str, name: str | None) -> object:
        loaded: object = sys.modules.get(module, MISSING)
        if name is None:
            return loaded
        found = _attribute(loaded, name)
        return sys.modules.get(f"{module}.{name}", MISSING) if found is MISSING else found


def _attribute(owner: object, name: str) -> object:
    if owner is MISSING:
        return MISSING
    if isinstance(owner, types.ModuleType):
        return getattr(owner, name, MISSING)
    if isinstance(owner, enum.EnumMeta) and name in owner.__members__:
        return owner.__members__[name]
    found = inspect.getattr_static(owner, name, MISSING)
    return found.__func__ if isinstance(found, staticmethod) else found


def _defaults(arguments: ast.arguments) -> list[ast.expr]:
    return [*arguments.defaults, *(value for value in arguments.kw_defaults if value is not None)]


def _arguments(arguments: ast.arguments) -> Iterable[ast.arg]:
    yield from (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    yield from (extra for extra in (arguments.vararg, arguments.kwarg) if extra is not None)
