# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What is known of registers along the ways through a function.

`Graph.reachable`, then `drop_checks` (variables that surely have a value), then `unset_dead`:
a process that waits keeps no register that nobody will read; and `unset_at_entry`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Final

from pyvm.compiler.compiled.ir import Block, Instruction

# What may run a function of the program, which leaves its own above the window.
_ENTER: Final = frozenset(
    ["Call", "CallValue", "CallSpread", "CallMethod", "GetProperty", "Replace"]
)
# What they find out of a register is known of that one alone.
_ASK: Final = ("CheckSet", "JumpIfSet")
_WINDOWS: Final = _ENTER | {"CallBuiltin", "Spawn"}


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


def drop_checks(blocks: list[Block], parameters: Iterable[int]) -> None:
    """Removes each CheckSet, and settles each JumpIfSet, of what has a value on every way to it."""
    graph = Graph(blocks)
    entry: dict[Block, frozenset[int]] = {blocks[0]: frozenset(parameters)}
    waiting = [blocks[0]]
    while waiting:
        block = waiting.pop()
        known = set(entry[block])
        lowest = frozenset(known)
        for instruction in block.code:
            before = frozenset(known)
            _follow(instruction, known)
            lowest &= known
        ways = [(target, frozenset(known)) for target in graph.successors[block]]
        last = block.code[-1] if block.code else None
        if last is not None and last.op == "JumpIfSet":
            ways[0] = (ways[0][0], frozenset(known | {last.a}))
        elif last is not None and last.op == "Next":
            ways[0] = (ways[0][0], before)
        for target, state in (*ways, *((target, lowest) for target in graph.handlers[block])):
            met = entry[target] & state if target in entry else state
            if entry.get(target) != met:
                entry[target] = met
                waiting.append(target)
    for block in blocks:
        known = set(entry.get(block, ()))
        kept = []
        for instruction in block.code:
            if instruction.op == "JumpIfSet" and instruction.a in known:
                instruction.op, instruction.a = "Jump", 0
            if instruction.op != "CheckSet" or instruction.a not in known:
                kept.append(instruction)
            _follow(instruction, known)
        block.code = kept


def _follow(instruction: Instruction, known: set[int]) -> None:
    if instruction.op == "Unset":
        known.difference_update(instruction.unsets())
    elif instruction.op == "CheckSet":
        known.add(instruction.a)
    elif instruction.op in ("GetKey", "GetCell", "Move"):
        known.difference_update(instruction.writes())
        if instruction.op == "Move" and instruction.b in known:
            known.add(instruction.a)
    else:
        known.update(instruction.writes())


def unset_dead(blocks: list[Block], registers: int, filled: Iterable[int]) -> None:
    """Takes the values out of dead registers before each instruction that waits for a message.

    Args:
        blocks: reachable ones.
        registers: how many the function has.
        filled: those that have a value when it begins.
    """
    if not any(waits(instruction) for block in blocks for instruction in block.code):
        return
    graph = Graph(blocks)
    kept = _kept_over_waits(graph)
    full = _maybe_full(graph, registers, filled, kept)
    for place, block in enumerate(blocks):
        has = set(full[block])
        code: list[Instruction] = []
        for instruction in block.code:
            if instruction in kept:
                # RejectMessage goes back to the Receive itself, which begins its block.
                before = code if code or instruction.op != "Receive" else blocks[place - 1].code
                for first, count in _ranges(has - kept[instruction] - _emptied(instruction)):
                    before.append(Instruction("Unset", first, count, 0, instruction.line))
            _fill(instruction, has, registers, kept)
            code.append(instruction)
        block.code = code


