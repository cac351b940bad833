# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Operators, comparisons and conditions."""

from __future__ import annotations

import ast
from typing import Final

from pyvm.compiler.compiled.ir import Block
from pyvm.compiler.compiled.lower_core import Core

BINARY: Final[dict[type[ast.operator], str]] = {
    ast.Add: "Add",
    ast.Sub: "Subtract",
    ast.Mult: "Multiply",
    ast.Div: "TrueDivide",
    ast.FloorDiv: "FloorDivide",
    ast.Mod: "Modulo",
    ast.Pow: "Power",
    ast.LShift: "ShiftLeft",
    ast.RShift: "ShiftRight",
    ast.BitAnd: "BitAnd",
    ast.BitOr: "BitOr",
    ast.BitXor: "BitXor",
}
_UNARY: Final[dict[type[ast.unaryop], str]] = {
    ast.USub: "Negate",
    ast.UAdd: "Plus",
    ast.Invert: "Invert",
    ast.Not: "Not",
}
_COMPARE: Final[dict[type[ast.cmpop], str]] = {
    ast.Eq: "Equal",
    ast.NotEq: "NotEqual",
    ast.Lt: "Less",
    ast.LtE: "LessEqual",
    ast.Gt: "Greater",
    ast.GtE: "GreaterEqual",
    ast.Is: "Is",
    ast.IsNot: "Is",
    ast.In: "In",
    ast.NotIn: "In",
}
_NEGATED: Final = (ast.IsNot, ast.NotIn)
# The jumps if a comparison is true, and if it is not; between registers, and with a small integer.
_JUMPS: Final[dict[type[ast.cmpop], tuple[str, str]]] = {
    ast.Eq: ("JumpIfEqual", "JumpIfNotEqual"),
    ast.NotEq: ("JumpIfNotEqual", "JumpIfEqual"),
    ast.Lt: ("JumpIfLess", "JumpIfNotLess"),
    ast.LtE: ("JumpIfLessEqual", "JumpIfNotLessEqual"),
    ast.Gt: ("JumpIfGreater", "JumpIfNotGreater"),
    ast.GtE: ("JumpIfGreaterEqual", "JumpIfNotGreaterEqual"),
}
_INT_JUMPS: Final[dict[type[ast.cmpop], tuple[str, str]]] = {
    ast.Eq: ("JumpIfEqualInt", "JumpIfNotEqualInt"),
    ast.NotEq: ("JumpIfNotEqualInt", "JumpIfEqualInt"),
    ast.Lt: ("JumpIfLessInt", "JumpIfNotLessInt"),
    ast.LtE: ("JumpIfLessEqualInt", "JumpIfNotLessEqualInt"),
    ast.Gt: ("JumpIfGreaterInt", "JumpIfNotGreaterInt"),
    ast.GtE: ("JumpIfGreaterEqualInt", "JumpIfNotGreaterEqualInt"),
}


def small_int(node: ast.expr) -> int | None:
    """The value of an integer literal that fits into 16 bits."""
    match node:
        case ast.Constant(value=int(value)) if type(value) is int and value <= 32767:
            return value
        case ast.UnaryOp(ast.USub(), ast.Constant(value=int(value))) if type(value) is int:
            return -value if value <= 32768 else None
    return None


