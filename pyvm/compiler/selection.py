# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""The statements that stand for `match await receive()`.

A selection is awaited with the values of the match and the timeout; it returns the number of a
case and what the case binds, as one tuple. A case with a guard or a Python part is proposed first:
the statements decide, and accept or reject. No body stands inside the loop that decides.

    one case                    several                       with guards or Python parts
    .case, a = await s(...)     .got = await s(...)           .got = await s(...)
    body                        .case = .got[0]               while True:
                                if .case == 0:                    .case = .got[0]
                                    .case, a = .got               if .case == 0:
                                    del .got                          .case, a = .got
                                    body                              if guard: s.accept(); break
                                else: ...                         else: ...
                                                                  .got = await s.reject()
                                                              del .got
                                                              if .case == 0: body ...

Each statement has the place of the subject or of the `case` it stands for.
"""

from __future__ import annotations

import ast
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol, TypeVar

from pyvm.compiler.patterns import Pattern, Slot

_CASE: Final = ".case"
_GOT: Final = ".got"
_LINEAR_CASES: Final = 8

_Node = TypeVar("_Node", bound=ast.AST)


class CaseMeta(NamedTuple):
    """What the native side must know of a case besides its pattern."""

    confirm: bool  # it is only proposed: a guard or a Python part decides
    slots: int
    line: int


class Selection(Protocol):
    """One `match await receive()`, shared by all processes that run the function."""

    def __call__(
        self, parameters: tuple[Any, ...] | None, timeout: Any, /
    ) -> Awaitable[tuple[Any, ...]]:
        """Waits for a message that a case matches: `(case, value of slot 0, ...)`."""

    def accept(self) -> None:
        """Removes the message that was proposed."""

    def reject(self) -> Awaitable[tuple[Any, ...]]:
        """Goes on with the following cases, then messages; returns what the call returns."""


MakeSelection = Callable[[tuple[Pattern, ...], tuple[CaseMeta, ...]], Selection]


@dataclass(frozen=True)
class Case:
    """One `case`, its pattern lowered."""

    node: ast.match_case
    pattern: Pattern
    slots: Sequence[Slot]

    @property
    def has_python_part(self) -> bool:
        """Whether a part of the pattern is left to Python."""
        return any(slot.name is None for slot in self.slots)

    @property
    def meta(self) -> CaseMeta:
        """What the native side must know of it."""
        confirm = self.node.guard is not None or self.has_python_part
        return CaseMeta(confirm, len(self.slots), self.node.pattern.lineno)


class Statements:
    """Writes the statements of one match.

    Args:
        subject: the `await receive(...)`, for its place.
        name: the free variable that holds the selection.
        cases: the cases.
    """

    def __init__(self, subject: ast.Await, name: str, cases: Sequence[Case]) -> None:
        self._subject = subject
        self._name = name
        self._cases = cases

    def write(self, parameters: Sequence[ast.expr], timeout: ast.expr | None) -> list[ast.stmt]:
        """The statements; `parameters` and `timeout` are evaluated when the match begins."""
        before: list[ast.stmt] = []
        if parameters and timeout is not None and not isinstance(timeout, ast.Constant):
            before = [self._here(_assign(_store(_CASE), timeout))]  # the subject comes first
            timeout = _load(_CASE)
        values = ast.Tuple(list(parameters), ast.Load()) if parameters else ast.Constant(None)
        first = self._awaited(_load(self._name), [values, timeout or ast.Constant(None)])
        if len(self._cases) == 1 and not self._cases[0].has_python_part:
            return [*before, *self._single(self._cases[0], first)]
        if any(case.meta.confirm for case in self._cases):
            return [*before, *self._proposed(first)]
        return [*before, *self._direct(first)]

    def _single(self, case: Case, first: ast.expr) -> list[ast.stmt]:
        statements = [self._bound(case, first), _at(case.node.pattern, ast.Pass())]
        if case.node.guard is not None:
            again = self._bound(case, self._awaited(self._method("reject"), []))
            fails = ast.copy_location(ast.UnaryOp(ast.Not(), case.node.guard), case.node.guard)
            statements.append(_at(case.node.pattern, ast.While(fails, [again], [])))
            statements.append(self._accept(case))
        return [*statements, *case.node.body]

    def _bound(self, case: Case, value: ast.expr) -> ast.stmt:
        if not case.slots:
            return self._here(ast.Expr(value))
        return self._here(_assign(_targets(case), value))

    def _direct(self, first: ast.expr) -> list[ast.stmt]:
        statements = [self._here(_assign(_store(_GOT), first)), self._take_case()]
        return statements + self._dispatch(range(len(self._cases)), self._unpacked)

    def _unpacked(self, case: Case) -> list[ast.stmt]:
        place = case.node.pattern
        return [
            *_unpack(case),
            _at(place, ast.Delete([ast.Name(_GOT, ast.Del())])),
            *case.node.body,
        ]

    def _proposed(self, first: ast.expr) -> list[ast.stmt]:
        indices = range(len(self._cases))
        again = self._here(_assign(_store(_GOT), self._awaited(self._method("reject"), [])))
        decide = [self._take_case(), *self._dispatch(indices, self._decided), again]
        return [
            self._here(_assign(_store(_GOT), first)),
            self._here(ast.While(ast.Constant(True), decide, [])),
            self._here(ast.Delete([ast.Name(_GOT, ast.Del())])),
            *self._dispatch(indices, lambda case: case.node.body),
        ]

    def _decided(self, case: Case) -> list[ast.stmt]:
        place, guard = case.node.pattern, case.node.guard
        leave = _at(place, ast.Break())
        if case.has_python_part:
            again = ast.match_case(_whole(case), guard, [self._accept(case), leave])
            return [_at(place, ast.Match(_load(_GOT), [again]))]
        if guard is not None:
            return [*_unpack(case), _at(place, ast.If(guard, [self._accept(case), leave], []))]
        return [*_unpack(case), leave]

    def _dispatch(self, indices: range, branch: Callable[[Case], list[ast.stmt]]) -> list[ast.stmt]:
        """Chooses among cases by number: a chain, or halves where a chain would be long."""
        if len(indices) == 1:
            return branch(self._cases[indices[0]])
        half = 1 if len(indices) <= _LINEAR_CASES else len(indices) // 2
        operator: ast.cmpop = ast.Eq() if half == 1 else ast.Lt()
        bound = indices[0] if half == 1 else indices[half]
        place = self._cases[indices[0]].node.pattern
        test = _at(place, ast.Compare(_load(_CASE), [operator], [ast.Constant(bound)]))
        chosen = self._dispatch(indices[:half], branch)
        rest = self._dispatch(indices[half:], branch)
        return [ast.copy_location(ast.If(test, chosen, rest), place)]

    def _take_case(self) -> ast.stmt:
        number = ast.Subscript(_load(_GOT), ast.Constant(0), ast.Load())
        return self._here(_assign(_store(_CASE), number))

    def _accept(self, case: Case) -> ast.stmt:
        return _at(case.node.pattern, ast.Expr(ast.Call(self._method("accept"), [], [])))

    def _method(self, name: str) -> ast.expr:
        return ast.Attribute(_load(self._name), name, ast.Load())

    def _awaited(self, function: ast.expr, arguments: list[ast.expr]) -> ast.expr:
        call = _at(self._subject.value, ast.Call(function, arguments, []))
        return ast.copy_location(ast.Await(call), self._subject)

    def _here(self, node: ast.stmt) -> ast.stmt:
        return _at(self._subject, node)


def _targets(case: Case) -> ast.expr:
    names = [_at(slot.node, _store(slot.name or "")) for slot in case.slots]
    return _at(case.node.pattern, ast.Tuple([_store(_CASE), *names], ast.Store()))


def _unpack(case: Case) -> list[ast.stmt]:
    return [_at(case.node.pattern, _assign(_targets(case), _load(_GOT)))] if case.slots else []


def _whole(case: Case) -> ast.pattern:
    """The pattern of the returned tuple: names for what is decided, the user's for the rest."""
    parts = [
        slot.node
        if slot.name is None
        else ast.copy_location(ast.MatchAs(None, slot.name), slot.node)
        for slot in case.slots
    ]
    return _at(case.node.pattern, ast.MatchSequence([ast.MatchAs(None, None), *parts]))


def _load(name: str) -> ast.expr:
    return ast.Name(name, ast.Load())


def _store(name: str) -> ast.expr:
    return ast.Name(name, ast.Store())


def _assign(target: ast.expr, value: ast.expr) -> ast.stmt:
    return ast.Assign([target], value)


def _at(place: ast.AST, node: _Node) -> _Node:
    """Gives `node`, and what in it has no place, the place of the user's `place`."""
    return ast.fix_missing_locations(ast.copy_location(node, place))
