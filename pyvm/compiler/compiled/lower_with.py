# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""`with`: over records with `__enter__` and `__exit__`, and over what contextlib has for exceptions.

The end of the body is reached in three ways: at its end, by an exception, and by each `return`,
`break` and `continue`, as with `finally`.
"""

from __future__ import annotations

import ast
import contextlib
from typing import Final

from pyvm.compiler.compiled.ir import Block, Handler
from pyvm.compiler.compiled.lower_calls import has_spread
from pyvm.compiler.compiled.lower_core import Cleanup
from pyvm.compiler.compiled.lower_exceptions import Exceptions

_GENERATORS: Final = "a frozen dataclass with __enter__ and __exit__"


class Managers(Exceptions):
    """Lowers `with`."""

    def with_statement(self, node: ast.With) -> None:
        """The statement: each item is a `with` around those behind it."""
        self._items(node.items, node.body)

    def _items(self, items: list[ast.withitem], body: list[ast.stmt]) -> None:
        if not items:
            self.statements(body)
            return
        first, *others = items
        with self.temporaries(), self.at(first.context_expr):
            call = first.context_expr
            meaning = self.meaning(call.func) if isinstance(call, ast.Call) else None
            if isinstance(call, ast.Call) and meaning is contextlib.suppress:
                self._suppress(call, first.optional_vars, others, body)
            elif isinstance(call, ast.Call) and meaning is contextlib.nullcontext:
                self._null(call, first.optional_vars, others, body)
            else:
                self._refuse_generators(call, meaning)
                self._manager(first, others, body)

    def _refuse_generators(self, node: ast.expr, meaning: object) -> None:
        if meaning is contextlib.closing:
            raise self.error(node, "closing() is not available here: use try and finally")
        module = getattr(meaning, "__module__", None)
        is_generator = hasattr(meaning, "__wrapped__") and _made_by_contextlib(meaning)
        if is_generator or module == "contextlib":
            raise self.error(
                node,
                f"managers of contextlib are not compiled: write {_GENERATORS}, or try and finally",
            )

    def _manager(
        self, item: ast.withitem, others: list[ast.withitem], body: list[ast.stmt]
    ) -> None:
        """A manager of the program."""
        manager = self.value(item.context_expr, self.push())
        entered = self.operation("enter", [manager], self.push())
        outer, end = self.handler, Block()
        handler = Handler(Block(), self.top, outer)
        self.exits.append(Cleanup(outer, manager=manager))
        self.handle(handler)
        if item.optional_vars is not None:
            self.assign(item.optional_vars, entered)
        self._items(others, body)
        self.exits.pop()
        self.handle(outer)
        with self.temporaries():
            self.operation("leave", [manager])
        self.emit_jump("Jump", end)
        self.place(handler.target)
        with self.temporaries():
            caught = self.push()
            result = self.operation("leave_raising", [manager, caught])
            self.emit_jump("JumpIfTrue", end, self.truth(result))
            self.emit("Reraise", caught)
        self.place(end)

    def _suppress(
        self,
        call: ast.Call,
        target: ast.expr | None,
        others: list[ast.withitem],
        body: list[ast.stmt],
    ) -> None:
        """`with contextlib.suppress(...)`: exceptions of these classes end the body."""
        if call.keywords or has_spread(call):
            raise self.error(call, "suppress() takes the classes themselves: write them out")
        classes = self.push()
        first = self.in_a_row(call.args)
        self.emit("MakeTuple", classes, first, len(call.args))
        self.top = classes + 1
        outer, end = self.handler, Block()
        handler = Handler(Block(), self.top, outer)
        self.exits.append(Cleanup(outer))
        self.handle(handler)
        if target is not None:
            with self.temporaries():
                self.assign(target, self.load(None))
        self._items(others, body)
        self.exits.pop()
        self.handle(outer)
        self.emit_jump("Jump", end)
        self.place(handler.target)
        with self.temporaries():
            caught = self.push()
            test = self.push()
            self.emit("IsException", test, caught, classes)
            self.emit_jump("JumpIfTrue", end, test)
            self.emit("Reraise", caught)
        self.place(end)

    def _null(
        self,
        call: ast.Call,
        target: ast.expr | None,
        others: list[ast.withitem],
        body: list[ast.stmt],
    ) -> None:
        """`with contextlib.nullcontext(x) as y`, which does nothing at its end."""
        if call.keywords or has_spread(call) or len(call.args) > 1:
            raise self.error(call, "nullcontext() takes one value: write it out")
        value = self.value(call.args[0]) if call.args else self.load(None)
        if target is not None:
            self.assign(target, value)
        self._items(others, body)


def _made_by_contextlib(function: object) -> bool:
    code = getattr(function, "__code__", None)
    return code is not None and code.co_filename == contextlib.__file__
