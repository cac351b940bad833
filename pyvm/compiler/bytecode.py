# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What can be told of a function whose source is missing: does it match on `await receive()`?

The compiler keeps the place of each instruction. The value of an awaited call is a match subject
if the first instruction that takes it stands behind the call and works on nothing else.
"""

from __future__ import annotations

import dis
import math
import types

from pyvm.compiler.scope import Dotted, Names

_LOCALS = ("LOAD_FAST", "LOAD_FAST_CHECK", "LOAD_FAST_BORROW")
_ROOTS = ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_DEREF", *_LOCALS)
_ATTRIBUTES = ("LOAD_ATTR", "LOAD_METHOD")
_PAIRS = ("STORE_FAST_LOAD_FAST", "STORE_FAST_STORE_FAST")
_STORES = ("STORE_FAST", "STORE_DEREF", "STORE_GLOBAL", *_PAIRS)
_TAKES_SUBJECT = (
    *("COPY", "POP_TOP", "NOP", "MATCH_SEQUENCE", "MATCH_MAPPING", *_STORES),
    *("POP_JUMP_IF_NONE", "POP_JUMP_IF_NOT_NONE"),
    *("POP_JUMP_FORWARD_IF_NONE", "POP_JUMP_FORWARD_IF_NOT_NONE"),
)
_COMPARES = ("COMPARE_OP", "IS_OP", "MATCH_CLASS")
_SKIPPED = ("EXTENDED_ARG", "END_SEND", "CACHE", "PUSH_NULL")

Place = tuple[int, float]
Imports = dict[str, tuple[str, str | None]]


def receive_as_subject(
    code: types.CodeType, names: Names, receive: object
) -> tuple[int, int] | None:
    """Finds a `match await receive(...)`.

    Args:
        code: the code of an `async def`.
        names: what names mean in it.
        receive: the function looked for.

    Returns:
        The line and the column, from 0, of the first one; None if there is none.
    """
    steps = [step for step in dis.get_instructions(code) if step.opname not in _SKIPPED]
    imports = _imports(steps)
    for index, step in enumerate(steps):
        if step.opname != "GET_AWAITABLE" or step.arg:
            continue
        start, end = _span(step)
        inside = [before for before in steps[:index] if _is_within(before, start, end)]
        if _means(inside, names, imports, receive) and _is_subject(_after_await(steps, index), end):
            return start[0], int(start[1])
    return None


def _means(steps: list[dis.Instruction], names: Names, imports: Imports, receive: object) -> bool:
    """Whether one of the dotted names that `steps` load means `receive`."""
    dotted: Dotted | None = None
    for step in steps:
        if step.opname in _ROOTS:
            imported = imports.get(step.argval) if step.opname in _LOCALS else None
            is_settled = step.opname not in _LOCALS or imported is not None
            dotted = Dotted(step.argval, (), imported) if is_settled else None
        elif step.opname in _ATTRIBUTES and dotted is not None:
            dotted = Dotted(dotted.root, (*dotted.attributes, step.argval), dotted.imported)
        else:
            dotted = None
        if dotted is not None and names.value(dotted) is receive:
            return True
    return False


def _imports(steps: list[dis.Instruction]) -> Imports:
    """Where the local names come from that imports in the body bind."""
    found: Imports = {}
    module = ""
    origin: tuple[str, str | None] | None = None
    for step in steps:
        if step.opname == "IMPORT_NAME":
            module = step.argval
            origin = (module.partition(".")[0], None)
        elif step.opname == "IMPORT_FROM":
            origin = (module, step.argval)
        elif step.opname == "STORE_FAST" and origin is not None:
            found[step.argval] = origin
            origin = None
    return found


def _after_await(steps: list[dis.Instruction], index: int) -> list[dis.Instruction]:
    """The instructions from where the awaited value is on the stack."""
    target = next(step.argval for step in steps[index:] if step.opname == "SEND")
    return [step for step in steps[index:] if step.offset >= target]


def _is_subject(steps: list[dis.Instruction], end: Place) -> bool:
    if (
        len(steps) > 1
        and steps[0].opname == "COPY"
        and steps[1].opname in _STORES
        and _span(steps[1])[0] < end
    ):
        steps = steps[2:]  # match name := await receive()
    if not steps or _span(steps[0])[0] < end:
        return False
    if steps[0].opname in _TAKES_SUBJECT:
        return True
    if not steps[0].opname.startswith("LOAD_"):
        return False
    rest = [step for step in steps[1:] if step.opname not in _ATTRIBUTES]
    if rest and rest[0].opname == "LOAD_CONST" and isinstance(rest[0].argval, tuple):
        rest = rest[1:]  # the keyword names of a class pattern
    return bool(rest) and rest[0].opname in _COMPARES and _span(rest[0])[0] >= end


def _span(step: dis.Instruction) -> tuple[Place, Place]:
    """The first and the last place of an instruction; whole lines where columns are not kept."""
    place = step.positions
    if place is None or place.lineno is None:
        return (0, 0), (0, 0)
    last = place.end_lineno or place.lineno
    if place.col_offset is None or place.end_col_offset is None:
        return (place.lineno, 0), (last, math.inf)
    return (place.lineno, place.col_offset), (last, place.end_col_offset)


def _is_within(step: dis.Instruction, start: Place, end: Place) -> bool:
    first, last = _span(step)
    return start <= first and last <= end
