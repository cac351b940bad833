# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What lowering a function works with: registers, blocks, constants, names.

Registers: parameters, what is captured, variables; above them temporaries as a stack, so that the
window of a call is always on top. Each construct leaves the stack as high as it found it, except
for the one register that it hands out.
"""

from __future__ import annotations

import ast
import contextlib
import struct
import types
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from pyvm.compiler.compiled.classes import Member
from pyvm.compiler.compiled.ir import ENDS, NO_REGISTER, Block, Handler, Instruction
from pyvm.compiler.compiled.meanings import QualifiedName, Surroundings, World, reason_not_constant
from pyvm.compiler.compiled.scopes import (
    Comprehension,
    FunctionLike,
    Scope,
    Symbol,
    all_parameters,
)
from pyvm.compiler.errors import CompileError, error_at
from pyvm.compiler.patterns import Pattern
from pyvm.compiler.source import Source


@dataclass(frozen=True)
class Unit:
    """A function that stands in no compiled one: its object, its text, what is around it."""

    function: Any
    source: Source
    surroundings: Surroundings
    is_library: bool = False  # no traceback shows it, and operators in it are plain

    @property
    def filename(self) -> str:
        """Its file."""
        name: str = self.function.__code__.co_filename
        return name

    def error(self, node: ast.AST, message: str) -> CompileError:
        """The error that points at `node`."""
        if isinstance(node, ast.arg | ast.keyword):
            node = ast.copy_location(ast.Name("", ast.Load()), node)
        return error_at(node, self.filename, self.source.text, message)


class Module(Protocol):
    """The image in the making."""

    world: World

    def function_number(self, function: Any) -> int | None:
        """The number of a function, which becomes part of the image; None if it is no plain one."""

    def constant_of(self, value: object) -> object:
        """What an image has for a constant: the value itself, unless functions are in it."""

    def part_of(self, value: object) -> object:
        """The same for a default and for a part of a constant, which may stand for one of Python's."""

    def parameters_of(self, number: int) -> tuple[ast.arguments, dict[str, object]]:
        """The parameters of a function by number, and the values of its defaults."""

    def add_nested(
        self, unit: Unit, scope: Scope, qualified_name: str, defaults: tuple[object, ...] | int
    ) -> int:
        """Lowers a function that stands in another.

        Args:
            unit: the one that stands in none.
            scope: its variables.
            qualified_name: its name.
            defaults: their values, or how many of them are computed when it is made.
        """

    def add_program(self, patterns: tuple[Pattern, ...], guarded: tuple[bool, ...]) -> int:
        """Keeps the cases of a `match receive()`."""

    def report(self, error: CompileError) -> None:
        """Notes an error and goes on."""

    def reach(self, value: object) -> None:
        """Notes that the image has a class, or values of one."""

    def use(self, name: str | None) -> None:
        """Notes that the code reads an attribute of that name; None: of any name."""

    def has_property(self, name: str) -> bool:
        """Whether an attribute of that name may be a property."""

    def is_special(self, operation: str) -> bool:
        """Whether classes of the image have a say in an operation (classes.py)."""

    def operation(self, name: str) -> int:
        """The number of the function that does such an operation."""

    def owner(self, function: types.FunctionType) -> type | None:
        """The class of the image that a function is a method of."""

    def method_number(self, function: types.FunctionType) -> int:
        """The number of a function of a class."""

    def constructor(self, kind: type) -> int | None:
        """The number of the function that makes records of a class; None if fields do."""

    def super_member(self, kind: type, name: str) -> Member | None:
        """What `super().name` means in methods of a class; None where that depends on the object."""


class Iterated(ast.expr):
    """What a built-in iterates over, where an `__iter__` of the program may have to run first."""

    _fields = ("value",)

    def __init__(self, value: ast.expr, operation: str = "Iterate") -> None:
        super().__init__()
        self.value = value
        self.operation = operation


@dataclass
class Loop:
    """A loop around: where `break` and `continue` go; whether the latter is a jump forwards."""

    end: Block
    again: Block
    goes_on: bool = False


@dataclass
class Cleanup:
    """Something to do when control leaves: the statements of a `finally`, or a name to unset.

    Or the end of a `with`, whose manager is in a register.
    """

    outer: Handler | None
    statements: list[ast.stmt] = field(default_factory=list)
    name: str | None = None
    manager: int | None = None