def unset_at_entry(blocks: list[Block], registers: int, filled: int) -> None:
    """Empties what a new frame has from others and may be read before it is written.

    That is all of it where the function waits for messages (see `unset_dead`).

    Args:
        blocks: reachable ones; one may come before them.
        registers: how many the function has.
        filled: how many of them have a value when it begins, the first ones.
    """
    if any(waits(instruction) for block in blocks for instruction in block.code):
        emptied = set(range(filled, registers))
    else:
        emptied = {one for one in live_at_entry(Graph(blocks)) if one >= filled}
    first = next((one for block in blocks for one in block.code), None)
    if emptied and first is not None:
        code = [Instruction("Unset", *pair, 0, first.line) for pair in _ranges(emptied)]
        blocks.insert(0, Block(code=code))


def _ranges(registers: set[int]) -> list[tuple[int, int]]:
    """The first of registers side by side, and how many there are."""
    ranges: list[tuple[int, int]] = []
    for register in sorted(registers):
        if ranges and sum(ranges[-1]) == register:
            ranges[-1] = (ranges[-1][0], ranges[-1][1] + 1)
        else:
            ranges.append((register, 1))
    return ranges


def join_unsets(blocks: list[Block]) -> None:
    """Empties registers side by side with one instruction."""
    for block in blocks:
        code: list[Instruction] = []
        for instruction in block.code:
            last = code[-1] if code else None
            follows = last is not None and last.op == instruction.op == "Unset"
            if last is not None and follows and instruction.a == last.a + last.b:
                last.b += instruction.b
            else:
                code.append(instruction)
        block.code = code


def _kept_over_waits(graph: Graph) -> dict[Instruction, frozenset[int]]:
    """The registers that are read at or after each instruction that waits."""
    kept: dict[Instruction, frozenset[int]] = {}
    for block, behind in live_behind_each(graph).items():
        for instruction, live in zip(block.code, behind, strict=True):
            if waits(instruction):
                alive = set(live)
                _back(instruction, alive)
                kept[instruction] = frozenset(alive)
    return kept


def _emptied(instruction: Instruction) -> set[int]:
    """What an instruction that waits empties itself: what it will fill."""
    return set(instruction.writes()) if instruction.op != "RejectMessage" else set()


def waits(instruction: Instruction) -> bool:
    """Whether the process may wait there for a message."""
    return instruction.op in ("Receive", "ReceiveAny", "RejectMessage")


def live_at_entry(graph: Graph) -> frozenset[int]:
    """The registers that a function may read before it writes them."""
    return _live_at_start(graph)[graph.blocks[0]]


def live_behind_each(graph: Graph) -> dict[Block, list[frozenset[int]]]:
    """The registers that are read behind each instruction, or by handlers, before they are written."""
    start = _live_at_start(graph)
    found: dict[Block, list[frozenset[int]]] = {}
    for block in graph.blocks:
        alive = _live_behind(graph, block, start)
        handled = _live_in_handlers(graph, block, start)
        behind: list[frozenset[int]] = []
        for instruction in reversed(block.code):
            behind.append(frozenset(alive))
            _back(instruction, alive)
            alive |= handled
        found[block] = behind[::-1]
    return found


def _live_at_start(graph: Graph) -> dict[Block, frozenset[int]]:
    start: dict[Block, frozenset[int]] = {block: frozenset() for block in graph.blocks}
    effects = {block: _effect(block) for block in graph.blocks}
    changed = True
    while changed:
        changed = False
        for block in reversed(graph.blocks):
            read, written = effects[block]
            alive = (_live_behind(graph, block, start) - written) | read
            alive |= _live_in_handlers(graph, block, start)
            if alive != start[block]:
                start[block] = frozenset(alive)
                changed = True
    return start


def _live_behind(graph: Graph, block: Block, start: Mapping[Block, frozenset[int]]) -> set[int]:
    ways = [start[target] for target in graph.successors[block]]
    last = block.code[-1] if block.code else None
    if last is not None and last.op == "Next":  # which writes only where it does not jump
        ways[-1] -= {last.b}
    return _live_in_handlers(graph, block, start).union(*ways)


