# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What makes ways shorter: a jump goes where the way ends, or is gone.

`straighten`, once it is known what is reachable; `drop_jumps_to_next`, when blocks have their order.
"""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace
from typing import Final

from pyvm.compiler.compiled.ir import Block, Instruction
from pyvm.compiler.compiled.liveness import Graph

_COMPARISONS: Final = ("Equal", "Less", "LessEqual", "Greater", "GreaterEqual")
_OPPOSITES: Final = {
    "JumpIfTrue": "JumpIfFalse",
    "JumpIfNone": "JumpIfNotNone",
    **{
        f"JumpIf{comparison}{kind}": f"JumpIfNot{comparison}{kind}"
        for comparison in _COMPARISONS
        for kind in ("", "Int")
    },
}
_OPPOSITE_OF: Final = _OPPOSITES | {opposite: op for op, opposite in _OPPOSITES.items()}


def straighten(blocks: list[Block]) -> list[Block]:
    """Shortens ways. Plain jumps still lead forward: only safepoints go back.

    Args:
        blocks: reachable ones; changed in place.

    Returns:
        Those that are still reachable, in their order.
    """
    drop_jumps_to_next(blocks)
    _go_to_ends(blocks)
    blocks = Graph(blocks).reachable()
    _join(blocks)
    blocks = Graph(blocks).reachable()
    _turn_tests(blocks)
    return blocks


def drop_jumps_to_next(blocks: list[Block]) -> None:
    """Removes each Jump to where control comes anyway."""
    changed = True
    while changed:
        changed = False
        for index, block in enumerate(blocks[:-1]):
            if block.code and block.code[-1].op == "Jump":
                behind = blocks[index + 1 :]
                target = block.code[-1].target
                next_full = next((i for i, one in enumerate(behind) if one.code), len(behind) - 1)
                if target in behind[: next_full + 1]:
                    block.code.pop()
                    changed = True


def _go_to_ends(blocks: list[Block]) -> None:
    """A jump to a jump goes where that one goes."""
    full = _next_full(blocks)
    for block in blocks:
        last = block.code[-1] if block.code else None
        if last is None or last.target is None or last.op == "RejectMessage":
            continue
        first = _comes_to(last.target, full)
        while first is not None and first.op == "Jump" and first.target is not None:
            last.target = first.target
            first = _comes_to(last.target, full)
        if last.op == "Jump" and first is not None and first.op == "LoopJump":
            block.code[-1] = replace(first)


def _join(blocks: list[Block]) -> None:
    """A block that one jump alone comes to takes the place of the jump, if nothing follows it."""
    graph = Graph(blocks)
    ways = Counter(target for one in blocks for target in graph.successors[one])
    ways.update(target for one in blocks for target in _handlers(one))
    ways[blocks[0]] += 1
    nexts = dict(itertools.pairwise(blocks))
    full = _next_full(blocks)
    for block in blocks:
        while block.code and block.code[-1].op == "Jump":
            target = block.code[-1].target
            assert target is not None
            last = _end_of(target, nexts, full)
            if ways[target] != 1 or last is None or target.handler is not block.handler:
                break
            block.code[-1:] = target.code if target.ends else [*target.code, replace(last)]
            target.code = []


def _end_of(
    block: Block, nexts: dict[Block, Block], full: dict[Block, Block]
) -> Instruction | None:
    """What ends a block, which may be a jump back behind it."""
    if block.ends:
        return block.code[-1]
    follows = block in nexts and bool(block.code) and block.code[-1].target is None
    first = _comes_to(nexts[block], full) if follows else None
    return first if first is not None and first.op == "LoopJump" else None


def _turn_tests(blocks: list[Block]) -> None:
    """A test that jumps over a jump, to what follows, becomes the opposite with that jump."""
    full = _next_full(blocks)
    entered = {full.get(one) for block in blocks for one in (*block.targets(), *_handlers(block))}
    filled = [block for block in blocks if block.code]
    for test, jump, following in zip(filled, filled[1:], filled[2:], strict=False):
        last = test.code[-1] if test.code else None  # it may have been a jump itself
        if last is None or last.op not in _OPPOSITE_OF or last.target is None:
            continue
        if [one.op for one in jump.code] != ["Jump"] or jump in entered:
            continue
        if full.get(last.target) is following:
            last.op, last.target = _OPPOSITE_OF[last.op], jump.code[0].target
            jump.code = []


def _next_full(blocks: list[Block]) -> dict[Block, Block]:
    """For each block the next one that has code, itself if it has some."""
    found: dict[Block, Block] = {}
    next_full: Block | None = None
    for block in reversed(blocks):
        next_full = block if block.code else next_full
        if next_full is not None:
            found[block] = next_full
    return found


def _comes_to(block: Block, full: dict[Block, Block]) -> Instruction | None:
    return full[block].code[0] if block in full else None


def _handlers(block: Block) -> list[Block]:
    return [one.target for one in block.handler.chain()] if block.handler is not None else []
