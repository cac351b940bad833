# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""`try`, `raise`, `assert`.

The statements of a `finally` are lowered for each way out: the end of the `try`, an exception, and
each `return`, `break` and `continue`.
"""

from __future__ import annotations

import ast
from typing import Any

from pyvm.compiler.compiled import classes
from pyvm.compiler.compiled.ir import NO_REGISTER, Block, Handler
from pyvm.compiler.compiled.lower_assignments import Assignments
from pyvm.compiler.compiled.lower_core import Cleanup


class Exceptions(Assignments):
    """Lowers what raises and what handles."""

    def clean_up(self, depth: int) -> None:
        """Does what is due when control leaves all that was entered above `depth`."""
        entered = self.exits
        for place in range(len(entered) - 1, depth - 1, -1):
            one = entered[place]
            if isinstance(one, Cleanup):
                self.exits = entered[:place]
                self.handle(one.outer)
                if one.name is not None:
                    self.unset(one.name)
                if one.manager is not None:
                    with self.temporaries():
                        self.operation("leave", [one.manager])
                self.statements(one.statements)
        self.exits = entered

    def raise_statement(
        self, node: ast.Raise, exception: ast.expr | None, cause: ast.expr | None
    ) -> None:
        """The statement `raise`."""
        if exception is not None:
            kind: Any = self.meaning(exception)
            if classes.is_exception(kind) and self.module.constructor(kind) is not None:
                exception = ast.copy_location(ast.Call(exception, [], []), exception)
            raised = self.value(exception)
            source = NO_REGISTER if cause is None else self.value(cause)
            self.emit("Raise", raised, source)
        elif self.caught:
            self.emit("Reraise", self.caught[-1])
        else:
            raise self.error(
                node, "nothing is being handled here that `raise` could raise again: name it"
            )
        self.place(Block())

    def assert_statement(self, test: ast.expr, message: ast.expr | None) -> None:
        """The statement `assert`."""
        good = Block()
        self.jump_if(test, good, True)
        text = NO_REGISTER if message is None else self.value(message)
        self.emit("AssertionFailed", text)
        self.place(good)

    def try_statement(self, node: ast.Try) -> None:
        """The statement `try`."""
        if not node.finalbody:
            self._try_except(node)
            return
        outer, end = self.handler, Block()
        handler = Handler(Block(), self.top, outer)
        self.exits.append(Cleanup(outer, node.finalbody))
        self.handle(handler)
        self._try_except(node)
        self.exits.pop()
        self.handle(outer)
        self.statements(node.finalbody)
        self.emit_jump("Jump", end)
        self.place(handler.target)
        with self.temporaries():
            self.caught.append(self.push())
            self.statements(node.finalbody)
            self.emit("Reraise", self.caught.pop())
        self.place(end)

    def _try_except(self, node: ast.Try) -> None:
        if not node.handlers:
            self.statements(node.body)
            self.statements(node.orelse)
            return
        outer, end = self.handler, Block()
        handler = Handler(Block(), self.top, outer)
        self.handle(handler)
        self.exits.append(Cleanup(outer))
        self.statements(node.body)
        self.exits.pop()
        self.handle(outer)
        self.statements(node.orelse)
        self.emit_jump("Jump", end)
        self.place(handler.target)
        with self.temporaries():
            caught = self.push()
            self.caught.append(caught)
            for one in node.handlers:
                self._except(one, caught, end)
            self.caught.pop()
            self.emit("Reraise", caught)
        self.place(end)

    def _except(self, node: ast.ExceptHandler, caught: int, end: Block) -> None:
        following = Block()
        with self.at(node), self.temporaries():
            if node.type is not None:
                kind = self.value(node.type)
                test = self.push()
                self.emit("IsException", test, caught, kind)
                self.emit_jump("JumpIfFalse", following, test)
        if node.name is None:
            self.statements(node.body)
        else:
            self._named(node, node.name, caught)
        self.emit_jump("Jump", end)
        self.place(following)

    def _named(self, node: ast.ExceptHandler, name: str, caught: int) -> None:
        """The body of `except ... as name`, after which the name has no value."""
        self.write(name, caught)
        outer, done = self.handler, Block()
        cleanup = Handler(Block(), self.top, outer)
        self.exits.append(Cleanup(outer, name=name))
        self.handle(cleanup)
        self.statements(node.body)
        self.exits.pop()
        self.handle(outer)
        self.unset(name)
        self.emit_jump("Jump", done)
        self.place(cleanup.target)
        with self.temporaries():
            raised = self.push()
            self.unset(name)
            self.emit("Reraise", raised)
        self.place(done)
