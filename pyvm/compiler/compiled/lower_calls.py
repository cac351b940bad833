# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Calls, and the functions that stand in functions."""

from __future__ import annotations

import ast
import inspect
from typing import Any, Final

from pyvm.compiler.compiled.lower_displays import Displays
from pyvm.compiler.compiled.meanings import Signature
from pyvm.compiler.compiled.scopes import FunctionLike, keyword_defaults, parameters
from pyvm.compiler.scope import MISSING

_UNSET: Final = object()  # an argument left out
# What may be given a generator expression: it is made a list, and nothing tells the difference.
_CONSUMERS: Final = frozenset(
    [
        "sum",
        "min",
        "max",
        "sorted",
        "list",
        "tuple",
        "set",
        "frozenset",
        "dict",
        "bytes",
        "math.fsum",
        "math.prod",
    ]
)
_CONSUMING_METHODS: Final = frozenset(
    ["join", "extend", "update", "union", "intersection", "difference", "writelines"]
)


class Calls(Displays):
    """Lowers calls."""

    def call(self, node: ast.Call, dest: int | None, tail: bool = False) -> int | None:
        """A call; None if it was a tail call, after which nothing comes."""
        meaning = self.meaning(node.func)
        if meaning is self.module.world.receive:
            return self.receive_any(node, dest)
        match node:
            case ast.Call(args=[ast.GeneratorExp() as one], keywords=[]) if (
                meaning is any or meaning is all
            ):
                return self.decided_by(one, meaning is any, dest)
            case ast.Call(args=[ast.GeneratorExp() as one, *default], keywords=[]) if (
                meaning is next and len(default) <= 1 and all(map(self._is_steady, default))
            ):
                return self.first_of(one, default, dest)
        if meaning is dict and not node.args and node.keywords:
            keys = [ast.copy_location(ast.Constant(one.arg), one.value) for one in node.keywords]
            made = ast.Dict([*keys], [one.value for one in node.keywords])
            return self.dictionary(made, dest)
        if meaning is isinstance and len(node.args) == 2 and not node.keywords:
            return self._isinstance(node, dest)
        if self.is_form(node, meaning):
            return self.form(node, meaning, dest, tail)
        name = self.module.world.builtins.name(meaning)
        self._check_generators(node, name)
        special = self.special_builtin(node, name, dest) if name is not None else None
        if special is not None:
            return special
        if name is not None:
            return self._builtin(node, name, dest)
        if meaning is MISSING and isinstance(node.func, ast.Attribute):
            return self._method(node, node.func, dest, tail)
        if inspect.iscoroutinefunction(meaning):
            words = ast.unparse(node.func)
            raise self.error(
                node.func,
                f"{words} is an `async def`, which cannot be called in a compiled body: spawn it",
            )
        number = None if meaning is MISSING else self.module.function_number(meaning)
        if number is not None:
            return self.direct(node, number, dest, tail)
        return self._value_call(node, dest, tail)

    def is_form(self, node: ast.Call, meaning: object) -> bool:
        """Whether a call is compiled to something else; those of records are in lower_records."""
        raise NotImplementedError

    def form(self, node: ast.Call, meaning: Any, dest: int | None, tail: bool) -> int | None:
        """Such a call."""
        raise NotImplementedError

    def special_builtin(self, node: ast.Call, name: str, dest: int | None) -> int | None:
        """A built-in that classes of the program have a say in; None if it is plain."""
        raise NotImplementedError

    def check_classes(self, node: ast.expr) -> None:
        """Refuses classes whose instances cannot be told by their class."""
        raise NotImplementedError

    def _is_steady(self, node: ast.expr) -> bool:
        """Whether an expression may be evaluated later than it stands."""
        if isinstance(node, ast.Name):
            return self.plain_variable(node.id) is not None and node.id not in self.function.walrus
        return self.folded(node) is not MISSING

    def receive_any(self, node: ast.Call, dest: int | None) -> int:
        """`receive(timeout=...)` outside of a match."""
        raise NotImplementedError

    def _check_generators(self, node: ast.Call, name: str | None) -> None:
        takes_all = name in _CONSUMERS
        if isinstance(node.func, ast.Attribute) and name is None:
            takes_all = node.func.attr in _CONSUMING_METHODS
        for argument in node.args:
            if isinstance(argument, ast.GeneratorExp) and not takes_all:
                raise self.error(
                    argument,
                    "this call does not use the generator up at once: make a list with [...]",
                )

    def _isinstance(self, node: ast.Call, dest: int | None) -> int:
        with self.temporaries():
            one = self.value(node.args[0])
            self.check_classes(node.args[1])
            classes = self._union(node.args[1])
            kind = self.load(classes) if classes else self.value(node.args[1])
        dest = self.target(dest)
        self.emit("IsInstance", dest, one, kind)
        return dest

    def _union(self, node: ast.expr) -> tuple[object, ...]:
        """The classes of `int | None`; nothing for any other expression."""
        match node:
            case ast.BinOp(left, ast.BitOr(), right):
                parts = [self._union(part) or (self._class(part),) for part in (left, right)]
                classes = parts[0] + parts[1]
                return classes if MISSING not in classes else ()
        return ()

    def _class(self, node: ast.expr) -> object:
        if isinstance(node, ast.Constant) and node.value is None:
            return type(None)
        meaning = self.meaning(node)
        return meaning if isinstance(meaning, type) else MISSING

    def window(self, dest: int | None) -> int:
        """The first register of the window of a call."""
        base = dest if dest is not None and self.is_on_top(dest) else self.push()
        self.push()
        return base

    def finish(self, base: int, dest: int | None) -> int:
        """Gives back the window, and moves the result to where it is wanted."""
        self.top = base + (dest is None or dest == base)
        return self.moved(base, dest)

    def fill(
        self, base: int, arguments: list[tuple[int, ast.expr]], left_out: dict[int, object]
    ) -> int:
        """Evaluates arguments in their order into their places; how many there are."""
        count = len(arguments) + len(left_out)
        places = [place for place, _ in arguments]
        first = len(left_out) if places[:1] == [len(left_out)] else 0
        if first:
            self._leave_out(base, left_out)
            self.push(first)
        if places == list(range(first, first + len(places))):
            self.in_a_row([node for _, node in arguments])
            self.push(count - first - len(places))
        else:
            self.push(count - first)
            for place, node in arguments:
                self.value(node, base + 2 + place)
        if not first:
            self._leave_out(base, left_out)
        return count

    def _leave_out(self, base: int, left_out: dict[int, object]) -> None:
        for place, value in left_out.items():
            if value is _UNSET:
                self.emit("Unset", base + 2 + place)
            else:
                self.load(value, base + 2 + place)

    def _builtin(self, node: ast.Call, name: str, dest: int | None) -> int:
        signature = self.module.world.builtins.signature(name)
        arguments, left_out = self._placed_for_builtin(node, name, signature)
        base = self.window(dest)
        count = self.fill(base, arguments, left_out)
        self.emit("CallBuiltin", base, signature.number, count)
        return self.finish(base, dest)

    def _placed_for_builtin(
        self, node: ast.Call, name: str, signature: Signature
    ) -> tuple[list[tuple[int, ast.expr]], dict[int, object]]:
        names = [*signature.positional, *signature.keyword_only]
        fixed = len(signature.positional)
        if len(node.args) > fixed and not signature.has_rest:
            raise self.error(node.args[fixed], f"{name}() takes {fixed} arguments and no more")
        placed = {
            place if place < fixed else len(names) + place - fixed: argument
            for place, argument in enumerate(node.args)
        }
        for keyword in node.keywords:
            place = names.index(keyword.arg) if keyword.arg in names else -1
            if place < signature.positional_only and keyword.arg not in signature.keyword_only:
                raise self.error(keyword, f"{name}() takes no keyword `{keyword.arg}`")
            if place in placed:
                raise self.error(keyword, f"{name}() is given `{keyword.arg}` twice")
            placed[place] = keyword.value
        left_out: dict[int, object] = {}
        for place, one in enumerate(names):
            if place not in placed:
                if one in signature.required:
                    raise self.error(node, f"{name}() is not given `{one}`: add it")
                left_out[place] = _UNSET
        return list(placed.items()), left_out

    def direct(self, node: ast.Call, number: int, dest: int | None, tail: bool) -> int | None:
        """A call of a function of the image by its number."""
        arguments, left_out = self._placed_for(node, number)
        base = self.window(dest)
        count = self.fill(base, arguments, left_out)
        self.emit("TailCall" if tail else "Call", base, number, count)
        return None if tail else self.finish(base, dest)

    def _placed_for(
        self, node: ast.Call, number: int
    ) -> tuple[list[tuple[int, ast.expr]], dict[int, object]]:
        wanted, defaults = self.module.parameters_of(number)
        positional = [one.arg for one in (*wanted.posonlyargs, *wanted.args)]
        names = [one.arg for one in parameters(wanted)]
        callee = ast.unparse(node.func)
        if len(node.args) > len(positional):
            raise self.error(
                node.args[len(positional)],
                f"{callee}() takes {len(positional)} positional arguments: leave out the others",
            )
        placed = dict(enumerate(node.args))
        for keyword in node.keywords:
            if keyword.arg not in names[len(wanted.posonlyargs) :]:
                raise self.error(
                    keyword, f"{callee}() has no parameter `{keyword.arg}` to be named"
                )
            place = names.index(keyword.arg)
            if place in placed:
                raise self.error(keyword, f"{callee}() is given `{keyword.arg}` twice")
            placed[place] = keyword.value
        missing = [name for place, name in enumerate(names) if place not in placed]
        for name in missing:
            if name not in defaults:
                raise self.error(node, f"{callee}() is not given `{name}`, which has no default")
        return list(placed.items()), {names.index(name): defaults[name] for name in missing}

    def _method(
        self, node: ast.Call, function: ast.Attribute, dest: int | None, tail: bool
    ) -> int | None:
        name = self.attribute_name(function.attr)
        base = self.window(dest)
        if node.keywords or self.module.has_property(str(self.constants[name])):
            with self.temporaries():  # a value that knows its object, called with names
                owner = self.attribute(function, None)
            self.moved(owner, base)
            count = self._positional_and_named(node)
            self.emit("CallValue", base, count, self.names(node))
            return self.finish(base, dest)
        self.value(function.value, self.push())
        for argument in node.args:
            self.value(argument, self.push())
        self.emit("CallMethod", base, name, 1 + len(node.args))
        return self.finish(base, dest)

    def attribute(self, node: ast.Attribute, dest: int | None) -> int:
        """`value.name`, for which a property may have to run."""
        name = self.attribute_name(node.attr)
        if self.module.has_property(str(self.constants[name])):
            base = self.window(dest)
            self.value(node.value, self.push())
            self.emit("GetProperty", base, name, 1)
            return self.finish(base, dest)
        with self.temporaries():
            register = self.value(node.value)
        dest = self.target(dest)
        self.emit("GetAttribute", dest, register, name)
        return dest

    def _value_call(self, node: ast.Call, dest: int | None, tail: bool) -> int | None:
        base = self.window(dest)
        self.value(node.func, base)
        count = self._positional_and_named(node)
        if tail:
            self.emit("TailCallValue", base, count, self.names(node))
            return None
        self.emit("CallValue", base, count, self.names(node))
        return self.finish(base, dest)

    def _positional_and_named(self, node: ast.Call) -> int:
        nodes = [*node.args, *(keyword.value for keyword in node.keywords)]
        self.in_a_row(nodes)
        return len(nodes)

    def names(self, node: ast.Call) -> int:
        """The number of the constant with the names of the last arguments of a call."""
        return self.constant(tuple(str(keyword.arg) for keyword in node.keywords))

    # Functions in functions.

    def nested(self, node: FunctionLike, dest: int | None) -> int:
        """A lambda or a def in a function: makes it and what it captures a value."""
        scope = self.function.inner[node]
        name = node.name if isinstance(node, ast.FunctionDef) else "<lambda>"
        defaults = self._constant_defaults(node)
        number = self.module.add_nested(
            self.unit, scope, f"{self.qualified_name}.<locals>.{name}", defaults
        )
        with self.temporaries():
            first = self.top
            for free in scope.free:
                self.capture(free, self.push())
        dest = self.target(dest)
        made = self.emit("MakeFunction", dest, number, first if scope.free else 0)
        made.extent = (len(scope.free), 0)
        return dest

    def function_value(self, number: int, dest: int | None) -> int:
        """A function of the module as a value."""
        dest = self.target(dest)
        self.emit("MakeFunction", dest, number, 0)
        return dest

    def _constant_defaults(self, node: FunctionLike) -> tuple[object, ...]:
        """The values of the parameters that have one, in the order of their registers."""
        found: list[object] = []
        expressions = [*node.args.defaults, *(one for one in keyword_defaults(node.args) if one)]
        for expression in expressions:
            value = self.folded(expression)
            if value is MISSING:
                value = self.meaning(expression)
            if value is MISSING:
                raise self.error(
                    expression,
                    "a default in a compiled body is a constant: capture the variable instead, or"
                    " take None and look at it",
                )
            found.append(self.checked_constant(expression, value))
        if node.args.defaults and any(one is None for one in node.args.kw_defaults):
            raise self.error(
                node, "a parameter after the `*` needs a default where one before it has one"
            )
        return tuple(found)