class Operators(Core):
    """Lowers what has operators."""

    def unary(self, node: ast.UnaryOp, dest: int | None) -> int:
        """An operator of one operand."""
        match node:
            case ast.UnaryOp(ast.USub(), ast.Constant(value=int() | float() as number)):
                return self.load(-number, dest)
        op = _UNARY[type(node.op)]
        with self.temporaries():
            operand = self.value(node.operand)
            if op == "Not":
                operand = self.truth(operand)
        if self.is_special(op):
            return self.operation(op, [operand], dest)
        dest = self.target(dest)
        self.emit(op, dest, operand)
        return dest

    def operation(self, name: str, operands: list[int], dest: int | None = None) -> int:
        """Does what an opcode or a built-in does where classes of the program have a say in it."""
        number = self.module.operation(name)
        with self.temporaries():
            base = self.push(2)
            for operand in operands:
                self.moved(operand, self.push())
            self.emit("Call", base, number, len(operands))
        return self.moved(base, self.target(dest))

    def truth(self, register: int) -> int:
        """A register to jump on that is true where the value of `register` is."""
        return self.operation("truth", [register]) if self.is_special("truth") else register

    def binary(self, node: ast.BinOp, dest: int | None) -> int:
        """An operator of two operands."""
        op = BINARY[type(node.op)]
        if self.is_special(op):
            return self.special(op, [node.left, node.right], dest)
        with self.temporaries():
            left = self.value(node.left)
            amount = small_int(node.right)
            if isinstance(node.op, ast.Sub) and amount is not None and amount > 0:
                amount = -amount  # x - 1; x - -1 is left as it is written
            elif not isinstance(node.op, ast.Add) or (amount is not None and amount < 0):
                amount = None
            right = 0 if amount is not None else self.value(node.right)
        dest = self.target(dest)
        if amount is not None:
            self.emit("AddInt", dest, left, amount)
        else:
            self.emit(BINARY[type(node.op)], dest, left, right)
        return dest

    def special(self, op: str, nodes: list[ast.expr], dest: int | None) -> int:
        """An operation on the values of expressions."""
        with self.temporaries():
            made = self.operation(op, [self.value(node) for node in nodes])
        return self.moved(made, self.target(dest))

    def in_place(self, operator: ast.operator, left: int, node: ast.expr, dest: int) -> None:
        """`dest` = left op= node."""
        op = BINARY[type(operator)]
        with self.temporaries():
            amount = small_int(node)
            if self.is_special(f"i{op}"):
                made = self.operation(f"i{op}", [left, self.value(node)])
                self.moved(made, dest)
            elif isinstance(operator, ast.Add) and amount is not None and amount >= 0:
                self.emit("InPlaceAddInt", dest, left, amount)
            elif isinstance(operator, ast.Sub) and amount is not None and amount > 0:
                self.emit("InPlaceAddInt", dest, left, -amount)
            else:
                self._in_place(op, left, self.value(node), dest)

    def _in_place(self, op: str, left: int, right: int, dest: int) -> None:
        end = Block()
        if op in ("Add", "BitOr") and self.is_special("Iterate"):  # lists and dicts take up records
            plain = Block()
            with self.temporaries():
                method = self.push()
                self.emit("GetSpecial", method, right, self.constant("__iter__"))
                self.emit_jump("JumpIfNone", plain, method)
            self.moved(self.operation(f"i{op}", [left, right]), dest)
            self.emit_jump("Jump", end)
            self.place(plain)
        if op == "Add":
            self.emit("InPlaceAdd", dest, left, right)
        else:
            work = dest if dest == left else self.moved(left, self.push())
            self.emit("InPlace", work, right, self.module.world.numbers[op])
            self.moved(work, dest)
        self.place(end)

    def compare(self, node: ast.Compare, dest: int | None) -> int:
        """Comparisons as a value: that of the first one that is false, or of the last."""
        if len(node.ops) == 1:
            with self.temporaries():
                left = self.value(node.left)
                right = self.value(node.comparators[0])
            dest = self.target(dest)
            self._comparison(node.ops[0], dest, left, right)
            return dest
        work = self.push() if dest is None or not self.is_temporary(dest) else dest
        end = Block()
        with self.temporaries():
            left = self.value(node.left)
            for operator, comparator in zip(node.ops, node.comparators, strict=True):
                right = self.value(comparator)
                self._comparison(operator, work, left, right)
                if comparator is not node.comparators[-1]:
                    self.emit_jump("JumpIfFalse", end, self.truth(work))
                left = right
        self.place(end)
        return self.moved(work, dest)

    def _comparison(self, operator: ast.cmpop, dest: int, left: int, right: int) -> None:
        op = _COMPARE[type(operator)]
        if self.is_special(op):
            self.operation(op, [left, right], dest)
        else:
            self.emit(op, dest, left, right)
        if isinstance(operator, _NEGATED):
            self.emit("Not", dest, dest)

    def boolean(self, node: ast.BoolOp, dest: int | None) -> int:
        """`and`, `or` as values."""
        work = self.push() if dest is None or not self.is_temporary(dest) else dest
        jump = "JumpIfFalse" if isinstance(node.op, ast.And) else "JumpIfTrue"
        end = Block()
        for operand in node.values[:-1]:
            self.value(operand, work)
            with self.temporaries():
                self.emit_jump(jump, end, self.truth(work))
        self.value(node.values[-1], work)
        self.place(end)
        return self.moved(work, dest)

    def conditional(self, node: ast.IfExp, dest: int | None) -> int:
        """`a if c else b`."""
        dest = self.target(dest)
        otherwise, end = Block(), Block()
        self.jump_if(node.test, otherwise, False)
        self.value(node.body, dest)
        self.emit_jump("Jump", end)
        self.place(otherwise)
        self.value(node.orelse, dest)
        self.place(end)
        return dest

    def jump_if(self, node: ast.expr, target: Block, when: bool) -> None:
        """See Core."""
        with self.at(node), self.temporaries():
            match node:
                case ast.Constant(value=value):
                    if bool(value) is when:
                        self.emit_jump("Jump", target)
                        self.place(Block())
                case ast.UnaryOp(ast.Not(), operand):
                    self.jump_if(operand, target, not when)
                case ast.BoolOp(operator, values):
                    self._jump_if_all(values, target, when, isinstance(operator, ast.And))
                case ast.Compare(left, [operator], [right]):
                    self._jump_if_compared(left, operator, right, target, when)
                case ast.Compare():
                    self._jump_if_chained(node, target, when)
                case _:
                    register = self.truth(self.value(node))
                    self.emit_jump("JumpIfTrue" if when else "JumpIfFalse", target, register)

    def _jump_if_all(
        self, values: list[ast.expr], target: Block, when: bool, are_all: bool
    ) -> None:
        """Jumps if all of them, or any, are true, or are not."""
        if are_all is not when:  # the first that decides, jumps
            for value in values:
                self.jump_if(value, target, when)
            return
        decided = Block()
        for value in values[:-1]:
            self.jump_if(value, decided, not when)
        self.jump_if(values[-1], target, when)
        self.place(decided)

    def _jump_if_chained(self, node: ast.Compare, target: Block, when: bool) -> None:
        decided = Block()
        left = self.value(node.left)
        for operator, comparator in zip(node.ops, node.comparators, strict=True):
            right = self.value(comparator)
            is_last = comparator is node.comparators[-1]
            goal, sense = (target, when) if is_last or not when else (decided, False)
            self._jump_compared(operator, left, right, goal, sense)
            left = right
        self.place(decided)

    def _jump_if_compared(
        self, left: ast.expr, operator: ast.cmpop, right: ast.expr, target: Block, when: bool
    ) -> None:
        is_none = isinstance(right, ast.Constant) and right.value is None
        register = self.value(left)
        if is_none and isinstance(operator, ast.Is | ast.IsNot):
            wants_none = isinstance(operator, ast.Is) is when
            self.emit_jump("JumpIfNone" if wants_none else "JumpIfNotNone", target, register)
            return
        number = None if self.is_special(_COMPARE[type(operator)]) else small_int(right)
        if number is not None and type(operator) in _INT_JUMPS:
            self.emit_jump(_INT_JUMPS[type(operator)][not when], target, register, number)
            return
        self._jump_compared(operator, register, self.value(right), target, when)

    def _jump_compared(
        self, operator: ast.cmpop, left: int, right: int, target: Block, when: bool
    ) -> None:
        op = _COMPARE[type(operator)]
        if type(operator) in _JUMPS and not self.is_special(op):
            self.emit_jump(_JUMPS[type(operator)][not when], target, left, right)
            return
        result = self.push()
        if self.is_special(op):
            result = self.truth(self.operation(op, [left, right], result))
        else:
            self.emit(op, result, left, right)
        wanted = when is not isinstance(operator, _NEGATED)
        self.emit_jump("JumpIfTrue" if wanted else "JumpIfFalse", target, result)
