# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Displays, items and slices, f-strings, comprehensions."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable

from pyvm.compiler.compiled.ir import NO_REGISTER, Block
from pyvm.compiler.compiled.lower_core import Iterated
from pyvm.compiler.compiled.lower_operators import Operators, small_int
from pyvm.compiler.compiled.scopes import Comprehension, Scope
from pyvm.compiler.scope import MISSING

MOST_IN_A_ROW = 200  # elements that stand in registers at one time


class Displays(Operators):
    """Lowers what makes containers and strings, and what reads of them."""

    def work_register(self, dest: int | None) -> int:
        """A register to build in: `dest`, unless that is a variable or is read on the way."""
        return dest if dest is not None and self.is_on_top(dest) else self.push()

    def folded(self, node: ast.expr) -> object:
        """The value of a tuple of literals, or of a literal; or MISSING."""
        match node:
            case ast.Constant(value=value):
                return value
            case ast.UnaryOp(ast.USub(), ast.Constant(value=int() | float() as value)):
                return MISSING if isinstance(value, bool) else -value
            case ast.Tuple(elements):
                parts = [self.folded(element) for element in elements]
                return MISSING if MISSING in parts else tuple(parts)
        return MISSING

    def sequence(self, node: ast.Tuple | ast.List | ast.Set, dest: int | None) -> int:
        """A tuple, list or set display."""
        constant = self.folded(node) if isinstance(node, ast.Tuple) else MISSING
        if constant is not MISSING:
            return self.load(constant, dest)
        name = "Tuple" if isinstance(node, ast.Tuple) else "List"
        make = "MakeSet" if isinstance(node, ast.Set) else f"Make{name}"
        stars = any(isinstance(element, ast.Starred) for element in node.elts)
        if not stars and len(node.elts) <= MOST_IN_A_ROW:
            with self.temporaries():
                first = self.in_a_row(node.elts)
            dest = self.target(dest)
            self.emit(make, dest, first, len(node.elts))
            return dest
        work = self.work_register(dest)
        is_set = isinstance(node, ast.Set)
        plain = list(itertools.takewhile(lambda one: not isinstance(one, ast.Starred), node.elts))
        with self.temporaries():
            first = self.in_a_row(plain)
        self.emit("MakeSet" if is_set else "MakeList", work, first, len(plain))
        for element in node.elts[len(plain) :]:
            with self.temporaries():
                if isinstance(element, ast.Starred):
                    many = self.value(self.iterated(element.value))
                    self.emit("Update" if is_set else "Extend", work, many)
                else:
                    one = self.value(element)
                    self.emit("AddToSet" if is_set else "Append", work, one)
        if isinstance(node, ast.Tuple):
            self.emit("ListToTuple", work, work)
        return self.moved(work, dest)

    def iterated(self, node: ast.expr, operation: str = "Iterate") -> ast.expr:
        """What is iterated over at once: an operation where classes have a say in it."""
        if not self.is_special("Iterate"):
            return node
        return ast.copy_location(Iterated(node, operation), node)

    def in_a_row(self, nodes: list[ast.expr]) -> int:
        """Evaluates expressions into registers side by side; the first of them, 0 for none."""
        first = self.top
        for node in nodes:
            self.value(node, self.push())
        return first if nodes else 0

    def dictionary(self, node: ast.Dict, dest: int | None) -> int:
        """A dict display."""
        if None not in node.keys and len(node.keys) <= MOST_IN_A_ROW:
            with self.temporaries():
                parts = [part for pair in zip(node.keys, node.values, strict=True) for part in pair]
                first = self.in_a_row([part for part in parts if part is not None])
            dest = self.target(dest)
            self.emit("MakeDict", dest, first, len(node.keys))
            return dest
        work = self.work_register(dest)
        self.emit("MakeDict", work, 0, 0)
        for key, value in zip(node.keys, node.values, strict=True):
            with self.temporaries():
                if key is None:
                    self.emit("Update", work, self.value(value))
                else:
                    first = self.in_a_row([key, value])
                    self.emit("SetItem", work, first, first + 1)
        return self.moved(work, dest)

    def item(self, node: ast.Subscript, dest: int | None) -> int:
        """`a[b]`, `a[b:c]`."""
        if self.is_special("GetItem"):
            return self.special("GetItem", [node.value, node.slice], dest)
        with self.temporaries():
            container = self.value(node.value)
            number = small_int(node.slice)
            if isinstance(node.slice, ast.Slice):
                op, index = "GetSlice", self.slice_parts(node.slice)
            elif number is not None:
                op, index = "GetItemInt", number
            else:
                op, index = "GetItem", self.value(node.slice)
        dest = self.target(dest)
        self.emit(op, dest, container, index)
        return dest

    def slice_parts(self, node: ast.Slice) -> int:
        """Three registers with the parts of a slice; the first of them."""
        return self.in_a_row(slice_nodes(node))

    def formatted(self, node: ast.JoinedStr, dest: int | None) -> int:
        """An f-string."""
        if not node.values:
            return self.load("", dest)
        if len(node.values) == 1:
            return self._formatted_part(node.values[0], dest)
        with self.temporaries():
            first = self.top
            for part in node.values:
                self._formatted_part(part, self.push())
        dest = self.target(dest)
        self.emit("Join", dest, first, len(node.values))
        return dest

    def _formatted_part(self, node: ast.expr, dest: int | None) -> int:
        if not isinstance(node, ast.FormattedValue):
            return self.value(node, dest)
        with self.temporaries():
            register = self.value(node.value)
            if node.conversion >= 0:
                register = self._converted(register, node.conversion)
            if self.is_special("format"):
                return self._special_format(node, register, dest)
            spec = NO_REGISTER if node.format_spec is None else self.value(node.format_spec)
        dest = self.target(dest)
        self.emit("Format", dest, register, spec)
        return dest

    def _converted(self, register: int, conversion: int) -> int:
        """What `!r`, `!s` or `!a` makes of a value."""
        name = {115: "str", 114: "repr"}.get(conversion)
        if name is not None and self.is_special(name):
            return self.operation(name, [register])
        converted = self.push()
        self.emit("Convert", converted, register, conversion)
        return converted

    def _special_format(self, node: ast.FormattedValue, register: int, dest: int | None) -> int:
        spec = self.load("") if node.format_spec is None else self.value(node.format_spec)
        return self.moved(self.operation("format", [register, spec]), self.target(dest))

    # Comprehensions.

    def comprehension(self, node: Comprehension, dest: int | None) -> int:
        """A list, set or dict comprehension; of a generator expression, the list."""
        work = self.work_register(dest)
        match node:
            case ast.SetComp():
                self.emit("MakeSet", work, 0, 0)
            case ast.DictComp():
                self.emit("MakeDict", work, 0, 0)
            case _:
                self.emit("MakeList", work, 0, 0)

        def add() -> None:
            if isinstance(node, ast.DictComp):
                first = self.in_a_row([node.key, node.value])
                self.emit("SetItem", work, first, first + 1)
            else:
                add_one = "AddToSet" if isinstance(node, ast.SetComp) else "Append"
                self.emit(add_one, work, self.value(node.elt))

        self.generate(node, add)
        return self.moved(work, dest)

    def decided_by(self, node: ast.GeneratorExp, stop: bool, dest: int | None) -> int:
        """`any` and `all` of a generator expression, which stop at the first `stop`."""
        work = self.work_register(dest)
        self.load(not stop, work)
        end = Block()

        def test() -> None:
            going_on = Block()
            self.jump_if(node.elt, going_on, not stop)
            self.load(stop, work)
            self.emit_jump("Jump", end)
            self.place(going_on)

        self.generate(node, test)
        self.place(end)
        return self.moved(work, dest)

    def first_of(self, node: ast.GeneratorExp, default: list[ast.expr], dest: int | None) -> int:
        """`next` of a generator expression, which stops at its first element."""
        work = self.work_register(dest)
        end = Block()

        def take() -> None:
            self.value(node.elt, work)
            self.emit_jump("Jump", end)
            self.place(Block())

        self.generate(node, take)
        if default:
            self.value(default[0], work)
        else:
            self.emit("Raise", self.load(StopIteration, work), NO_REGISTER)
        self.place(end)
        return self.moved(work, dest)

    def generate(self, node: Comprehension, each: Callable[[], None]) -> None:
        """Runs `each` for each element of a comprehension."""
        with self.temporaries():
            first, scope = node.generators[0], self.function.inner[node]
            if isinstance(first.iter, ast.GeneratorExp):  # its names are not those of this scope
                around = self.scopes
                self.scopes = [*around]
                self.add_scope(scope)
                within, self.scopes = self.scopes, around
                self._generate_from(node, 0, first.iter, within, each)
                return
            state = self.iteration(first.iter)
            self.add_scope(scope)
            self._generate(node, 0, state, each)
            self.scopes.pop()

    def generate_into(
        self,
        target: ast.expr,
        node: ast.GeneratorExp,
        scopes: list[Scope],
        each: Callable[[Block], None],
    ) -> None:
        """Runs `each` behind each assignment of an element of a generator expression to a target.

        Args:
            target: what is assigned to.
            node: the generator expression.
            scopes: the comprehensions around the target.
            each: gets the block that goes on with the next element.
        """

        def take() -> None:
            element = self.value(node.elt, self.push())
            inner, self.scopes = self.scopes, scopes
            again = Block()
            self.assign(target, element)
            each(again)
            self.place(again)
            self.scopes = inner

        self.generate(node, take)

    def _generate_from(
        self,
        node: Comprehension,
        depth: int,
        source: ast.GeneratorExp,
        scopes: list[Scope],
        each: Callable[[], None],
    ) -> None:
        generator = node.generators[depth]

        def test(again: Block) -> None:
            for condition in generator.ifs:
                self.jump_if(condition, again, False)
            with self.temporaries():
                self._generate(node, depth + 1, 0, each)

        self.generate_into(generator.target, source, scopes, test)

    def _generate(
        self, node: Comprehension, depth: int, state: int, each: Callable[[], None]
    ) -> None:
        if depth == len(node.generators):
            each()
            return
        generator = node.generators[depth]
        if isinstance(generator.iter, ast.GeneratorExp):
            self._generate_from(node, depth, generator.iter, [*self.scopes], each)
            return
        if depth > 0:
            state = self.iteration(generator.iter)
        head, again, end = Block(), Block(), Block()
        self.place(head)
        with self.temporaries():
            self.next_into(generator.target, state, end)
        for condition in generator.ifs:
            self.jump_if(condition, again, False)
        with self.temporaries():
            self._generate(node, depth + 1, state, each)
        self.place(again)
        self.emit_jump("LoopJump", head)
        self.place(end)

    def iteration(self, node: ast.expr) -> int:
        """Begins an iteration; the first of the three registers of its state."""
        state = self.push(3)
        with self.temporaries():
            if isinstance(node, ast.Call) and self._is_range(node):
                arguments = [*node.args]
                if len(arguments) == 1:
                    arguments.insert(0, ast.copy_location(ast.Constant(0), node))
                if len(arguments) == 2:
                    arguments.append(ast.copy_location(ast.Constant(1), node))
                self.emit("IterateRange", state, self.in_a_row(arguments))
            else:
                source = self.value(node)
                if self.is_special("Iterate"):
                    source = self.operation("Iterate", [source])
                self.emit("Iterate", state, source)
        return state

    def _is_range(self, node: ast.Call) -> bool:
        has_stars = any(isinstance(argument, ast.Starred) for argument in node.args)
        fits = not node.keywords and not has_stars and 1 <= len(node.args) <= 3
        return fits and self.meaning(node.func) is range

    def next_into(self, target: ast.expr, state: int, end: Block) -> None:
        """Takes the next element of an iteration, or jumps to `end`."""
        home = self.plain_variable(target.id) if isinstance(target, ast.Name) else None
        register = self.push() if home is None else home
        self.emit_jump("Next", end, state, register)
        if home is None:
            self.assign(target, register)


def slice_nodes(node: ast.Slice) -> list[ast.expr]:
    """Start, stop and step of a slice."""
    nothing = ast.copy_location(ast.Constant(None), node)
    return [part or nothing for part in (node.lower, node.upper, node.step)]
