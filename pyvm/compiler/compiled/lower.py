# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Statements, and the choice of what lowers each expression."""

from __future__ import annotations

import ast
from typing import Any

from pyvm.compiler.compiled.ir import Block
from pyvm.compiler.compiled.lower_core import Cleanup, Iterated, Loop
from pyvm.compiler.compiled.lower_with import Managers
from pyvm.compiler.compiled.meanings import is_unbound_method
from pyvm.compiler.errors import CompileError
from pyvm.compiler.qualified import module_of
from pyvm.compiler.scope import MISSING


class FunctionLowering(Managers):
    """Lowers one function, statement by statement; the errors of each are noted."""

    def run(self) -> None:
        """Lowers the whole function."""
        node = self.function.node
        if isinstance(node, ast.Lambda):
            with self.at(node.body):
                self._return(node.body)
        else:
            assert isinstance(node, ast.FunctionDef)
            self.statements(node.body)
            self._return(None)

    # Expressions.

    def value(self, node: ast.expr, dest: int | None = None) -> int:
        """See Core."""
        top = self.top
        with self.at(node):
            register = self._value(node, dest)
        self.top = top if dest is not None or register < top else register + 1
        return register

    def _value(self, node: ast.expr, dest: int | None) -> int:
        match node:
            case ast.Constant(value):
                return self.load(value, dest)
            case ast.Name() | ast.Attribute():
                return self._name(node, dest)
            case ast.BinOp():
                return self.binary(node, dest)
            case ast.UnaryOp():
                return self.unary(node, dest)
            case ast.BoolOp():
                return self.boolean(node, dest)
            case ast.Compare():
                return self.compare(node, dest)
            case ast.IfExp():
                return self.conditional(node, dest)
            case ast.Call():
                register = self.call(node, dest)
                assert register is not None
                return register
            case ast.Subscript():
                return self.item(node, dest)
            case ast.Tuple() | ast.List() | ast.Set():
                return self.sequence(node, dest)
            case ast.Dict():
                return self.dictionary(node, dest)
            case ast.JoinedStr():
                return self.formatted(node, dest)
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                return self.comprehension(node, dest)
            case ast.NamedExpr(target, value):
                register = self.value(value, dest)
                self.assign(target, register)
                return register
            case ast.Lambda():
                return self.nested(node, dest)
            case Iterated(value=value):
                return self.special(node.operation, [value], dest)
            case ast.Slice():
                return self.slice_value(node, dest)
        return self._refused(node, dest)

    def _refused(self, node: ast.expr, dest: int | None) -> int:
        """What the refusals have reported already."""
        return self.load(None, dest)

    def _name(self, node: ast.Name | ast.Attribute, dest: int | None) -> int:
        if isinstance(node, ast.Name):
            register = self.read(node.id, dest)
            if register is not None:
                return register
        meaning: Any = self.meaning(node)
        if meaning is not MISSING:
            return self.known_value(node, meaning, dest)
        if isinstance(node, ast.Name):
            raise self.error(node, f"the name {node.id} is not defined: define or import it")
        owner = self.meaning(node.value)
        if module_of(owner) is not None:
            raise self.error(node, f"module {ast.unparse(node.value)} has no {node.attr}")
        if is_unbound_method(owner, node.attr):
            return self.method_of_class(owner, node.attr, dest)
        self.check_member(node)
        return self.attribute(node, dest)

    # Statements.

    def statements(self, block: list[ast.stmt]) -> None:
        """See Core."""
        for statement in block:
            saved = (self.handler, list(self.exits), list(self.caught), list(self.scopes))
            try:
                with self.temporaries(), self.at(statement):
                    self._statement(statement)
            except CompileError as error:
                self.module.report(error)
                self.handler, self.exits, self.caught, self.scopes = saved

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Expr(value):
                if not isinstance(value, ast.Constant) and not self.send(value):
                    self.value(value)
            case ast.Assign(targets, value):
                self.assign_value(targets, value)
            case ast.AnnAssign(target, value=ast.expr() as value):
                self.assign_value([target], value)
            case ast.AugAssign():
                self.augment(node)
            case ast.Return(value):
                self._return(value)
            case ast.If():
                self._if(node)
            case ast.While():
                self._while(node)
            case ast.For():
                self._for(node)
            case ast.Break() | ast.Continue():
                self._leave_loop(isinstance(node, ast.Break))
            case ast.Match():
                received = self.receive_call(node)
                if received is not None:
                    self.match_receive(node, *received)
                else:
                    self.match_value(node)
            case ast.Try():
                self.try_statement(node)
            case ast.With():
                self.with_statement(node)
            case ast.Raise(exception, cause):
                self.raise_statement(node, exception, cause)
            case ast.Assert(test, message) if __debug__:
                self.assert_statement(test, message)
            case ast.Delete(targets):
                for one in targets:
                    self.delete(one)
            case ast.FunctionDef():
                self.write(node.name, self.nested(node, self.plain_variable(node.name)))

    def _if(self, node: ast.If) -> None:
        end = Block()
        while True:  # each elif is an if in an else
            with self.at(node):
                otherwise = Block()
                self.jump_if(node.test, otherwise, False)
                self.statements(node.body)
                self.emit_jump("Jump", end)
            self.place(otherwise)
            match node.orelse:
                case [ast.If() as following]:
                    node = following
                case _:
                    break
        self.statements(node.orelse)
        self.place(end)

    def _while(self, node: ast.While) -> None:
        head, otherwise, end = Block(), Block(), Block()
        self.place(head)
        self.jump_if(node.test, otherwise, False)
        self.exits.append(Loop(end, head))
        self.statements(node.body)
        self.exits.pop()
        self.emit_jump("LoopJump", head)
        self.place(otherwise)
        self.statements(node.orelse)
        self.place(end)

    def _for(self, node: ast.For) -> None:
        head, otherwise, end = Block(), Block(), Block()
        if isinstance(node.iter, ast.GeneratorExp):

            def run(again: Block) -> None:
                self.exits.append(Loop(end, again, goes_on=True))
                self.statements(node.body)
                self.exits.pop()

            self.generate_into(node.target, node.iter, [*self.scopes], run)
            self.statements(node.orelse)
            self.place(end)
            return
        with self.temporaries():
            state = self.iteration(node.iter)
            self.place(head)
            with self.temporaries():
                self.next_into(node.target, state, otherwise)
            self.exits.append(Loop(end, head))
            self.statements(node.body)
            self.exits.pop()
        self.emit_jump("LoopJump", head)
        self.place(otherwise)
        self.statements(node.orelse)
        self.place(end)

    def _leave_loop(self, is_break: bool) -> None:
        depth = max(i for i, one in enumerate(self.exits) if isinstance(one, Loop))
        loop = self.exits[depth]
        assert isinstance(loop, Loop)
        handler = self.handler
        self.clean_up(depth + 1)
        op = "Jump" if is_break or loop.goes_on else "LoopJump"
        self.emit_jump(op, loop.end if is_break else loop.again)
        self.handler = handler
        self.place(Block())

    def _return(self, value: ast.expr | None) -> None:
        cleanups = any(isinstance(one, Cleanup) for one in self.exits)
        if self.handler is None and not cleanups and value is not None:
            self._return_tail(value)
            return
        with self.temporaries():
            register = self.load(None) if value is None else self.value(value)
            if cleanups and not self.is_temporary(register):
                register = self.moved(register, self.push())
            handler = self.handler
            self.clean_up(0)
            self.emit("Return", register)
            self.handler = handler
        self.place(Block())

    def _return_tail(self, value: ast.expr) -> None:
        """`return` where nothing is left to do: a call takes the place of this frame."""
        with self.at(value), self.temporaries():
            match value:
                case ast.IfExp(test, body, orelse):
                    otherwise = Block()
                    self.jump_if(test, otherwise, False)
                    self._return_tail(body)
                    self.place(otherwise)
                    self._return_tail(orelse)
                    return
                case ast.Call():
                    register = self.call(value, None, tail=True)
                case _:
                    register = self.value(value)
            if register is not None:
                self.emit("Return", register)
            self.place(Block())
