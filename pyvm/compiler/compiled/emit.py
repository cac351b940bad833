# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Blocks become bytes: places, distances, the table of lines and that of handlers."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass

from pyvm.compiler.compiled.ir import Block, Handler, Instruction
from pyvm.compiler.compiled.jumps import drop_jumps_to_next

_FAR = 32767


class TooLarge(Exception):
    """A function that does not fit into the fields of instructions; the argument says how."""


@dataclass(frozen=True)
class Code:
    """The parts of an image that come from the blocks of a function."""

    code: bytes
    lines: tuple[tuple[int, int], ...]
    handlers: tuple[tuple[int, int, int, int], ...]


def emit(blocks: list[Block], numbers: Mapping[str, int], kinds: Mapping[str, str]) -> Code:
    """Lays the blocks out in their order.

    Args:
        blocks: reachable ones.
        numbers: the number of each opcode.
        kinds: what the operands of each are.

    Raises:
        TooLarge: an operand does not fit.
    """
    drop_jumps_to_next(blocks)
    far: set[Instruction] = set()
    while True:
        places = _places(blocks, far)
        more = _too_far(blocks, places, far, kinds)
        if not more:
            break
        far |= more
    code: list[bytes] = []
    lines: list[tuple[int, int]] = []
    for block in blocks:
        for instruction in block.code:
            if not lines or lines[-1][1] != instruction.line:
                lines.append((len(code), instruction.line))
            code += _encoded(instruction, len(code), places, instruction in far, numbers, kinds)
    return Code(b"".join(code), tuple(lines), _handler_table(blocks, places, len(code)))


def used_constants(
    blocks: list[Block], constants: list[object], kinds: Mapping[str, str]
) -> tuple[object, ...]:
    """Numbers the constants anew, without those whose instructions were dropped."""
    kept: dict[int, int] = {}
    for block in blocks:
        for instruction in block.code:
            for field, kind in zip("abc", kinds[instruction.op], strict=True):
                if kind in "KM":
                    number = getattr(instruction, field)
                    setattr(instruction, field, kept.setdefault(number, len(kept)))
    return tuple(constants[number] for number in kept)


def _places(blocks: list[Block], far: set[Instruction]) -> dict[Block, int]:
    places: dict[Block, int] = {}
    place = 0
    for block in blocks:
        places[block] = place
        place += sum(3 if instruction in far else 1 for instruction in block.code)
    return places


def _too_far(
    blocks: list[Block], places: dict[Block, int], far: set[Instruction], kinds: Mapping[str, str]
) -> set[Instruction]:
    found = set()
    for block in blocks:
        place = places[block]
        for instruction in block.code:
            is_far = instruction in far
            if instruction.target is not None and not is_far and "J" in kinds[instruction.op]:
                distance = places[instruction.target] - place - 1
                if abs(distance) > _FAR:
                    if instruction.op == "RejectMessage":
                        raise TooLarge("a guard is too long: write a function that decides")
                    found.add(instruction)
            place += 3 if is_far else 1
    return found


def _encoded(
    instruction: Instruction,
    place: int,
    places: dict[Block, int],
    is_far: bool,
    numbers: Mapping[str, int],
    kinds: Mapping[str, str],
) -> list[bytes]:
    fields = [instruction.a, instruction.b, instruction.c]
    if instruction.target is None:
        return [_packed(numbers[instruction.op], fields)]
    if is_far:  # around a jump that is never taken unless this one is
        long = Instruction("Jump", 0, 0, 0, instruction.line, instruction.target)
        fields[kinds[instruction.op].index("J")] = 1
        over = struct.pack("<4H", numbers["Jump"], 0, 1, 0)
        return [
            _packed(numbers[instruction.op], fields),
            over,
            *_encoded(long, place + 2, places, False, numbers, kinds),
        ]
    distance = places[instruction.target] - place - 1
    if "J" in kinds[instruction.op]:
        fields[kinds[instruction.op].index("J")] = distance
    else:
        fields[1:] = [distance & 0xFFFF, (distance >> 16) & 0xFFFF]
    return [_packed(numbers[instruction.op], fields)]


def _packed(number: int, fields: list[int]) -> bytes:
    if any(not -32768 <= one <= 65535 for one in fields):
        raise TooLarge("the function is too large: divide it")
    return struct.pack("<4H", number, *(one & 0xFFFF for one in fields))


def _handler_table(
    blocks: list[Block], places: dict[Block, int], end: int
) -> tuple[tuple[int, int, int, int], ...]:
    """For each handler the ranges of the blocks inside it, the innermost handlers first.

    What stands around a handler that has no code of its own may be out of reach, and dropped.
    """
    ranges: dict[Handler, list[list[int]]] = {}
    for block, stop in zip(blocks, [*(places[block] for block in blocks[1:]), end], strict=True):
        begin = places[block]
        if begin == stop:
            continue
        for handler in block.handler.chain() if block.handler is not None else ():
            if handler.target not in places:
                continue
            known = ranges.setdefault(handler, [])
            if known and known[-1][1] == begin:
                known[-1][1] = stop
            else:
                known.append([begin, stop])
    ordered = sorted(ranges, key=lambda handler: -len(list(handler.chain())))
    return tuple(
        (begin, end, places[handler.target], handler.register)
        for handler in ordered
        for begin, end in ranges[handler]
    )
