# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""`drop_copies`: who reads a copy reads what it is a copy of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pyvm.compiler.compiled.flow import Graph, gone_after, live_behind_each, live_in_handlers, waits
from pyvm.compiler.compiled.ir import Block, Instruction

# What they find out of a register is known of that one alone.
_ASK: Final = ("CheckSet", "JumpIfSet")


def drop_copies(blocks: list[Block], registers: int) -> None:
    """Removes each Move that the block it is in can do without.

    Args:
        blocks: reachable ones; changed in place.
        registers: how many the function has.
    """
    graph = Graph(blocks)
    handled = live_in_handlers(graph)
    for block, behind in live_behind_each(graph).items():
        # From the first on: what makes an original live longer ends before it is written again.
        code: list[Instruction] = []
        for place, instruction in enumerate(block.code):
            readers = None
            if instruction.op == "Move" and instruction.a not in handled[block]:
                rest = zip(block.code[place + 1 :], behind[place + 1 :], strict=True)
                readers = _readers(instruction, behind[place], rest, registers)
            if readers is None:
                code.append(instruction)
            for reader in readers or ():
                reader.replace_read(instruction.a, instruction.b)
        block.code = code


def _readers(
    move: Instruction,
    alive: frozenset[int],
    rest: Iterable[tuple[Instruction, frozenset[int]]],
    registers: int,
) -> list[Instruction] | None:
    """Who reads the copy, if all of them could read the original; else None."""
    copy, original = move.a, move.b
    readers: list[Instruction] = []
    if copy not in alive:
        return readers
    for instruction, alive in rest:
        if copy in instruction.reads():
            runs_again = waits(instruction) and original in instruction.writes()
            if instruction.op in _ASK or runs_again or not instruction.can_replace_read(copy):
                return None
            readers.append(instruction)
        gone = gone_after(instruction, registers)
        if copy in gone or copy not in alive:
            return readers
        if original in gone:
            return None
    return None
