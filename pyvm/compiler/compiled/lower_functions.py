# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Functions as values: those that stand in functions, and what names of functions mean."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from typing import Final

from pyvm.compiler.compiled.lower_core import Module, Unit
from pyvm.compiler.compiled.lower_displays import Displays
from pyvm.compiler.compiled.meanings import (
    NO_DEFAULT,
    FunctionConstant,
    QualifiedName,
    reason_not_constant,
)
from pyvm.compiler.compiled.scopes import FunctionLike, Scope, default_expressions
from pyvm.compiler.library import stand_in as stand_in_of
from pyvm.compiler.library import unbound_method
from pyvm.compiler.scope import MISSING

_SHOWN: Final[dict[type[ast.AST], str]] = {ast.GeneratorExp: "<genexpr>"}
if sys.version_info < (3, 12):  # where these are functions too
    _SHOWN.update(
        {ast.ListComp: "<listcomp>", ast.SetComp: "<setcomp>", ast.DictComp: "<dictcomp>"}
    )


class Functions(Displays):
    """Lowers functions that are values."""

    def __init__(self, module: Module, unit: Unit, scope: Scope, qualified_name: str) -> None:
        super().__init__(module, unit, scope, qualified_name)
        self._called: set[ast.expr] = set()  # what is called or spawned, so no mere value

    def window(self, dest: int | None) -> int:
        """The first register of the window of a call."""
        base = dest if dest is not None and self.is_on_top(dest) else self.push()
        self.push()
        return base

    def finish(self, base: int, dest: int | None) -> int:
        """Gives back the window, and moves the result to where it is wanted."""
        self.top = base + (dest is None or dest == base)
        return self.moved(base, dest)

    def nested(self, node: FunctionLike, dest: int | None) -> int:
        """A lambda or a def in a function: makes it and what it captures a value."""
        scope = self.function.inner[node]
        name = node.name if isinstance(node, ast.FunctionDef) else "<lambda>"
        expressions = default_expressions(node.args)
        constants = self._constant_defaults(expressions)
        number = self.module.add_nested(
            self.unit,
            scope,
            ".".join([self.qualified_name, "<locals>", *self._comprehensions(), name]),
            len(expressions) if constants is None else constants,
        )
        with self.temporaries():
            first = self.top
            for expression in expressions if constants is None else ():
                if expression is None:
                    self.emit("Unset", self.push(), 1)
                else:
                    self.value(expression, self.push())
            for free in scope.free:
                self.capture(free, self.push())
            count = self.top - first
        dest = self.target(dest)
        made = self.emit("MakeFunction", dest, number, first if count else 0)
        made.extent = (count, 0)
        return dest

    def _comprehensions(self) -> Iterator[str]:
        """The comprehensions around, as qualified names have them."""
        for scope in self.scopes:
            if type(scope.node) in _SHOWN:
                yield _SHOWN[type(scope.node)]

    def known_value(self, node: ast.expr, meaning: object, dest: int | None) -> int:
        """What a name means that is no variable."""
        return self.meant(node, stand_in_of(meaning) or meaning, dest)

    def meant(self, node: ast.expr, meaning: object, dest: int | None) -> int:
        """A function that becomes part of the image, or a constant."""
        number = None
        if node in self._called or not self._is_process_elsewhere(meaning):
            number = self.module.function_number(meaning)
        if number is not None:
            return self.function_value(number, dest, self.qualified(node, meaning))
        return self.load(self.checked_constant(node, meaning), dest)

    def method_of_class(self, owner: object, name: str, dest: int | None) -> int:
        """`str.upper`: a function whose first argument is the object."""
        number = self.module.function_number(unbound_method)
        assert number is not None
        base = self.window(dest)
        first = self.push(2)
        self.load(owner, first)
        self.load(name, first + 1)
        self.emit("Call", base, number, 2)
        return self.finish(base, dest)

    def _is_process_elsewhere(self, meaning: object) -> bool:
        """Whether it is a process of another module: as a value it can be sent."""
        home = getattr(meaning, "__globals__", None)
        return self.module.world.is_process(meaning) and home is not self.unit.function.__globals__

    def function_value(
        self, number: int, dest: int | None, qualified: QualifiedName | None = None
    ) -> int:
        """A function of the image as a value, or the newest of its qualified name."""
        own = FunctionConstant(number)
        if qualified is None:
            return self.load(own, dest)
        register = self.target(dest)
        self.emit("LoadNewest", register, self.constant(own), self.constant(qualified))
        return register

    def _constant_defaults(self, expressions: list[ast.expr | None]) -> tuple[object, ...] | None:
        """The values of defaults; None if one of them must be computed when the function is made."""
        found: list[object] = []
        for expression in expressions:
            if expression is None:
                found.append(NO_DEFAULT)
                continue
            value = self.folded(expression)
            if value is MISSING:
                value = self.meaning(expression)
            if value is MISSING or reason_not_constant(value, self.module.world) is not None:
                return None
            found.append(value)
        return tuple(found)
