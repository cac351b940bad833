# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What registers hold along the ways through a function.

`drop_checks`: variables that surely have a value. `unset_dead`: a process that waits keeps no
register that nobody will read; and `unset_at_entry`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pyvm.compiler.compiled.ir import Block, Instruction
from pyvm.compiler.compiled.liveness import (
    ENTER,
    Graph,
    Liveness,
    live_before,
    registers_of,
    waits,
)


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
                # What it will fill it empties itself.
                for first, count in _ranges(has - kept[instruction] - {*instruction.writes()}):
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
        read = registers_of(Liveness(Graph(blocks)).at_entry())
        emptied = {one for one in read if one >= filled}
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
    live = Liveness(graph)
    for block in graph.blocks:
        if any(waits(instruction) for instruction in block.code):
            for instruction, behind in zip(block.code, live.behind_each(block), strict=True):
                if waits(instruction):
                    kept[instruction] = frozenset(registers_of(live_before(instruction, behind)))
    return kept


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
    if instruction.op in ENTER:
        has.update(range(instruction.a, registers))  # the callee leaves its own there
    has.update(instruction.writes())
