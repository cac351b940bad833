# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Calls."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import itertools
import types
from typing import Any, Final

from pyvm.compiler.compiled.ir import Block
from pyvm.compiler.compiled.lower_displays import MOST_IN_A_ROW, slice_nodes
from pyvm.compiler.compiled.lower_functions import Functions
from pyvm.compiler.compiled.meanings import (
    PythonCallable,
    QualifiedName,
    Signature,
    is_native_member,
    is_unbound_method,
    reason_not_made,
)
from pyvm.compiler.compiled.python_functions import NamedCall, native_hash, python_call
from pyvm.compiler.compiled.scopes import (
    all_parameters,
    parameters,
)
from pyvm.compiler.library import sort_method, stands_for_method
from pyvm.compiler.library import stand_in as stand_in_of
from pyvm.compiler.scope import MISSING

_REFUSED_ATTRIBUTES: Final = {
    "__context__": "what was handled when an exception was raised is not kept: raise it `from`"
    " that, and look at __cause__",
    "with_traceback": "the traceback of an exception is that of its raise: leave with_traceback out",
}
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
        "enumerate",  # these two compute at once whatever they get
        "zip",
    ]
)
# Built-ins that iterate over what they are given.
_ITERATING: Final = frozenset(
    [
        *["sum", "min", "max", "sorted", "list", "tuple", "set", "frozenset", "enumerate", "zip"],
        *["any", "all", "dict", "iter", "bytes", "math.fsum", "math.prod"],
    ]
)
# What takes a function first that Python may run.
_TAKE_PYTHON: Final = frozenset(["pyvm.python", "pyvm.spawn", "pyvm.spawn_request"])
_CONSUMING_METHODS: Final = frozenset(
    [
        "join",
        "extend",
        "update",
        "union",
        "intersection",
        "difference",
        "symmetric_difference",
        "intersection_update",
        "difference_update",
        "symmetric_difference_update",
        "issubset",
        "writelines",
    ]
)


