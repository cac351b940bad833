# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""The ways through a function, and the registers that are read further on.

A set of registers is an integer here, a bit each: a function of some size has these sets for
thousands of places.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Final

from pyvm.compiler.compiled.ir import Block, Instruction, mask_of

# What may run a function of the program, which leaves its own above the window.
ENTER: Final = frozenset(
    ["Call", "CallNewest", "CallValue", "CallSpread", "CallMethod", "GetProperty", "Replace"]
)
_WINDOWS: Final = ENTER | {"CallBuiltin", "Spawn"}
# What they find out of a register is known of that one alone.
_ASK: Final = ("CheckSet", "JumpIfSet")


class Graph:
    """The blocks in their order, and the ways between them."""

    def __init__(self, blocks: list[Block]) -> None:
        self.blocks = blocks
        self.successors = {block: list(block.targets()) for block in blocks}
        for block, following in itertools.pairwise(blocks):
            if not block.ends:
                self.successors[block].append(following)
        self.handlers = {
            block: [block.handler.target] if block.handler is not None and block.code else []
            for block in blocks
        }

    def reachable(self) -> list[Block]:
        """The blocks that control may come to, in their order."""
        seen: set[Block] = set()
        waiting = [self.blocks[0]]
        while waiting:
            block = waiting.pop()
            if block not in seen:
                seen.add(block)
                waiting += [*self.successors[block], *self.handlers[block]]
        return [block for block in self.blocks if block in seen]


def waits(instruction: Instruction) -> bool:
    """Whether the process may wait there for a message."""
    return instruction.op in ("Receive", "ReceiveAny", "RejectMessage")


def registers_of(mask: int) -> Iterator[int]:
    """The members of a set."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


class Liveness:
    """The registers that are read before they are written, from places of a function on.

    Args:
        graph: its code may change only in what is not asked for afterwards.
    """

    def __init__(self, graph: Graph) -> None:
        self._first = graph.blocks[0]
        self._behind: dict[Block, int] = {}
        self.in_handlers: dict[Block, int] = {}  # what those of each block may read
        self._solve(graph)

    def at_entry(self) -> int:
        """Where the function begins."""
        return self._start[self._first]

    def behind_each(self, block: Block) -> list[int]:
        """Behind each instruction of a block, or in its handlers."""
        alive = self._behind[block]
        handled = self.in_handlers[block]
        behind: list[int] = []
        for instruction in reversed(block.code):
            behind.append(alive)
            alive = live_before(instruction, alive) | handled
        return behind[::-1]

    def _solve(self, graph: Graph) -> None:
        start = self._start = dict.fromkeys(graph.blocks, 0)
        parts = [(block, *_effect(block), *_ways(graph, block)) for block in reversed(graph.blocks)]
        changed = True
        while changed:
            changed = False
            for block, read, written, ways, handlers in parts:
                handled = behind = 0
                for target, all_but in handlers:
                    handled |= start[target] & all_but
                for target, all_but in ways:
                    behind |= start[target] & all_but
                self.in_handlers[block] = handled
                self._behind[block] = behind | handled
                alive = ((behind | handled) & ~written) | read | handled
                if alive != start[block]:
                    start[block] = alive
                    changed = True


_Ways = list[tuple[Block, int]]


def _ways(graph: Graph, block: Block) -> tuple[_Ways, _Ways]:
    """Where control goes from a block, and which registers are the same there; and handlers."""
    ways = [(target, -1) for target in graph.successors[block]]
    last = block.code[-1] if block.code else None
    if last is not None and last.op == "Next":  # which writes only where it does not jump
        ways[-1] = (ways[-1][0], ~(1 << last.b))
    caught = ~(1 << block.handler.register) if block.handler is not None else -1
    return ways, [(target, caught) for target in graph.handlers[block]]


def live_before(instruction: Instruction, behind: int) -> int:
    """What is read from an instruction on, given what is read behind it."""
    return (behind & ~_gone(instruction)) | instruction.read_mask()


def _effect(block: Block) -> tuple[int, int]:
    """What a block reads of what was there before it, and what is gone behind it."""
    read = written = 0
    for instruction in reversed(block.code):
        gone = _gone(instruction)
        written |= gone
        read = (read & ~gone) | instruction.read_mask()
    return read, written


def _gone(instruction: Instruction) -> int:
    """The registers whose former values an instruction ends."""
    if instruction.op == "Next":  # which may write nothing
        return 0
    return mask_of(instruction.unsets()) if instruction.op == "Unset" else instruction.write_mask()


class Readers:
    """Who reads what an instruction writes, where all that do are behind it in its block."""

    def __init__(self, graph: Graph) -> None:
        self._live = Liveness(graph)
        self._behind: dict[Block, list[int]] = {}

    def of(self, block: Block, place: int, original: int | None = None) -> list[Instruction] | None:
        """The readers, if all of them could read another register in its place; else None.

        Args:
            block: as it was, but for who reads what.
            place: of the instruction.
            original: that other register, if it may be written meanwhile.
        """
        register = block.code[place].a
        if self._live.in_handlers[block] >> register & 1:
            return None
        if block not in self._behind:
            self._behind[block] = self._live.behind_each(block)
        behind = self._behind[block]
        readers: list[Instruction] = []
        if not behind[place] >> register & 1:
            return readers
        for instruction, alive in zip(block.code[place + 1 :], behind[place + 1 :], strict=True):
            if register in instruction.reads():
                if not _may_read(instruction, register, original):
                    return None
                readers.append(instruction)
            if not (alive & ~_gone(instruction)) >> register & 1:
                return readers
            if _ends(instruction, original):
                return None
        return None


def _may_read(instruction: Instruction, register: int, original: int | None) -> bool:
    """Whether it could read the original, which it may be asked to do again after a wait."""
    runs_again = waits(instruction) and original in instruction.writes()
    return instruction.op not in _ASK and not runs_again and instruction.can_replace_read(register)


def _ends(instruction: Instruction, register: int | None) -> bool:
    """Whether a register has its value no longer: not above the window of a call."""
    if register is None:
        return False
    in_window = instruction.op in _WINDOWS and register >= instruction.a
    unset = instruction.op == "Unset" and register in instruction.unsets()
    return in_window or unset or register in instruction.writes()
