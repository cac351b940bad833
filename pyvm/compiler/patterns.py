# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""`case` patterns as data for the native matcher.

A pattern is a tuple, its operation first. Parts written in brackets are lists.

    ("_",)                                  anything
    ("bind", slot, pattern)                 what `pattern` matches, kept in a slot
    ("=", value)                            equal to a constant
    ("param", i)                            equal to the i-th value handed over at the match
    ("ref", i)                              the same where that value is a Ref, otherwise anything
    ("is", None | True | False)             that object
    ("timeout",)                            the subject TIMEOUT
    ("seq", [before], star, [after])        tuple or list; star: None, a slot, or -1 for `*_`
    ("map", [(key, pattern)], rest)         dict; rest: None or a slot
    ("or", [patterns])                      the first that matches
    ("type", name, pattern | None)          an instance, then the pattern on the same subject
    ("record", module, qualname, [(field, pattern)])
    ("enum", module, qualname, member)
    ("python", slot)                        anything, kept in a slot and decided in Python

Slots count from 0 in each case. A name that several alternatives bind has one slot.
Promise: native matching plus the Python parts accept exactly what CPython's `match` accepts.
"""

from __future__ import annotations

import ast
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pyvm.compiler import terms
from pyvm.compiler.scope import MISSING, dotted_parts

Pattern = tuple[Any, ...]
ANYTHING: Pattern = ("_",)


@dataclass(frozen=True)
class Slot:
    """What one value of a matched case is for: a name, or a part that Python decides.

    `node` is the pattern that binds `name`, or the whole part.
    """

    name: str | None
    node: ast.pattern


@dataclass
class Parameters:
    """The dotted values and hints of one `match`, each evaluated once when it begins."""

    nodes: list[ast.expr] = field(default_factory=list)

    def index(self, node: ast.expr) -> int:
        """The place of `node`, which is added unless the same words are there already."""
        words = dotted_parts(node)
        for place, known in enumerate(self.nodes):
            if dotted_parts(known) == words:
                return place
        self.nodes.append(node)
        return len(self.nodes) - 1


class Lowering:
    """Turns the pattern of one case into data and collects its slots.

    Args:
        resolve: the object that an expression means when the function is decorated, or MISSING.
        timeout: the TIMEOUT object.
        parameters: shared by the cases of a `match`.
        hints: captures that a guard compares with a variable (hints.py), and the variable.
        decided: the native matcher makes that comparison whatever the variable holds, and the guard
            is left out; not only where it holds a reference.
    """

    def __init__(
        self,
        resolve: Callable[[ast.expr], object],
        timeout: object,
        parameters: Parameters,
        hints: Mapping[str, ast.expr],
        *,
        decided: bool = False,
    ) -> None:
        self.slots: list[Slot] = []
        self._resolve = resolve
        self._timeout = timeout
        self._parameters = parameters
        self._hints = hints
        self._compare = "param" if decided else "ref"

    @property
    def has_python_part(self) -> bool:
        """Whether Python has a say in this case."""
        return any(slot.name is None for slot in self.slots)

    def lower(self, node: ast.pattern) -> Pattern:
        """The data that stands for `node`."""
        match node:
            case ast.MatchValue(value):
                return self._value(node, value)
            case ast.MatchSingleton(value):
                return ("is", value)
            case ast.MatchSequence(patterns):
                return self._sequence(patterns)
            case ast.MatchMapping(keys, patterns, rest):
                return self._mapping(node, keys, patterns, rest)
            case ast.MatchClass():
                return self._class(node)
            case ast.MatchAs(pattern, name):
                return self._capture(node, pattern, name)
            case ast.MatchOr(patterns):
                return self._alternatives(node, patterns)
        return self._python(node)

    def bind(self, name: str, node: ast.pattern) -> int:
        """The slot of a name."""
        for place, slot in enumerate(self.slots):
            if slot.name == name:
                return place
        self.slots.append(Slot(name, node))
        return len(self.slots) - 1

    def _python(self, node: ast.pattern) -> Pattern:
        self.slots.append(Slot(None, node))
        return ("python", len(self.slots) - 1)

    def _value(self, node: ast.pattern, value: ast.expr) -> Pattern:
        literal = literal_value(value)
        if literal is not MISSING:
            return ("=", literal)
        if not isinstance(value, ast.Attribute) or dotted_parts(value) is None:
            return self._python(node)
        meaning, owner = self._resolve(value), self._resolve(value.value)
        if meaning is self._timeout and isinstance(owner, types.ModuleType):
            return ("timeout",)
        member = terms.enum_pattern(meaning) if owner is type(meaning) else None
        return member or ("param", self._parameters.index(value))  # another owner may change it

    def _capture(self, node: ast.MatchAs, pattern: ast.pattern | None, name: str | None) -> Pattern:
        if name is None:
            return ANYTHING
        if pattern is not None:
            inner = self.lower(pattern)
        elif name in self._hints:
            inner = (self._compare, self._parameters.index(self._hints[name]))
        else:
            inner = ANYTHING
        if inner[0] == "python":
            self.slots[inner[1]] = Slot(None, node)
            return inner
        return ("bind", self.bind(name, node), inner)

    def _sequence(self, patterns: Sequence[ast.pattern]) -> Pattern:
        before: list[Pattern] = []
        after: list[Pattern] = []
        star: int | None = None
        for part in patterns:
            if isinstance(part, ast.MatchStar):
                star = -1 if part.name is None else self.bind(part.name, part)
            else:
                (before if star is None else after).append(self.lower(part))
        return ("seq", before, star, after)

    def _mapping(
        self,
        node: ast.pattern,
        keys: Sequence[ast.expr],
        patterns: Sequence[ast.pattern],
        rest: str | None,
    ) -> Pattern:
        literals = [literal_value(key) for key in keys]
        if MISSING in literals:
            return self._python(node)
        pairs = [
            (key, self.lower(pattern)) for key, pattern in zip(literals, patterns, strict=True)
        ]
        return ("map", pairs, None if rest is None else self.bind(rest, node))

    def _class(self, node: ast.MatchClass) -> Pattern:
        kind = self._resolve(node.cls)
        if kind is object and not node.patterns and not node.kwd_attrs:
            return ANYTHING
        name = terms.term_type(kind)
        if name is not None:
            return self._type(node, kind, name)
        if terms.is_exact_record(kind):
            return self._record(node, kind)
        return self._python(node)

    def _type(self, node: ast.MatchClass, kind: Any, name: str) -> Pattern:
        if node.kwd_attrs or len(node.patterns) > 1:
            return self._python(node)
        if not node.patterns:
            return ("type", name, None)
        if terms.is_builtin_type(kind):
            return ("type", name, self.lower(node.patterns[0]))
        match node.patterns[0]:
            case ast.MatchValue(ast.Constant(str(text))) if name == "Atom":
                return ("=", kind(text))
        return self._python(node)

    def _record(self, node: ast.MatchClass, kind: Any) -> Pattern:
        positional = tuple(getattr(kind, "__match_args__", ()))[: len(node.patterns)]
        names = [*positional, *node.kwd_attrs]
        patterns = [*node.patterns, *node.kwd_patterns]
        is_plain = len(set(names)) == len(patterns) and terms.field_names(kind).issuperset(names)
        if not is_plain:  # a property, or a mistake that Python reports when it matches
            return self._python(node)
        fields = [
            (name, self.lower(pattern)) for name, pattern in zip(names, patterns, strict=True)
        ]
        return ("record", kind.__module__, kind.__qualname__, fields)

    def _alternatives(self, node: ast.pattern, patterns: Sequence[ast.pattern]) -> Pattern:
        """An alternative that Python decides may fail after the native matcher chose it."""
        slots, parameters = list(self.slots), list(self._parameters.nodes)
        lowered = [self.lower(pattern) for pattern in patterns]
        if any(slot.name is None for slot in self.slots[len(slots) :]):
            self.slots, self._parameters.nodes = slots, parameters
            return self._python(node)
        return ("or", lowered)


def literal_value(node: ast.expr) -> Any:
    """The value of a literal that terms can hold, or MISSING."""
    match node:
        case ast.Constant(value=int() | float() | str() | bytes() | None as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return -value
    return MISSING
