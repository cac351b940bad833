# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""`check` and `compile_image`: a `def` and the functions that it reaches become an image.

The image is described in docs/design/vm.md. Its constants are the Python objects themselves: who
loads it makes terms of them.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import types
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pyvm.compiler.compiled import library
from pyvm.compiler.compiled.chains import keep_floats
from pyvm.compiler.compiled.classes import Member, is_known, member_names, operations
from pyvm.compiler.compiled.copies import drop_copies
from pyvm.compiler.compiled.emit import TooLarge, emit, used_constants
from pyvm.compiler.compiled.flow import drop_checks, join_unsets, unset_at_entry, unset_dead
from pyvm.compiler.compiled.jumps import straighten
from pyvm.compiler.compiled.liveness import Graph
from pyvm.compiler.compiled.loops import close_loops, pin_constants
from pyvm.compiler.compiled.lower import FunctionLowering
from pyvm.compiler.compiled.lower_core import Unit
from pyvm.compiler.compiled.meanings import (
    NO_DEFAULT,
    Builtins,
    FunctionConstant,
    World,
    container_of,
    holds_functions,
    reason_not_constant,
)
from pyvm.compiler.compiled.reached import Classes
from pyvm.compiler.compiled.scopes import (
    Scope,
    all_parameters,
    analyze,
    parameters,
)
from pyvm.compiler.compiled.unit import (
    annotations_of,
    combined,
    errors_of,
    find_unit,
    reached_by_name,
)
from pyvm.compiler.errors import CompileError
from pyvm.compiler.library import module_of, stand_in
from pyvm.compiler.patterns import Pattern
from pyvm.compiler.scope import MISSING

Image = tuple[Any, ...]
_VERSION = 1
ANYTHING = "*"  # among what code uses: an attribute whose name is computed


def check(function: types.FunctionType, *, receive: object) -> None:
    """Refuses what cannot be compiled, as far as the text tells when a function is decorated.

    The functions of the module that it names are looked through too, those below it included.

    Args:
        function: the `def`.
        receive: the function that takes messages, for its misuse.

    Raises:
        CompileError: at the first construct at fault; the message has all of them.
    """
    root = find_unit(function)
    errors = [
        error
        for source in reached_by_name(root)
        for error in errors_of(source, root.filename, root.surroundings, receive, MISSING)
    ]
    if errors:
        raise combined(errors, root.filename)


def compile_image(
    function: types.FunctionType,
    *,
    opcodes: Iterable[tuple[str, str]],
    builtins: Mapping[str, tuple[int, str]],
    receive: object,
    timeout: object,
    is_process: Callable[[object], bool] = lambda _: False,
    classes: Iterable[type] = (),
    note_qualified: Callable[[str, str, object], None] = lambda *_: None,
    uses: set[str] | None = None,
) -> Image:
    """Makes the image of a function and all that it reaches; function 0 is the one given.

    Args:
        function: the `def`. Names mean what they mean around it now.
        opcodes: name and operand kinds of each opcode, in the order of their numbers.
        builtins: number and signature of each built-in by name: "len", "math.sqrt", "pyvm.send".
        receive: the function that takes messages.
        timeout: the TIMEOUT object.
        is_process: tells the functions that @pyvm.process has decorated, which may be named
            wherever they are defined.
        classes: more that the code may meet objects of, beside those that it names.
        note_qualified: is told module, name and meaning of each function that is named with a dot.
        uses: gets what the code asks of objects, for `concerns`.

    Returns:
        The image, a tuple. Its constants may be classes, members of enums, functions that are
        processes or built-ins: the objects themselves.

    Raises:
        CompileError: at the first construct at fault; the message has all of them.
    """
    table = Builtins.of(builtins)
    world = World(tuple(opcodes), table, receive, timeout, is_process, note_qualified)
    known = Known()
    further = tuple(classes)
    while True:  # a class may be found behind code that it concerns
        module = _Module(function, world, known, further)
        image = module.image()
        if not known.has_grown():
            if uses is not None:
                uses |= module.uses()
            return image


def concerns(kind: type, uses: set[str]) -> bool:
    """Whether code with these `uses`, which does not know a class, may fail where it gets objects of it."""
    if ANYTHING in uses or not operations(kind).issubset(uses):
        return True
    return not member_names(kind).isdisjoint(uses)


