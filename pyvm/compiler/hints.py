# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Guards that say which reference a message carries: `case (r, answer) if r == ref`.

The guard stays, and decides. But where `ref` holds a `Ref` when the match begins, the native
matcher need not propose messages that carry another one, and may begin where the reference was
made: so a call written out costs the same in front of a long mailbox.
"""

from __future__ import annotations

import ast
import types
from collections.abc import Iterable, Iterator, Mapping, Set

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


def bound_before(node: FunctionNode, code: types.CodeType) -> Mapping[int, Set[str]]:
    """For the id of each `match` in a body, the local variables that surely have a value there.

    Left out are variables that something besides the statements of the body may change.
    """
    deleted: set[str | None] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.ExceptHandler):
            deleted.add(inner.name)  # at the end of the handler
        elif isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Del):
            deleted.add(inner.id)
    usable = {name for name in code.co_varnames if name not in {*code.co_cellvars, *deleted}}
    count = code.co_argcount + code.co_kwonlyargcount
    found: dict[int, Set[str]] = {}
    _walk(node.body, usable & set(code.co_varnames[:count]), usable, found)
    return found


def _walk(
    block: Iterable[ast.stmt], known: Set[str], usable: Set[str], found: dict[int, Set[str]]
) -> None:
    known = set(known)
    for statement in block:
        if isinstance(statement, ast.Match):
            found[id(statement)] = frozenset(known)
        inside = known | (_targets(statement) & usable)
        for inner in _blocks(statement):
            # What a loop or `with` binds is bound in its block; its `else` is walked with less.
            body = getattr(statement, "body", None)
            _walk(inner, inside if inner is body else known, usable, found)
        if isinstance(statement, ast.Assign | ast.AnnAssign | ast.With | ast.AsyncWith):
            known |= inside


def _targets(statement: ast.stmt) -> set[str]:
    targets: list[ast.expr] = []
    match statement:
        case ast.Assign():
            targets = statement.targets
        case ast.AnnAssign() if statement.value is not None:
            targets = [statement.target]
        case ast.For() | ast.AsyncFor():
            targets = [statement.target]
        case ast.With() | ast.AsyncWith():
            targets = [item.optional_vars for item in statement.items if item.optional_vars]
    return {
        name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)
    }


def _blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    if isinstance(statement, FunctionNode | ast.ClassDef):
        return
    for field in ("body", "orelse", "finalbody"):
        block = getattr(statement, field, None)
        if block:
            yield block
    for branch in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        yield branch.body


def reference_hints(match: ast.Match, case: ast.match_case, known: Set[str]) -> dict[str, ast.expr]:
    """The capture of `case` that its guard compares with a variable, and that variable.

    Args:
        match: the whole match.
        case: one of its cases.
        known: what `bound_before` gives for the match.

    Returns:
        At most one; none when the match itself may change the variable.
    """
    first = case.guard
    if isinstance(first, ast.BoolOp) and isinstance(first.op, ast.And):
        first = first.values[0]
    match first:
        case ast.Compare(ast.Name() as left, [ast.Eq()], [ast.Name() as right]):
            pass
        case _:
            return {}
    captures = _sure_captures(case.pattern)
    steady = known - _changed_by(match)
    for capture, variable in ((left, right), (right, left)):
        if capture.id in captures and variable.id in steady:
            return {capture.id: ast.copy_location(ast.Name(variable.id, ast.Load()), variable)}
    return {}


def _sure_captures(pattern: ast.pattern) -> set[str]:
    """Names of plain captures that bind whenever the pattern matches, by one place."""
    if isinstance(pattern, ast.MatchOr):
        return set()
    if isinstance(pattern, ast.MatchAs) and pattern.pattern is None:
        return {pattern.name} if pattern.name is not None else set()
    return {
        name
        for child in ast.iter_child_nodes(pattern)
        if isinstance(child, ast.pattern)
        for name in _sure_captures(child)
    }


def _changed_by(match: ast.Match) -> set[str]:
    """Names that choosing a case may bind: captures, also of cases refused, and `:=`."""
    changed: set[str] = set()
    if isinstance(match.subject, ast.NamedExpr):
        changed.add(match.subject.target.id)
    for case in match.cases:
        for node in ast.walk(case.pattern):
            if isinstance(node, ast.MatchAs | ast.MatchStar) and node.name is not None:
                changed.add(node.name)
            elif isinstance(node, ast.MatchMapping) and node.rest is not None:
                changed.add(node.rest)
        if case.guard is not None:
            changed |= {
                node.target.id for node in ast.walk(case.guard) if isinstance(node, ast.NamedExpr)
            }
    return changed
