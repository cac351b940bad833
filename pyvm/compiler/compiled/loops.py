# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What makes loops short: constants that stay in a register, and an end that is also the test.

`pin_constants`, before the registers are numbered for good and while loops stand as they were
written; `close_loops`, last of all passes.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping
from typing import Final

from pyvm.compiler.compiled.ir import Block, Instruction
from pyvm.compiler.compiled.liveness import Graph, Readers, waits

_LOADS: Final = ("LoadConst", "LoadInt", "LoadNone", "LoadTrue", "LoadFalse")
_MOST_PINNED: Final = 8
# The test at the head of a loop that leaves it, and the jump back that takes its place.
_CLOSING: Final = {
    "Next": "LoopNext",
    "JumpIfNotLess": "LoopIfLess",
    "JumpIfNotLessInt": "LoopIfLessInt",
    "JumpIfNotGreaterInt": "LoopIfGreaterInt",
}
_Constant = tuple[str, int]  # the instruction that loads it, its operand


def pin_constants(blocks: list[Block], first: int, kinds: Mapping[str, str]) -> int:
    """Loads what loops use as operands once, when the function begins.

    Args:
        blocks: reachable ones; changed in place.
        first: the number of the first register that is not filled when the function begins; it and
            those behind it move up.
        kinds: what the operands of each opcode are.

    Returns:
        How many registers more the function has.
    """
    uses: dict[_Constant, list[tuple[Block, Instruction, list[Instruction]]]] = {}
    found = Readers(Graph(blocks))
    weights: Counter[_Constant] = Counter()
    for block, depth in _in_loops(blocks):
        for place, instruction in enumerate(block.code):
            if instruction.op in _LOADS:
                readers = found.of(block, place)
                if readers:
                    constant = (instruction.op, instruction.b)
                    uses.setdefault(constant, []).append((block, instruction, readers))
                    weights[constant] += 10**depth
    chosen = [constant for constant, _ in weights.most_common(_MOST_PINNED)]
    if not chosen:
        return 0
    _move_up(blocks, first, len(chosen), kinds)
    entry = Block()
    for register, constant in enumerate(chosen, first):
        for block, load, readers in uses[constant]:
            block.code.remove(load)
            for reader in readers:
                reader.replace_read(load.a, register)
        line = blocks[0].code[0].line if blocks[0].code else uses[constant][0][1].line
        entry.code.append(Instruction(constant[0], register, constant[1], 0, line))
    blocks.insert(0, entry)
    return len(chosen)


def _in_loops(blocks: list[Block]) -> list[tuple[Block, int]]:
    """The blocks that loops go through, with how many loops each is in.

    Loops that wait for messages do not count: a process that waits is to be small.
    """
    places = {block: place for place, block in enumerate(blocks)}
    depths = [0] * len(blocks)
    spans: set[tuple[int, int]] = set()
    for place, block in enumerate(blocks):
        target = block.code[-1].target if block.code and block.code[-1].op == "LoopJump" else None
        if target is not None:
            spans.add((places[target], place))
    heads: dict[int, int] = {}
    for head, end in spans:  # `continue` and the end of a loop are one loop
        heads[head] = max(end, heads.get(head, end))
    for head, end in heads.items():
        if any(waits(one) for block in blocks[head : end + 1] for one in block.code):
            continue
        for place in range(head, end + 1):
            depths[place] += 1
    return [(block, depth) for block, depth in zip(blocks, depths, strict=True) if depth]


def _move_up(blocks: list[Block], first: int, count: int, kinds: Mapping[str, str]) -> None:
    handlers = {}
    for block in blocks:
        for instruction in block.code:
            instruction.move_up(first, count, kinds[instruction.op])
        for handler in block.handler.chain() if block.handler is not None else ():
            handlers[id(handler)] = handler
    for handler in handlers.values():
        if handler.register >= first:
            handler.register += count


def close_loops(blocks: list[Block]) -> None:
    """Lets a jump back to a test be that test, which saves an instruction each time round.

    Only if the test leaves the loop, to behind it: what stands there then is a plain jump.
    """
    behind = dict(itertools.pairwise(blocks))
    places = {block: place for place, block in enumerate(blocks)}
    for block in list(blocks):
        last = block.code[-1] if block.code else None
        head = last.target if last is not None and last.op == "LoopJump" else None
        if head is None or len(head.code) != 1 or head.handler is not block.handler:
            continue
        test = head.code[0]
        if test.op not in _CLOSING or test.target is None:
            continue
        if places[test.target] <= places[block]:
            continue
        block.code[-1] = Instruction(_CLOSING[test.op], test.a, test.b, 0, test.line, behind[head])
        leave = Block(block.handler, [Instruction("Jump", 0, 0, 0, test.line, test.target)])
        blocks.insert(blocks.index(block) + 1, leave)