class Known:
    """What classes of the image have that changes how attributes and operators are compiled."""

    def __init__(self) -> None:
        self.properties: set[str] = set()
        self.operations: set[str] = set()
        self._size = 0

    def has_grown(self) -> bool:
        """Whether there is more than when it was asked last."""
        before, self._size = self._size, len(self.properties) + len(self.operations)
        return self._size > before


class _Module:
    """An image in the making."""

    def __init__(
        self, root: types.FunctionType, world: World, known: Known, classes: Iterable[type]
    ) -> None:
        self.world = world
        self._known = known
        self._root = root
        self._kinds = dict(world.opcodes)
        self._errors: list[CompileError] = []
        self._units: list[Unit | None] = []  # by number; None for functions in functions
        self._images: dict[int, Image] = {}
        self._numbers: dict[int, int | None] = {}
        self._constants: dict[int, object] = {}  # of those with functions, by identity
        self._sources: dict[tuple[str, str], int] = {}
        self._programs: list[tuple[tuple[Pattern, ...], tuple[bool, ...]]] = []
        self._classes = Classes(self, known)
        for one in classes:
            self._classes.reach(one)
        self._add_unit(find_unit(root))

    def image(self) -> Image:
        number = 0
        while number < len(self._units) or self._classes.reach_members():
            while number < len(self._units):  # lowering one adds those that it reaches
                unit = self._units[number]
                if unit is not None:
                    self._compile(number, unit)
                number += 1
        if self._errors:
            raise combined(self._errors, self._root.__code__.co_filename)
        functions = tuple(self._images[number] for number in range(len(self._units)))
        sources, programs = tuple(self._sources), tuple(self._programs)
        module, classes = self._root.__module__, self._classes.image()
        return ("pyvm code", _VERSION, module, sources, functions, programs, classes)

    def uses(self) -> set[str]:
        """The attributes that the code asks for, and the operations that it asks classes about."""
        anything = {ANYTHING} if self._classes.all_used else set()
        return self._classes.used | self._known.operations | anything

    # What the lowering of functions asks for.

    def report(self, error: CompileError) -> None:
        self._errors.append(error)

    def function_number(self, function: Any) -> int | None:
        key = id(function)
        if isinstance(function, types.FunctionType) and library.is_library(function):
            return self.method_number(function)
        if key not in self._numbers:
            self._numbers[key] = self._reached(function)
        return self._numbers[key]

    def constant_of(self, value: object) -> object:
        if not holds_functions(value, self.world):
            return value
        if id(value) not in self._constants:
            self._constants[id(value)] = self._with_functions(value)
        return self._constants[id(value)]

    def part_of(self, value: object) -> object:
        return self.constant_of(stand_in(value) or value)

    def _with_functions(self, value: Any) -> object:
        if isinstance(value, types.FunctionType):
            number = self.function_number(value)
            return value if number is None else FunctionConstant(number)
        return container_of(value, self.part_of)

    def parameters_of(self, number: int) -> tuple[ast.arguments, dict[str, object]]:
        unit = self._units[number]
        assert unit is not None
        return unit.source.node.args, _defaults(unit)

    def add_nested(
        self, unit: Unit, scope: Scope, qualified_name: str, defaults: tuple[object, ...] | int
    ) -> int:
        number = len(self._units)
        self._units.append(None)
        self._images[number] = self._lowered(unit, scope, qualified_name, defaults)
        return number

    def add_program(self, patterns: tuple[Pattern, ...], guarded: tuple[bool, ...]) -> int:
        self._programs.append((patterns, guarded))
        return len(self._programs) - 1

    def reach(self, value: object) -> None:
        self._classes.reach(value)

    def use(self, name: str | None) -> None:
        if name is None:
            self._classes.all_used = True
        else:
            self._classes.used.add(name)

    def has_property(self, name: str) -> bool:
        return name in self._known.properties

    def is_special(self, operation: str) -> bool:
        return operation in self._known.operations

    def operation(self, name: str) -> int:
        return self.method_number(library.operation(name))

    def constructor(self, kind: type) -> int | None:
        return self._classes.constructor(kind)

    def super_member(self, kind: type, name: str) -> Member | None:
        return self._classes.super_member(kind, name)

    def owner(self, function: types.FunctionType) -> type | None:
        return self._classes.owners.get(id(function))

    def method_number(self, function: types.FunctionType) -> int:
        """The number of a function of a class, or of the library."""
        key = id(function)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = self._add_unit(find_unit(function))
        return number

    # Making it.

    def _add_unit(self, unit: Unit) -> int:
        self._units.append(unit)
        self._numbers[id(unit.function)] = len(self._units) - 1
        return len(self._units) - 1

    def _reached(self, function: Any) -> int | None:
        if not isinstance(function, types.FunctionType) or inspect.iscoroutinefunction(function):
            return None
        if hasattr(function, "__wrapped__") or self.world.builtins.name(function) is not None:
            return None
        if (function.__module__ or "").startswith("pyvm._"):
            return None  # what only a coroutine may call
        try:
            return self._add_unit(find_unit(function))
        except CompileError as error:
            if function.__name__ != "<lambda>":  # for which there are words where it is used
                self.report(error)
            return None

    def _compile(self, number: int, unit: Unit) -> None:
        world = self.world
        errors = errors_of(
            unit.source, unit.filename, unit.surroundings, world.receive, world.timeout
        )
        self._errors += errors
        node = unit.source.node
        if errors or not isinstance(node, ast.FunctionDef):
            return
        defaults = self._checked_defaults(unit, node)
        self._reach_annotated(unit, node)
        name = unit.function.__qualname__
        try:
            self._images[number] = self._lowered(unit, analyze(node), name, defaults)
        except RecursionError:
            self.report(unit.error(node, "an expression is nested too deeply: divide it"))

    def _reach_annotated(self, unit: Unit, node: ast.FunctionDef) -> None:
        """A class that stands in an annotation may have objects here."""
        for annotation in annotations_of(node):
            for name in ast.walk(annotation):
                if isinstance(name, ast.Name | ast.Attribute):
                    meaning = unit.surroundings.dotted(name, lambda _: False)
                    if is_known(meaning):
                        self.reach(meaning)

    def _checked_defaults(self, unit: Unit, node: ast.FunctionDef) -> tuple[object, ...]:
        """The default values, in the order of the parameters."""
        values = {name: self.part_of(value) for name, value in _defaults(unit).items()}
        for name, value in values.items():
            reason = reason_not_constant(value, self.world)
            if reason is not None:
                place = next(one for one in parameters(node.args) if one.arg == name)
                self.report(unit.error(place, f"the default of `{name}`: {reason}"))
        found = [values.get(one.arg, NO_DEFAULT) for one in parameters(node.args)]
        return tuple(itertools.dropwhile(lambda value: value is NO_DEFAULT, found))

    def _lowered(
        self, unit: Unit, scope: Scope, qualified_name: str, defaults: tuple[object, ...] | int
    ) -> Image:
        errors = len(self._errors)
        lowering = FunctionLowering(self, unit, scope, qualified_name)
        lowering.run()
        if len(self._errors) > errors:
            return ()  # blocks may be missing
        arguments = scope.node.args  # type: ignore[union-attr]
        given = parameters(arguments)
        blocks = Graph(lowering.blocks).reachable()
        drop_checks(blocks, range(len(all_parameters(arguments))))
        blocks = Graph(blocks).reachable()
        registers = lowering.registers + pin_constants(blocks, lowering.filled, self._kinds)
        blocks = straighten(blocks)
        drop_copies(blocks)
        unset_dead(blocks, registers, range(lowering.filled))
        unset_at_entry(blocks, registers, lowering.filled)
        join_unsets(blocks)
        keep_floats(blocks)
        close_loops(blocks)
        constants = used_constants(blocks, lowering.constants, self._kinds)
        try:
            code = emit(blocks, self.world.numbers, self._kinds)
        except TooLarge as error:
            self.report(unit.error(scope.node, str(error)))
            return ()
        return (
            qualified_name.rpartition(".")[2],
            qualified_name,
            0 if unit.is_library else scope.node.lineno,
            (
                tuple(one.arg for one in given),
                len(arguments.posonlyargs),
                len(arguments.kwonlyargs),
                arguments.vararg is not None,
                arguments.kwarg is not None,
            ),
            defaults,
            len(scope.free),
            registers,
            code.code,
            constants,
            () if unit.is_library else code.lines,
            code.handlers,
            self._source(unit),
        )

    def _source(self, unit: Unit) -> int:
        source = (module_of(unit.function) or "", unit.filename)
        return self._sources.setdefault(source, len(self._sources))


def _defaults(unit: Unit) -> dict[str, object]:
    """The values of the parameters of a function that have one."""
    arguments = unit.source.node.args
    positional = [one.arg for one in (*arguments.posonlyargs, *arguments.args)]
    values = unit.function.__defaults__ or ()
    found = dict(zip(positional[len(positional) - len(values) :], values, strict=True))
    found.update(unit.function.__kwdefaults__ or {})
    return found
