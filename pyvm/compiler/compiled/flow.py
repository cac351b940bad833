# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What registers hold along the ways through a function.

`drop_checks`: variables that surely have a value. `unset_dead`: a process that waits keeps no
register that nobody will read; and `unset_at_entry`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pyvm.compiler.compiled.ir import Block, Instruction, mask_of
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
    entry = _surely_set(Graph(blocks), mask_of(parameters))
    for block in blocks:
        known = entry.get(block, 0)
        kept = []
        for instruction in block.code:
            if instruction.op == "JumpIfSet" and known >> instruction.a & 1:
                instruction.op, instruction.a = "Jump", 0
            if instruction.op != "CheckSet" or not known >> instruction.a & 1:
                kept.append(instruction)
            known = _follow(instruction, known)
        block.code = kept


def _surely_set(graph: Graph, parameters: int) -> dict[Block, int]:
    """The registers that have a value wherever a block begins; blocks out of reach are left out."""
    entry = {graph.blocks[0]: parameters}
    changed = {graph.blocks[0]}
    while changed:  # in their order, in which most blocks come behind those that lead to them
        for block in graph.blocks:
            if block in changed:
                changed.remove(block)
                for target, known in _set_behind(graph, block, entry[block]):
                    met = entry.get(target, -1) & known
                    if entry.get(target) != met:
                        entry[target] = met
                        changed.add(target)
    return entry


def _set_behind(graph: Graph, block: Block, known: int) -> Iterator[tuple[Block, int]]:
    """Where control goes from a block, and the registers that surely have a value there."""
    before = lowest = known
    for instruction in block.code:
        before = known
        known = _follow(instruction, known)
        lowest &= known
    last = block.code[-1].op if block.code else ""
    for place, target in enumerate(graph.successors[block]):
        if place == 0 and last == "JumpIfSet":
            yield target, known | 1 << block.code[-1].a
        else:
            yield target, before if place == 0 and last == "Next" else known
    for target in graph.handlers[block]:
        yield target, lowest


def _follow(instruction: Instruction, known: int) -> int:
    """The registers that have a value behind an instruction, given those before it."""
    match instruction.op:
        case "Unset":
            return known & ~mask_of(instruction.unsets())
        case "CheckSet":
            return known | 1 << instruction.a
        case "Move" if known >> instruction.b & 1:
            return known | 1 << instruction.a
        case "GetKey" | "GetCell" | "Move":
            return known & ~instruction.write_mask()
    return known | instruction.write_mask()


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
