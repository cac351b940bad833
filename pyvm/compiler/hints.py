# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Guards that say which reference a message carries: `case (r, answer) if r == ref`.

The guard stays, and decides. But where `ref` holds a `Ref` when the match begins, the native
matcher need not propose messages that carry another one, and may begin where the reference was
made: so a call written out costs the same in front of a long mailbox.

In a compiled body the matcher compares as the guard would, so there it decides.
"""

from __future__ import annotations

import ast
import types
from collections.abc import Iterable, Iterator, Set

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


class Hints:
    """Finds them in one body, before it is changed.

    Args:
        node: the function.
        code: the code object that Python made of it.
    """

    def __init__(self, node: FunctionNode, code: types.CodeType) -> None:
        deleted: set[str | None] = set()
        for inner in ast.walk(node):
            if isinstance(inner, ast.ExceptHandler):
                deleted.add(inner.name)  # at the end of the handler
            elif isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Del):
                deleted.add(inner.id)
        # Private names are written otherwise than they are called.
        own = {name for name in code.co_varnames if not name.startswith("_")}
        self._plain = own - set(code.co_cellvars) - deleted
        self._reads = _reads(node)
        self._bound: dict[int, Set[str]] = {}
        count = code.co_argcount + code.co_kwonlyargcount
        self._walk(node.body, self._plain & set(code.co_varnames[:count]))

    def of(self, match: ast.Match, case: ast.match_case) -> dict[str, ast.expr]:
        """The capture of `case` that its guard compares with a variable, and that variable.

        At most one. None where it could be told that the guard is not asked for each message:
        the variable may have no value yet, or be changed by choosing a case; or another part of
        the function may read what a refused case has bound.
        """
        first = case.guard
        if isinstance(first, ast.BoolOp) and isinstance(first.op, ast.And):
            first = first.values[0]
        match first:
            case ast.Compare(ast.Name() as left, [ast.Eq()], [ast.Name() as right]):
                pass
            case _:
                return {}
        if not self._is_unseen(match, case):
            return {}
        captures = _sure_captures(case.pattern)
        steady = self._bound.get(id(match), frozenset()) - _changed_by(match)
        for capture, variable in ((left, right), (right, left)):
            if capture.id in captures and variable.id in steady:
                return {capture.id: ast.copy_location(ast.Name(variable.id, ast.Load()), variable)}
        return {}

    def _is_unseen(self, match: ast.Match, case: ast.match_case) -> bool:
        """Whether nobody reads what `case` binds when it is refused."""
        names = _captures(case.pattern)
        if not names <= self._plain:
            return False
        if len(match.cases) == 1:
            return True  # what follows reads what was accepted
        inside: set[int] = set()
        for one in match.cases:
            bound = _captures(one.pattern)
            for part in (one.guard, *one.body):
                reads = _reads(part) if part is not None else {}
                inside.update(*(ids for name, ids in reads.items() if name in bound))
        return all(self._reads.get(name, set()) <= inside for name in names)

    def _walk(self, block: Iterable[ast.stmt], known: Set[str]) -> None:
        """Notes the variables that surely have a value at each `match`."""
        known = set(known)
        for statement in block:
            if isinstance(statement, ast.Match):
                self._bound[id(statement)] = frozenset(known)
            inside = known
            if isinstance(statement, ast.For | ast.AsyncFor):
                inside = known | (_names(statement.target) & self._plain)
            for inner in _blocks(statement):
                body = getattr(statement, "body", None)
                self._walk(inner, inside if inner is body else known)
            if isinstance(statement, ast.Assign):
                for target in statement.targets:
                    known |= _names(target) & self._plain
            elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
                known |= _names(statement.target) & self._plain


def _names(target: ast.expr) -> set[str]:
    """The names that assigning to `target` binds."""
    if isinstance(target, ast.Name):
        return {target.id}
    if isinstance(target, ast.Starred):
        return _names(target.value)
    if isinstance(target, ast.Tuple | ast.List):
        return {name for part in target.elts for name in _names(part)}
    return set()


def _reads(node: ast.AST) -> dict[str, set[int]]:
    """Where each name is read: the ids of the nodes."""
    found: dict[str, set[int]] = {}
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load):
            found.setdefault(inner.id, set()).add(id(inner))
    return found


def _blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    if isinstance(statement, FunctionNode | ast.ClassDef):
        return
    for field in ("body", "orelse", "finalbody"):
        block = getattr(statement, field, None)
        if block:
            yield block
    for branch in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        yield branch.body


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


def _captures(pattern: ast.pattern) -> set[str]:
    names: set[str | None] = set()
    for node in ast.walk(pattern):
        if isinstance(node, ast.MatchAs | ast.MatchStar):
            names.add(node.name)
        elif isinstance(node, ast.MatchMapping):
            names.add(node.rest)
    return {name for name in names if name is not None}


def _changed_by(match: ast.Match) -> set[str]:
    """Names that choosing a case may bind: captures, also of cases refused, and `:=`."""
    changed: set[str] = set()
    if isinstance(match.subject, ast.NamedExpr):
        changed.add(match.subject.target.id)
    for case in match.cases:
        changed |= _captures(case.pattern)
        if case.guard is not None:
            changed |= {
                node.target.id for node in ast.walk(case.guard) if isinstance(node, ast.NamedExpr)
            }
    return changed
