# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""`match` over values: each part of a pattern is a test that goes on to the next case if it fails.

What a pattern captures waits in temporaries and is assigned when the whole of it matches.
"""

from __future__ import annotations

import ast
import dataclasses
import enum
from collections.abc import Sequence
from typing import Any

from pyvm.compiler import terms
from pyvm.compiler.compiled.classes import METHOD, find_member
from pyvm.compiler.compiled.ir import Block
from pyvm.compiler.compiled.lower_operators import small_int
from pyvm.compiler.compiled.lower_records import Records


class Patterns(Records):
    """Lowers `match` statements whose subject is a value."""

    def match_value(self, node: ast.Match) -> None:
        """The statement."""
        end = Block()
        with self.temporaries():
            subject = self.value(node.subject)
            captured = {name for case in node.cases for name in captured_names(case.pattern)}
            if isinstance(node.subject, ast.Name) and node.subject.id in captured:
                subject = self.moved(subject, self.push())  # a case that fails may have bound it
            for case in node.cases:
                following = Block()
                with self.at(case.pattern):
                    self._case(case, subject, following)
                self.statements(case.body)
                self.emit_jump("Jump", end)
                self.place(following)
        self.place(end)

    def _case(self, case: ast.match_case, subject: int, following: Block) -> None:
        with self.temporaries():
            captures = {name: self.push() for name in captured_names(case.pattern)}
            self._test(case.pattern, subject, following, captures)
            for name, register in captures.items():
                self.write(name, register)
            if case.guard is not None:
                self.jump_if(case.guard, following, False)

    def _test(
        self, node: ast.pattern, subject: int, failed: Block, captures: dict[str, int]
    ) -> None:
        """Goes on if `subject` matches, jumps to `failed` if not."""
        with self.temporaries():
            match node:
                case ast.MatchValue(value):
                    self._test_value(value, subject, failed)
                case ast.MatchSingleton(None):
                    self.emit_jump("JumpIfNotNone", failed, subject)
                case ast.MatchSingleton(value):
                    result = self.load(value)
                    self.emit("Is", result, subject, result)
                    self.emit_jump("JumpIfFalse", failed, result)
                case ast.MatchAs(pattern, name):
                    if pattern is not None:
                        self._test(pattern, subject, failed, captures)
                    if name is not None:
                        self.moved(subject, captures[name])
                case ast.MatchOr(patterns):
                    self._test_alternatives(patterns, subject, failed, captures)
                case ast.MatchSequence(patterns):
                    self._test_sequence(patterns, subject, failed, captures)
                case ast.MatchMapping():
                    self._test_mapping(node, subject, failed, captures)
                case ast.MatchClass():
                    self._test_class(node, subject, failed, captures)

    def _test_value(self, value: ast.expr, subject: int, failed: Block) -> None:
        number = small_int(value)
        if number is not None:
            self.emit_jump("JumpIfNotEqualInt", failed, subject, number)
        else:
            self.emit_jump("JumpIfNotEqual", failed, subject, self.value(value))

    def _test_alternatives(
        self, patterns: Sequence[ast.pattern], subject: int, failed: Block, captures: dict[str, int]
    ) -> None:
        matched = Block()
        for pattern in patterns[:-1]:
            following = Block()
            self._test(pattern, subject, following, captures)
            self.emit_jump("Jump", matched)
            self.place(following)
        self._test(patterns[-1], subject, failed, captures)
        self.place(matched)

    def _test_sequence(
        self, patterns: Sequence[ast.pattern], subject: int, failed: Block, captures: dict[str, int]
    ) -> None:
        stars = [i for i, part in enumerate(patterns) if isinstance(part, ast.MatchStar)]
        count = len(patterns) - len(stars)
        test = self.push()
        self.emit("IsSequenceFrom" if stars else "IsSequence", test, subject, count)
        self.emit_jump("JumpIfFalse", failed, test)
        if all(_takes_anything(pattern) for pattern in patterns):
            return
        first = self.push(len(patterns))
        if stars:
            after = len(patterns) - stars[0] - 1
            if max(stars[0], after) > 255:
                raise self.error(patterns[0], "more than 255 parts beside the `*`: take a slice")
            self.emit("UnpackStar", first, subject, stars[0] | after << 8)
        else:
            self.emit("Unpack", first, subject, count)
        for place, pattern in enumerate(patterns):
            if not isinstance(pattern, ast.MatchStar):
                self._test(pattern, first + place, failed, captures)
            elif pattern.name is not None:
                self.moved(first + place, captures[pattern.name])

    def _test_mapping(
        self, node: ast.MatchMapping, subject: int, failed: Block, captures: dict[str, int]
    ) -> None:
        test = self.push()
        self.emit("IsMapping", test, subject, len(node.keys))
        self.emit_jump("JumpIfFalse", failed, test)
        keys = self.in_a_row(node.keys)
        values = self.push(len(node.keys))
        for place in range(len(node.keys)):
            found = Block()
            self.emit("GetKey", values + place, subject, keys + place)
            self.emit_jump("JumpIfSet", found, values + place)
            self.emit_jump("Jump", failed)
            self.place(found)
        for place, pattern in enumerate(node.patterns):
            self._test(pattern, values + place, failed, captures)
        if node.rest is not None:
            self.emit("MakeTuple", test, keys, len(node.keys))
            self.emit("WithoutKeys", captures[node.rest], subject, test)

    def _test_class(
        self, node: ast.MatchClass, subject: int, failed: Block, captures: dict[str, int]
    ) -> None:
        kind: Any = self.meaning(node.cls)
        if not isinstance(kind, type):
            raise self.error(node.cls, "a class pattern names a class of the module or a built-in")
        self.check_classes(node.cls)
        test = self.load(kind)
        self.emit("IsInstance", test, subject, test)
        self.emit_jump("JumpIfFalse", failed, test)
        if terms.is_builtin_type(kind) and len(node.patterns) == 1 and not node.kwd_attrs:
            self._test(node.patterns[0], subject, failed, captures)
            return
        names = self._attributes(node, kind)
        for name, pattern in zip(names, [*node.patterns, *node.kwd_patterns], strict=True):
            with self.temporaries():
                part = self.push()
                number = self.attribute_name(name)
                if self.module.has_property(name):
                    base = self.push(2)
                    self.moved(subject, self.push())
                    self.emit("GetProperty", base, number, 1)
                    self.moved(base, part)
                else:
                    self.emit("GetAttribute", part, subject, number)
                self._test(pattern, part, failed, captures)

    def _attributes(self, node: ast.MatchClass, kind: Any) -> list[str]:
        """The attributes that a class pattern looks at, which all instances have."""
        known = attributes_of(kind)
        positional = [*getattr(kind, "__match_args__", ())]
        if len(node.patterns) > len(positional):
            raise self.error(
                node.patterns[len(positional)],
                f"{kind.__qualname__} takes {len(positional)} positional patterns: leave out the others",
            )
        names = [*positional[: len(node.patterns)], *node.kwd_attrs]
        for name in names:
            if name not in known:
                raise self.error(
                    node, f"not every {kind.__qualname__} has `{name}`: match on its fields"
                )
            if names.count(name) > 1:
                raise self.error(node, f"`{name}` is matched twice: leave one out")
        return names


def attributes_of(kind: type) -> set[str]:
    """What a pattern may ask of the instances of a class: they all have it, and it runs no code."""
    if dataclasses.is_dataclass(kind):
        members = {name for base in kind.__mro__[:-1] for name in vars(base)}
        has = {name for name in members if (one := find_member(kind, name)) and one.kind != METHOD}
        return terms.field_names(kind) | has
    if issubclass(kind, enum.Enum):
        return {"name", "value"}
    if kind in (range, slice):
        return {"start", "stop", "step"}
    if issubclass(kind, int | float):
        return {"real", "imag", *(("numerator", "denominator") if issubclass(kind, int) else ())}
    return {"args"} if issubclass(kind, BaseException) else set()


def captured_names(pattern: ast.pattern) -> list[str]:
    """The names that a pattern binds, each once."""
    found = []
    for node in ast.walk(pattern):
        if isinstance(node, ast.MatchAs | ast.MatchStar):
            found.append(node.name)
        elif isinstance(node, ast.MatchMapping):
            found.append(node.rest)
    return list(dict.fromkeys(name for name in found if name is not None))


def _takes_anything(pattern: ast.pattern) -> bool:
    match pattern:
        case ast.MatchAs(pattern=None, name=None) | ast.MatchStar(name=None):
            return True
    return False