class Calls(Functions):
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
        if meaning is dict and not node.args and node.keywords and not has_spread(node):
            keys = [ast.copy_location(ast.Constant(one.arg), one.value) for one in node.keywords]
            made = ast.Dict([*keys], [one.value for one in node.keywords])
            return self.dictionary(made, dest)
        if (
            meaning is isinstance
            and len(node.args) == 2
            and not (node.keywords or has_spread(node))
        ):
            return self._isinstance(node, dest)
        if self.is_form(node, meaning):
            return self.form(node, meaning, dest, tail)
        name = self.module.world.builtins.name(meaning)
        stand_in = stand_in_of(meaning)
        if stand_in is not None and (name is None or _may_have_key(node)):
            meaning, name = stand_in, None
        if isinstance(meaning, type) and name is None and stand_in is None:
            reason = reason_not_made(meaning, self.module.world)
            if reason is not None:
                raise self.error(node.func, reason)
        self._check_generators(node, name, stand_in is not None or stands_for_method(meaning))
        hashed = native_hash(node, self.meaning, self.module.world.builtins.has)
        if hashed is not None:
            return self._builtin(hashed[1], hashed[0], dest)
        asked = python_call(node, self.meaning) if name is None else None
        if asked is not None:
            return self._ask_python(node, asked, dest)
        if name is None and inspect.iscoroutinefunction(meaning):
            words = ast.unparse(node.func)
            raise self.error(
                node.func,
                f"{words} is an `async def`, which cannot be called in a compiled body: spawn it",
            )
        if name in _TAKE_PYTHON and node.args:
            node = self._with_python_callable(node, any_callable=name == "pyvm.python")
        if name is not None and self._takes_function(name):  # as spawn does
            self._called.update(node.args[:1])
        if name in _ITERATING:
            node = self._iterating(node, name)
        own = self.deciding(name) if name is not None else None
        if own is not None:
            meaning, name = own, None
        if has_spread(node):
            return self._spread_call(node, meaning, dest, tail)
        if meaning is dict and node.keywords:
            return self._value_call(node, dest, tail)
        if self.send(node):
            return self.load(None, dest)
        if name == "pyvm.spawn" and (options := _spawn_options(node)) is not None:
            return self._spawn(node.args, options, dest)
        special = self.special_builtin(node, name, dest) if name is not None else None
        if special is not None:
            return special
        if name is not None:
            return self._builtin(node, name, dest)
        match node.func:
            case ast.Attribute(owner, method) as function if meaning is MISSING:
                if not is_unbound_method(self.meaning(owner), method):
                    self.check_member(function)
                    return self._method(node, function, dest, tail)
        number = None if meaning is MISSING else self.module.function_number(meaning)
        if number is not None:
            return self.direct(node, number, dest, tail, self.qualified(node.func, meaning))
        return self._value_call(node, dest, tail)

    def send(self, node: ast.expr) -> bool:
        """Lowers `send(to, message)`; false if it is none."""
        match node:
            case ast.Call(function, [to, message], []) if not has_spread(node):
                if self.module.world.builtins.name(self.meaning(function)) != "pyvm.send":
                    return False
            case _:
                return False
        with self.temporaries():
            receiver = self.value(to)
            parts = message.elts if isinstance(message, ast.Tuple) else []
            is_made = self.folded(message) is MISSING and 0 < len(parts) <= MOST_IN_A_ROW
            if is_made and not any(isinstance(part, ast.Starred) for part in parts):
                self.emit("SendTuple", receiver, self.in_a_row(parts), len(parts))
            else:
                self.emit("Send", receiver, self.value(message))
        return True

    def _spawn(self, called: list[ast.expr], options: int, dest: int | None) -> int:
        base = self.window(dest)
        self.in_a_row(called)
        self.emit("Spawn", base, len(called), options)
        return self.finish(base, dest)

    def _iterating(self, node: ast.Call, name: str) -> ast.Call:
        """The call of a built-in, its arguments marked that are iterated over."""
        count = len(node.args) if name == "zip" else 1
        if name in ("min", "max") and len(node.args) != 1:
            return node
        operation = "entries" if name == "dict" else "Iterate"
        arguments = [
            self.iterated(one, operation)
            if place < count and not isinstance(one, ast.Starred)
            else one
            for place, one in enumerate(node.args)
        ]
        return ast.copy_location(ast.Call(node.func, arguments, node.keywords), node)

    def is_form(self, node: ast.Call, meaning: object) -> bool:
        """Whether a call is compiled to something else; those of records are in lower_records."""
        raise NotImplementedError

    def form(self, node: ast.Call, meaning: Any, dest: int | None, tail: bool) -> int | None:
        """Such a call."""
        raise NotImplementedError

    def special_builtin(self, node: ast.Call, name: str, dest: int | None) -> int | None:
        """A built-in that classes of the program have a say in; None if it is plain."""
        raise NotImplementedError

    def deciding(self, name: str) -> types.FunctionType | None:
        """What stands for a built-in that does operations which classes have a say in."""
        raise NotImplementedError

    def check_classes(self, node: ast.expr) -> None:
        """Refuses classes whose instances cannot be told by their class."""
        raise NotImplementedError

    def _takes_function(self, name: str) -> bool:
        """Whether a built-in calls its first argument, so that it must be part of the image."""
        return self.module.world.builtins.signature(name).positional[:1] == ("function",)

    def _is_steady(self, node: ast.expr) -> bool:
        """Whether an expression may be evaluated later than it stands."""
        if isinstance(node, ast.Name):
            return self.plain_variable(node.id) is not None and node.id not in self.function.walrus
        return self.folded(node) is not MISSING

    def receive_any(self, node: ast.Call, dest: int | None) -> int:
        """`receive(timeout=...)` outside of a match."""
        raise NotImplementedError

    def _check_generators(self, node: ast.Call, name: str | None, is_library: bool) -> None:
        takes_all = name in _CONSUMERS or is_library
        if isinstance(node.func, ast.Attribute) and name is None and not is_library:
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
                self.emit("Unset", base + 2 + place, 1)
            else:
                self.load(self.module.part_of(value), base + 2 + place)

    def _builtin(self, node: ast.Call, name: str, dest: int | None) -> int:
        signature = self.module.world.builtins.signature(name)
        arguments, left_out = self._placed_for_builtin(node, name, signature)
        if name == "getattr" and len(node.args) > 1:
            attribute = node.args[1]
            self.module.use(str(attribute.value) if isinstance(attribute, ast.Constant) else None)
        if name == "callable":
            self.module.use("__call__")
        base = self.window(dest)
        count = self.fill(base, arguments, left_out)
        self.emit("CallBuiltin", base, signature.number, count)
        return self.finish(base, dest)

    def slice_value(self, node: ast.Slice, dest: int | None) -> int:
        """`b:c` as a value: in an index with commas, or for a `__getitem__` of the program."""
        base = self.window(dest)
        for part in slice_nodes(node):
            self.value(part, self.push())
        self.emit("CallBuiltin", base, self.module.world.builtins.signature("slice").number, 3)
        return self.finish(base, dest)

    def _with_python_callable(self, node: ast.Call, any_callable: bool) -> ast.Call:
        """The call, its first argument a constant if it names a function for Python."""
        first, *others = node.args
        meaning = self.meaning(first)
        if meaning is MISSING and any_callable and isinstance(first, ast.Attribute):
            owner = self.meaning(first.value)  # a class, or an object of the module
            meaning = MISSING if owner is MISSING else getattr(owner, first.attr, MISSING)
        if not (inspect.iscoroutinefunction(meaning) or (any_callable and callable(meaning))):
            return node
        constant = ast.Constant(PythonCallable(meaning))  # type: ignore[arg-type]
        made = ast.Call(node.func, [ast.copy_location(constant, first), *others], node.keywords)
        return ast.copy_location(made, node)

    def _ask_python(
        self, node: ast.Call, asked: tuple[NamedCall, list[ast.expr]], dest: int | None
    ) -> int:
        function, arguments = asked
        if any(isinstance(one, ast.Starred) for one in arguments) or "None" in function.names:
            raise self.error(
                node, "a call that goes to Python takes no `*`: write the arguments out"
            )
        constant = ast.Constant(PythonCallable(function))  # type: ignore[arg-type]
        made = ast.Call(node.func, [ast.copy_location(constant, node), *arguments], [])
        return self._builtin(ast.copy_location(made, node), "pyvm.python", dest)

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

    def direct(
        self,
        node: ast.Call,
        number: int,
        dest: int | None,
        tail: bool,
        qualified: QualifiedName | None = None,
    ) -> int | None:
        """A call of a function of the image by its number, or of the newest of its qualified name."""
        wanted, _ = self.module.parameters_of(number)
        arguments, left_out = self._placed_for(node, number)
        takes_more = wanted.vararg is not None or wanted.kwarg is not None
        if qualified is not None and takes_more:
            self._called.add(node.func)
            return self._value_call(node, dest, tail)
        base = self.window(dest)
        if takes_more:
            count = self._fill_with_rest(base, node, wanted, left_out)
        else:
            count = self.fill(base, arguments, left_out)
        if qualified is None:
            self.emit("TailCall" if tail else "Call", base, number, count)
        else:
            places = tuple(place for place, _ in arguments)
            names = tuple(str(keyword.arg) for keyword in node.keywords)
            name = self.constant(dataclasses.replace(qualified, places=places, names=names))
            called = self.emit("TailCallNewest" if tail else "CallNewest", base, number, name)
            called.extent = (count, 0)
        return None if tail else self.finish(base, dest)

    def _placed_for(
        self, node: ast.Call, number: int
    ) -> tuple[list[tuple[int, ast.expr]], dict[int, object]]:
        wanted, defaults = self.module.parameters_of(number)
        positional = [one.arg for one in (*wanted.posonlyargs, *wanted.args)]
        names = [one.arg for one in parameters(wanted)]
        callee = ast.unparse(node.func)
        if len(node.args) > len(positional) and wanted.vararg is None:
            raise self.error(
                node.args[len(positional)],
                f"{callee}() takes {len(positional)} positional arguments: leave out the others",
            )
        placed = dict(enumerate(node.args[: len(positional)]))
        for keyword in node.keywords:
            if keyword.arg not in names[len(wanted.posonlyargs) :]:
                if wanted.kwarg is not None:
                    continue
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

    def _fill_with_rest(
        self, base: int, node: ast.Call, wanted: ast.arguments, left_out: dict[int, object]
    ) -> int:
        """`_fill` for a function with `*args` or `**kwargs`, which are made of what is left."""
        names = [one.arg for one in parameters(wanted)]
        by_place = len(wanted.posonlyargs) + len(wanted.args)
        named = names[len(wanted.posonlyargs) :]
        count = len(all_parameters(wanted))
        first = self.push(count)
        for place, argument in enumerate(node.args[:by_place]):
            self.value(argument, first + place)
        with self.temporaries():
            rest = self.in_a_row(node.args[by_place:])
            further = self.top
            for keyword in node.keywords:
                assert keyword.arg is not None
                if keyword.arg in named:
                    self.value(keyword.value, first + names.index(keyword.arg))
                else:
                    self.load(keyword.arg, self.push())
                    self.value(keyword.value, self.push())
            if wanted.vararg is not None:
                many = max(len(node.args) - by_place, 0)
                self.emit("MakeTuple", first + len(names), rest, many)
            if wanted.kwarg is not None:
                pairs = (self.top - further) // 2
                self.emit("MakeDict", first + count - 1, further if pairs else 0, pairs)
        self._leave_out(base, left_out)
        return count

    # Calls with stars.

    def _spread_call(
        self, node: ast.Call, meaning: object, dest: int | None, tail: bool
    ) -> int | None:
        """A call with `*` or `**`: its arguments are an iterable, and a dict of those by name."""
        base = self.window(dest)
        if meaning is MISSING:
            self.value(node.func, base)
        else:
            self.meant(node.func, meaning, base)
        self._spread_places(node.args, self.push())
        if node.keywords:
            self._spread_names(node.keywords, self.push(), base)
        count = 2 if node.keywords else 1
        self.emit("TailCallSpread" if tail else "CallSpread", base, count)
        return None if tail else self.finish(base, dest)

    def _spread_places(self, nodes: list[ast.expr], dest: int) -> None:
        match nodes:
            case [ast.Starred(value)]:  # iterated over by the call, as CPython does
                self.value(self.iterated(value), dest)
            case _:
                many = ast.List(nodes, ast.Load())
                self.sequence(many, dest)

    def _spread_names(self, keywords: list[ast.keyword], dest: int, callee: int) -> None:
        if keywords[0].arg is None:
            self.emit("MakeDict", dest, 0, 0)
        for is_spread, group in itertools.groupby(keywords, lambda one: one.arg is None):
            parts = list(group)
            if is_spread:
                for one in parts:
                    with self.temporaries():
                        self.emit("MergeNames", dest, self.value(one.value), callee)
                continue
            with self.temporaries():
                first = self.top
                for one in parts:
                    self.load(one.arg, self.push())
                    self.value(one.value, self.push())
                if parts[0] is keywords[0]:
                    self.emit("MakeDict", dest, first, len(parts))
                else:
                    more = self.push()
                    self.emit("MakeDict", more, first, len(parts))
                    self.emit("MergeNames", dest, more, callee)

    def _sort(self, node: ast.Call, function: ast.Attribute, dest: int | None) -> int:
        """`x.sort(key=...)`: of a list, what the library has; else a method like others."""
        number = self.module.function_number(sort_method)
        assert number is not None
        base = self.window(dest)
        owner = self.value(function.value, self.push())
        given = self.push(2)
        for place, name in enumerate(("key", "reverse")):
            self.load(None if name == "key" else False, given + place)
        for keyword in node.keywords:
            self.value(keyword.value, given + (keyword.arg == "reverse"))
        other, end = Block(), Block()
        with self.temporaries():
            self.emit("IsInstance", self.push(), owner, self.load(list))
            self.emit_jump("JumpIfFalse", other, self.top - 2)
        self.emit("Call", base, number, 3)
        self.emit_jump("Jump", end)
        self.place(other)
        window = self.push(2 + len(node.keywords))
        self.emit("GetAttribute", window, owner, self.constant(function.attr))
        for place, keyword in enumerate(node.keywords):
            self.emit("Move", window + 2 + place, given + (keyword.arg == "reverse"))
        self.emit("CallValue", window, len(node.keywords), self.names(node))
        self.emit("Move", base, window)
        self.place(end)
        return self.finish(base, dest)

    def _method(
        self, node: ast.Call, function: ast.Attribute, dest: int | None, tail: bool
    ) -> int | None:
        named = {keyword.arg for keyword in node.keywords}
        calls_back = "key" in named or self.is_special("Less")
        if function.attr == "sort" and not node.args and calls_back and named <= {"key", "reverse"}:
            return self._sort(node, function, dest)
        if function.attr in _REFUSED_ATTRIBUTES:
            raise self.error(function, _REFUSED_ATTRIBUTES[function.attr])
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
        takes_all = function.attr in _CONSUMING_METHODS
        for argument in node.args:
            self.value(self.iterated(argument) if takes_all else argument, self.push())
        self.emit("CallMethod", base, name, 1 + len(node.args))
        return self.finish(base, dest)

    def check_member(self, node: ast.Attribute) -> None:
        """Refuses what a class has that no function in Python does."""
        owner = self.meaning(node.value)
        if is_native_member(owner, node.attr):
            raise self.error(
                node,
                f"{ast.unparse(node)} is not available in a compiled body: call it by"
                " pyvm.python(function, ...)",
            )

    def attribute(self, node: ast.Attribute, dest: int | None) -> int:
        """`value.name`, for which a property may have to run."""
        if node.attr in _REFUSED_ATTRIBUTES:
            raise self.error(node, _REFUSED_ATTRIBUTES[node.attr])
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


def _spawn_options(node: ast.Call) -> int | None:
    """The options that an instruction has bits for; None if there are others."""
    bits = {"link": 1, "monitor": 2}
    options = 0
    for keyword in node.keywords:
        match keyword.value:
            case ast.Constant(value=bool() as wanted) if keyword.arg in bits:
                options |= bits[keyword.arg] if wanted else 0
            case _:
                return None
    return options if node.args else None


def _may_have_key(node: ast.Call) -> bool:
    """Whether a call may have `key=`, which calls back into the program."""
    return any(keyword.arg in ("key", None) for keyword in node.keywords)


def has_spread(node: ast.Call) -> bool:
    """Whether a call has arguments with `*` or `**`."""
    return any(isinstance(one, ast.Starred) for one in node.args) or any(
        keyword.arg is None for keyword in node.keywords
    )
