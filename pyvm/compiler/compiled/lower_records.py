# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Calls that make records, `super()`, and built-ins that call methods of the program."""

from __future__ import annotations

import ast
import copy
import dataclasses
import types
from typing import Any, Final

from pyvm.compiler.compiled import classes, library
from pyvm.compiler.compiled.lower_calls import Calls, has_spread
from pyvm.compiler.compiled.scopes import FunctionLike
from pyvm.compiler.scope import MISSING

_REPLACE: Final = (dataclasses.replace, getattr(copy, "replace", dataclasses.replace))
_PARTS: Final = (dataclasses.asdict, dataclasses.astuple)
# Built-ins that do an operation on what an iterable gives.
_DECIDED_BY: Final = {
    "sorted": "Less",
    "sort_by": "Less",
    "min": "Less",
    "max": "Less",
    "sum": "Add",
    "any": "truth",
    "all": "truth",
}
_UNARY: Final = ("len", "abs", "int", "float", "str", "repr")
_CHANGES: Final = ("__setattr__", "__delattr__")


class Records(Calls):
    """Lowers what concerns the classes of the program."""

    def is_form(self, node: ast.Call, meaning: Any) -> bool:
        """See Calls."""
        if classes.is_foreign_exception(meaning):
            name = meaning.__qualname__
            raise self.error(
                node, f"{name} has an __init__ of its own: raise an exception of yours"
            )
        if isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGES:
            if self._is_field_set(node):
                return True
            raise self.error(
                node.func,
                "a record cannot be changed, but for `object.__setattr__(self, 'field', value)` in"
                " its __post_init__: compute the value before it is made, in a class method or a"
                " default_factory",
            )
        is_super = self._super_name(node.func) is not None
        if self._base_init(node, meaning):
            return True
        if meaning in (library.special, library.make, library.new, *_REPLACE, *_PARTS) or is_super:
            if has_spread(node):
                raise self.error(
                    node, "this call takes no `*` and no `**`: write the arguments out"
                )
            return True
        if classes.is_exception(meaning) and self.module.constructor(meaning) is not None:
            return not has_spread(node)
        return classes.is_record(meaning) and not has_spread(node)

    def form(self, node: ast.Call, meaning: Any, dest: int | None, tail: bool) -> int | None:
        """See Calls."""
        init = self._base_init(node, meaning)
        if init:
            return self._set_args(node, init, dest)
        if isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGES:
            return self._set_field(node, dest)
        if meaning is library.special:
            return self._get_special(node, dest)
        if meaning is library.make:
            return self._make(self.meaning(node.args[0]), list(enumerate(node.args[1:])), {}, dest)
        if meaning is library.new:
            return self._new_exception(node, dest)
        if meaning in _REPLACE:
            return self._replace(node, dest)
        if meaning in _PARTS:
            return self.direct(node, self.module.operation(meaning.__name__), dest, tail)
        name = self._super_name(node.func)
        if name is not None:
            return self._super_call(node, name, dest, tail)
        return self._record(node, meaning, dest, tail)

    def _get_special(self, node: ast.Call, dest: int | None) -> int:
        name = node.args[1]
        assert isinstance(name, ast.Constant)
        with self.temporaries():
            subject = self.value(node.args[0])
        dest = self.target(dest)
        self.emit("GetSpecial", dest, subject, self.constant(name.value))
        return dest

    def _make(
        self,
        kind: Any,
        arguments: list[tuple[int, ast.expr]],
        left_out: dict[int, object],
        dest: int | None,
    ) -> int:
        """A record of fields, evaluated in their order into their places."""
        number = self.constant(kind)
        count = len(arguments) + len(left_out)
        with self.temporaries():
            first = self.push(count) if count else 0
            for place, argument in arguments:
                self.value(argument, first + place)
            for place, value in left_out.items():
                self.load(value, first + place)
        dest = self.target(dest)
        self.emit("MakeRecord", dest, number, first).extent = (count, 0)
        return dest

    def _record(self, node: ast.Call, kind: Any, dest: int | None, tail: bool) -> int | None:
        """`Point(1, y=2)`."""
        number = self.module.constructor(kind)
        if number is not None:
            itself = ast.copy_location(ast.Constant(None), node)
            call = ast.Call(node.func, [itself, *node.args], node.keywords)
            return self.direct(ast.copy_location(call, node), number, dest, tail)
        names = [one.name for one in dataclasses.fields(kind)]
        placed = self.placed_by_name(node, names, kind.__qualname__)
        defaults = classes.plain_defaults(kind)
        left_out = {}
        for place, name in enumerate(names):
            if place not in placed:
                if name not in defaults:
                    words = f"{kind.__qualname__}() is not given `{name}`, which has no default"
                    raise self.error(node, words)
                left_out[place] = self.checked_constant(node, defaults[name])
        return self._make(kind, list(placed.items()), left_out, dest)

    def placed_by_name(self, node: ast.Call, names: list[str], callee: str) -> dict[int, ast.expr]:
        """The arguments of a call by the place of their parameters, all of which have names."""
        if len(node.args) > len(names):
            raise self.error(
                node.args[len(names)],
                f"{callee}() takes {len(names)} positional arguments: leave out the others",
            )
        placed = dict(enumerate(node.args))
        for keyword in node.keywords:
            if keyword.arg not in names:
                raise self.error(keyword, f"{callee}() has no parameter `{keyword.arg}`")
            if names.index(keyword.arg) in placed:
                raise self.error(keyword, f"{callee}() is given `{keyword.arg}` twice")
            placed[names.index(keyword.arg)] = keyword.value
        return placed

    def _replace(self, node: ast.Call, dest: int | None) -> int:
        """`dataclasses.replace(record, x=1)`."""
        if len(node.args) != 1:
            raise self.error(node, "replace() takes one record, and its changes by name")
        base = self.window(dest)
        self.in_a_row([*node.args, *(keyword.value for keyword in node.keywords)])
        self.emit("Replace", base, 1 + len(node.keywords), self.names(node))
        return self.finish(base, dest)

    def _is_field_set(self, node: ast.Call) -> bool:
        """Whether it is `object.__setattr__(self, "field", value)` in the __post_init__ of a record."""
        source = self.unit.source.node
        kind: Any = self.module.owner(self.unit.function)
        if source.name != "__post_init__" or self.function.outer is not None or kind is None:
            return False
        match node:
            case ast.Call(
                ast.Attribute(owner, "__setattr__"),
                [ast.Name(first), ast.Constant(str() as name), _],
                [],
            ) if self.meaning(owner) is object:
                is_self = bool(source.args.args) and first == source.args.args[0].arg
                return is_self and classes.is_record(kind) and name in kind.__dataclass_fields__
        return False

    def _set_field(self, node: ast.Call, dest: int | None) -> int:
        record, name, value = node.args
        assert isinstance(name, ast.Constant)
        with self.temporaries():
            owner, field = self.value(record), self.value(value)
            self.emit("SetAttribute", owner, self.constant(name.value), field)
        return self.load(None, dest)

    # Exceptions.

    def makes_exception(self) -> bool:
        """Whether this is the __init__ of an exception."""
        kind = self.module.owner(self.unit.function)
        is_init = self.unit.source.node.name == "__init__" and self.function.outer is None
        return is_init and classes.is_exception(kind)

    def _new_exception(self, node: ast.Call, dest: int | None) -> int:
        number = self.constant(self.meaning(node.args[0]))
        with self.temporaries():
            arguments = self.value(node.args[1])
        dest = self.target(dest)
        self.emit("MakeException", dest, number, arguments)
        return dest

    def _base_init(self, node: ast.Call, meaning: object) -> list[ast.expr]:
        """`super().__init__(...)` or `ValueError.__init__(self, ...)` of a class of Python's.

        Returns:
            The expression of the exception, and those of its arguments; nothing for other calls.
        """
        match node.func:
            case ast.Attribute(ast.Call(ast.Name("super") as name), "__init__") if (
                self.meaning(name) is super
            ):
                kind: Any = self.unit.surroundings.name("__class__")
                behind = kind.__mro__[1:] if isinstance(kind, type) else ()
                own = next((one for one in behind if "__init__" in vars(one)), None)
                first = self.function.node.args.args  # type: ignore[union-attr]
                if (
                    self.makes_exception()
                    and first
                    and getattr(own, "__module__", "") == "builtins"
                ):
                    return [ast.copy_location(ast.Name(first[0].arg, ast.Load()), node), *node.args]
            case ast.Attribute(owner, "__init__"):
                kind = self.meaning(owner)
                is_builtin = isinstance(kind, type) and kind.__module__ == "builtins"
                if is_builtin and issubclass(kind, BaseException) and self.makes_exception():
                    return list(node.args)
        return []

    def _set_args(self, node: ast.Call, parts: list[ast.expr], dest: int | None) -> int:
        if node.keywords:
            raise self.error(
                node, "the __init__ of Python's exceptions takes no names: leave them out"
            )
        with self.temporaries():
            made = self.value(parts[0])
            arguments = self.value(ast.copy_location(ast.Tuple(parts[1:], ast.Load()), node))
            self.emit("SetAttribute", made, self.constant("args"), arguments)
        return self.load(None, dest)

    # super()

    def _super_name(self, node: ast.expr) -> str | None:
        match node:
            case ast.Attribute(ast.Call(ast.Name("super") as name), attribute) if (
                self.meaning(name) is super
            ):
                return attribute
        return None

    def _super_call(self, node: ast.Call, name: str, dest: int | None, tail: bool) -> int | None:
        member, first = self._super_member(node.func, name)
        if member.kind == classes.STATIC:
            return self.direct(node, self.module.method_number(member.value), dest, tail)
        call = ast.Call(node.func, [ast.copy_location(first, node), *node.args], node.keywords)
        number = self.module.method_number(member.value)
        return self.direct(ast.copy_location(call, node), number, dest, tail)

    def _super_member(self, node: ast.expr, name: str) -> tuple[classes.Member, ast.expr]:
        """What `super().name` is, and the expression that stands for its object."""
        kind: Any = self.unit.surroundings.name("__class__")
        function = self.function.node
        assert isinstance(function, FunctionLike)
        given = [*function.args.posonlyargs, *function.args.args]
        assert isinstance(node, ast.Attribute)
        assert isinstance(node.value, ast.Call)
        plain = not node.value.args and not node.value.keywords
        if kind is MISSING or not given or not plain or self.function.outer is not None:
            raise self.error(
                node, "super() stands in a method itself, without arguments: name the class"
            )
        member = self.module.super_member(kind, name)
        if member is None or member.kind == classes.CONSTANT:
            raise self.error(
                node,
                f"what super().{name} is depends on the class of the object, or is no method:"
                f" write Base.{name}(self) with the class that is meant",
            )
        return member, ast.Name(given[0].arg, ast.Load())

    # Built-ins.

    def special_builtin(self, node: ast.Call, name: str, dest: int | None) -> int | None:
        """See Calls."""
        plain = not node.keywords and not any(isinstance(one, ast.Starred) for one in node.args)
        if name == "print" and self.is_special("str") and plain:
            return self._print(node, dest)
        if name in _UNARY and self.is_special(name) and plain and len(node.args) == 1:
            return self.special(name, node.args, dest)
        if name == "bool" and self.is_special("truth") and plain and len(node.args) == 1:
            return self.special("truth", node.args, dest)
        if name == "format" and self.is_special("format") and plain and len(node.args) in (1, 2):
            spec = [ast.copy_location(ast.Constant(""), node)] if len(node.args) == 1 else []
            return self.special("format", [*node.args, *spec], dest)
        return None

    def deciding(self, name: str) -> types.FunctionType | None:
        """See Calls."""
        own = name.removeprefix("pyvm.compiler.library.natives.")
        return library.operation(own) if self.is_special(_DECIDED_BY.get(own, "")) else None

    def _print(self, node: ast.Call, dest: int | None) -> int:
        """`print(x)` as `print(str(x))`."""
        signature = self.module.world.builtins.signature("print")
        options = [*signature.positional, *signature.keyword_only]
        base = self.window(dest)
        first = self.push(len(options) + len(node.args))
        for place in range(len(options)):
            self.emit("Unset", first + place, 1)
        for place, one in enumerate(node.args, first + len(options)):
            with self.temporaries():
                self.operation("str", [self.value(one)], place)
        self.emit("CallBuiltin", base, signature.number, len(options) + len(node.args))
        return self.finish(base, dest)

    def check_classes(self, node: ast.expr) -> None:
        """See Calls."""
        parts = node.elts if isinstance(node, ast.Tuple) else [node]
        for part in parts:
            kind = self.meaning(part)
            reason = classes.reason_undecidable(kind) if classes.is_abstract(kind) else None
            if reason is not None:
                raise self.error(part, reason)