class Core:
    """Lowers one function; the classes below add constructs to it.

    Args:
        module: the image.
        unit: the function of the module that this one is, or stands in.
        scope: its variables.
        qualified_name: for those it contains.
    """

    def __init__(self, module: Module, unit: Unit, scope: Scope, qualified_name: str) -> None:
        assert isinstance(scope.node, FunctionLike)
        self.module = module
        self.unit = unit
        self.function = scope
        self.qualified_name = qualified_name
        self.constants: list[object] = []
        self.blocks: list[Block] = []
        self.block = Block()
        self.handler: Handler | None = None
        self.exits: list[Loop | Cleanup] = []
        self.caught: list[int] = []  # registers of exceptions being handled
        self.scopes = [scope]
        self.top = self.registers = 0
        self._line = scope.node.lineno
        self._known_constants: dict[object, int] = {}
        self._homes: dict[Symbol, int] = {}
        self._free: dict[str, int] = {}
        self.place(self.block)
        self._lay_out(scope, scope.node)

    def _lay_out(self, scope: Scope, node: FunctionLike) -> None:
        for argument in all_parameters(node.args):
            self._homes[scope.symbols[argument.arg]] = self.push()
        for name in scope.free:
            self._free[name] = self.push()
        self.filled = self.top
        for symbol in scope.symbols.values():
            if symbol not in self._homes:
                self._homes[symbol] = self.push()
            if symbol.in_cell:
                home = self._homes[symbol]
                self.emit("MakeCell", home, home)
        self.temporaries_from = self.top

    # Errors.

    def error(self, node: ast.AST, message: str) -> CompileError:
        """The error that points at `node`, to be raised."""
        return self.unit.error(node, message)

    # Registers.

    def push(self, count: int = 1) -> int:
        """Takes registers from the stack of temporaries; the number of the first."""
        first = self.top
        self.top += count
        self.registers = max(self.registers, self.top)
        return first

    @contextlib.contextmanager
    def temporaries(self) -> Iterator[None]:
        """Gives back all that is pushed inside."""
        top = self.top
        try:
            yield
        finally:
            self.top = top

    def target(self, dest: int | None) -> int:
        """The register for a result: the one wanted, or another."""
        return self.push() if dest is None else dest

    def is_temporary(self, register: int) -> bool:
        """Whether it is no variable, so that nobody sees a value on its way."""
        return register >= self.temporaries_from

    def is_on_top(self, register: int) -> bool:
        """Whether it is the temporary that was pushed last."""
        return self.is_temporary(register) and register == self.top - 1

    # Instructions and blocks.

    def emit(self, op: str, a: int = 0, b: int = 0, c: int = 0) -> Instruction:
        """Appends an instruction."""
        made = Instruction(op, a, b, c, self._line)
        self.block.code.append(made)
        return made

    def emit_jump(self, op: str, target: Block, a: int = 0, b: int = 0) -> Instruction:
        """Appends a jump, which ends its block."""
        made = self.emit(op, a, b)
        made.target = target
        if op not in ENDS:
            self.place(Block())
        return made

    def place(self, block: Block) -> Block:
        """Goes on in `block`, which stands behind all others."""
        block.handler = self.handler
        self.blocks.append(block)
        self.block = block
        return block

    def handle(self, handler: Handler | None) -> None:
        """Goes on under another handler."""
        if handler is not self.handler:
            self.handler = handler
            self.place(Block())

    @contextlib.contextmanager
    def at(self, node: ast.AST) -> Iterator[None]:
        """Gives instructions the line of `node`."""
        before, self._line = self._line, getattr(node, "lineno", self._line)
        yield
        self._line = before

    # Constants.

    def constant(self, value: object) -> int:
        """The number of a constant."""
        key = _key(value)
        if key not in self._known_constants:
            if not isinstance(value, QualifiedName):
                self.module.reach(value)
            self._known_constants[key] = len(self.constants)
            self.constants.append(value)
        return self._known_constants[key]

    def attribute_name(self, name: str) -> int:
        """The number of a constant that is the name of an attribute."""
        mangled = self.unit.surroundings.mangled(name)
        self.module.use(mangled)
        return self.constant(mangled)

    def is_special(self, operation: str) -> bool:
        """Whether an operation may have to run a method of the program."""
        return not self.unit.is_library and self.module.is_special(operation)

    def load(self, value: object, dest: int | None = None) -> int:
        """Puts a constant into a register."""
        register = self.target(dest)
        if value is None or value is True or value is False:
            self.emit(f"Load{value}", register)
        elif type(value) is int and -32768 <= value <= 32767:
            self.emit("LoadInt", register, value)
        else:
            self.emit("LoadConst", register, self.constant(value))
        return register

    # Names.

    def is_variable(self, name: str) -> bool:
        """Whether a name is a variable of a compiled function here."""
        return self._home(name) is not None

    def meaning(self, node: ast.expr) -> object:
        """The object that a dotted name means around the function, or MISSING."""
        return self.unit.surroundings.dotted(node, self.is_variable)

    def qualified(self, node: ast.expr, meaning: object) -> QualifiedName | None:
        """What the module table calls a function that is named with a dot, unless another stands for it."""
        found = self.unit.surroundings.qualified(node, self.is_variable)
        if found is None or self.meaning(node) is not meaning:
            return None
        self.module.world.note_qualified(found.module, found.name, meaning)
        return found

    def checked_constant(self, node: ast.AST, value: object) -> object:
        """`value`, which the function keeps."""
        value = self.module.constant_of(value)
        reason = reason_not_constant(value, self.module.world)
        if reason is not None:
            raise self.error(node, reason)
        return value

    def _home(self, name: str) -> tuple[Symbol, int] | None:
        """The variable that a name means, and its register in this function."""
        for scope in reversed(self.scopes):
            if name in scope.symbols:
                symbol = scope.symbols[name]
                return symbol, self._homes[symbol]
        if name in self._free:
            return self.function.free[name], self._free[name]
        return None

    def add_scope(self, scope: Scope) -> None:
        """Begins a comprehension, whose variables get temporaries; `scopes.pop()` ends it."""
        assert isinstance(scope.node, Comprehension)
        target = scope.node.generators[0].target
        names = [node for node in ast.walk(target) if isinstance(node, ast.Name)]
        at_once = {node.id for node in names}
        if any(isinstance(node.ctx, ast.Load) for node in names):  # `for x[0] in y` reads x first
            at_once = set()
        for symbol in scope.symbols.values():
            home = self._homes[symbol] = self.push()
            if symbol.in_cell or symbol.name not in at_once:
                self.emit("Unset", home, 1)
            if symbol.in_cell:
                self.emit("MakeCell", home, home)
        self.scopes.append(scope)

    def plain_variable(self, name: str) -> int | None:
        """The register of a variable that lies in no cell."""
        found = self._home(name)
        return None if found is None or found[0].in_cell else found[1]

    def read(self, name: str, dest: int | None = None) -> int | None:
        """The value of a variable; None if `name` is none."""
        found = self._home(name)
        if found is None:
            return None
        symbol, home = found
        is_free = symbol not in self._homes
        if symbol.in_cell:
            found_at = self.push() if dest is None or not self.is_temporary(dest) else dest
            self.emit("GetCell", found_at, home)
            self._check(found_at, name, is_free)
            return self.moved(found_at, dest)
        if not (is_free and symbol.is_sure):
            self._check(home, name, is_free)
        if dest is None and name not in self.function.walrus:
            return home
        return self.moved(home, self.target(dest))

    def moved(self, register: int, dest: int | None) -> int:
        """`dest` with the value of a register, or that register if any will do."""
        if dest is None or dest == register:
            return register
        self.emit("Move", dest, register)
        return dest

    def _check(self, register: int, name: str, is_free: bool) -> None:
        """Raises where a variable has no value: CheckSet names a local, this one a free one."""
        if not is_free:
            self.emit("CheckSet", register, self.constant(name))
            return
        good = Block()
        self.emit_jump("JumpIfSet", good, register)
        with self.temporaries():
            where = "where it is not associated with a value in enclosing scope"
            text = f"cannot access free variable '{name}' {where}"
            self.raise_builtin(NameError, text)
        self.place(good)

    def raise_builtin(self, kind: type[BaseException], text: str) -> None:
        """Raises an exception of one text."""
        base = self.push(3)
        self.load(kind, base)
        self.load(text, base + 2)
        self.emit("CallValue", base, 1, self.constant(()))
        self.emit("Raise", base, NO_REGISTER)

    def write(self, name: str, register: int) -> None:
        """Gives a variable the value of a register."""
        found = self._home(name)
        assert found is not None
        symbol, home = found
        if symbol.in_cell:
            self.emit("SetCell", home, register)
        elif home != register:
            self.emit("Move", home, register)

    def unset(self, name: str) -> None:
        """Takes the value of a variable away."""
        found = self._home(name)
        assert found is not None
        symbol, home = found
        if symbol.in_cell:
            with self.temporaries():
                nothing = self.push()
                self.emit("Unset", nothing, 1)
                self.emit("SetCell", home, nothing)
        else:
            self.emit("Unset", home, 1)

    def capture(self, name: str, dest: int) -> None:
        """Puts what an inner function captures into a register: a value, or a cell."""
        found = self._home(name)
        assert found is not None
        self.emit("Move", dest, found[1])

    # What the classes below define.

    def value(self, node: ast.expr, dest: int | None = None) -> int:
        """Evaluates an expression; the register of its value, `dest` if that is given."""
        raise NotImplementedError

    def jump_if(self, node: ast.expr, target: Block, when: bool) -> None:
        """Evaluates a condition and jumps if it is `when`; else goes on behind."""
        raise NotImplementedError

    def assign(self, target: ast.expr, register: int) -> None:
        """Assigns the value of a register."""
        raise NotImplementedError

    def statements(self, block: list[ast.stmt]) -> None:
        """Lowers statements."""
        raise NotImplementedError


def _key(value: object) -> object:
    """What tells constants apart: 1 from True and 1.0, 0.0 from -0.0."""
    if isinstance(value, tuple) and type(value) is tuple:
        return (tuple, *(_key(part) for part in value))
    if type(value) is float:
        return (float, struct.pack("<d", value))
    if type(value) in (int, bool, str, bytes, type(None)):
        return (type(value), value)
    return value if isinstance(value, QualifiedName) else (object, id(value))