def _live_in_handlers(
    graph: Graph, block: Block, start: Mapping[Block, frozenset[int]]
) -> set[int]:
    return {
        register
        for target in graph.handlers[block]
        for register in start[target]
        if block.handler is not None and register != block.handler.register
    }


def _effect(block: Block) -> tuple[set[int], set[int]]:
    """What a block reads of what was there before it, and what is gone behind it."""
    read: set[int] = set()
    written: set[int] = set()
    for instruction in reversed(block.code):
        gone = _gone(instruction)
        written |= gone
        read = (read - gone).union(instruction.reads())
    return read, written


def _gone(instruction: Instruction) -> set[int]:
    """The registers whose former values an instruction ends."""
    gone = set(instruction.writes()) if instruction.op != "Next" else set()  # which may write nothing
    if instruction.op == "Unset":
        gone.update(instruction.unsets())
    return gone


def _gone_after(instruction: Instruction, registers: int) -> set[int]:
    """The same, and those above the window of a call, which keeps none of them."""
    gone = _gone(instruction)
    if instruction.op in _WINDOWS:
        gone.update(range(instruction.a, registers))
    return gone


class Readers:
    """Who reads what an instruction writes, where all that do are behind it in its block.

    Args:
        graph: of the blocks.
        registers: how many the function has, if originals are asked for.
    """

    def __init__(self, graph: Graph, registers: int = 0) -> None:
        start = _live_at_start(graph)
        self._behind = live_behind_each(graph)
        self._handled = {block: _live_in_handlers(graph, block, start) for block in graph.blocks}
        self._registers = registers

    def of(self, block: Block, place: int, original: int | None = None) -> list[Instruction] | None:
        """The readers, if all of them could read another register in its place; else None.

        Args:
            block: unchanged up to and behind `place`.
            place: of the instruction.
            original: that other register, if it may be written meanwhile.
        """
        register = block.code[place].a
        readers: list[Instruction] = []
        if register in self._handled[block]:
            return None
        if register not in self._behind[block][place]:
            return readers
        rest = zip(block.code[place + 1 :], self._behind[block][place + 1 :], strict=True)
        for instruction, alive in rest:
            if register in instruction.reads():
                runs_again = waits(instruction) and original in instruction.writes()
                if instruction.op in _ASK or runs_again or not instruction.can_replace_read(register):
                    return None
                readers.append(instruction)
            gone = _gone_after(instruction, self._registers)
            if register in gone or register not in alive:
                return readers
            if original in gone:
                return None
        return None


def _back(instruction: Instruction, alive: set[int]) -> None:
    alive -= _gone(instruction)
    alive.update(instruction.reads())


def _maybe_full(
    graph: Graph,
    registers: int,
    filled: Iterable[int],
    kept: Mapping[Instruction, frozenset[int]],
) -> dict[Block, frozenset[int]]:
    """The registers that may have a value where each block begins."""
    entry: dict[Block, frozenset[int]] = {block: frozenset() for block in graph.blocks}
    entry[graph.blocks[0]] = frozenset(filled)
    waiting = list(graph.blocks)
    while waiting:
        block = waiting.pop(0)
        has = set(entry[block])
        ever = set(has)
        for instruction in block.code:
            _fill(instruction, has, registers, kept)
            ever |= has
        caught = {block.handler.register} if block.handler else set()
        for target, state in (
            *((target, has) for target in graph.successors[block]),
            *((target, ever | caught) for target in graph.handlers[block]),
        ):
            if not state <= entry[target]:
                entry[target] |= state
                waiting.append(target)
    return entry


def _fill(
    instruction: Instruction,
    has: set[int],
    registers: int,
    kept: Mapping[Instruction, frozenset[int]],
) -> None:
    if instruction in kept:
        has &= kept[instruction]
    if instruction.op == "Unset":
        has.difference_update(instruction.unsets())
    if instruction.op in _ENTER:
        has.update(range(instruction.a, registers))  # the callee leaves its own there
    has.update(instruction.writes())
