# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""`keep_floats`: what one operator makes for the next goes there unpacked, if it is a float."""

from __future__ import annotations

from typing import Final

from pyvm.compiler.compiled.ir import Block, Instruction
from pyvm.compiler.compiled.liveness import Graph, Liveness

_KEPT: Final = frozenset(["Add", "Subtract", "Multiply", "TrueDivide"])
_TAKERS: Final = _KEPT | {"InPlaceAdd"}
_ORDERS: Final = ("Less", "NotLess", "LessEqual", "NotLessEqual")
_JUMPS: Final = frozenset(
    "JumpIf" + one.replace("Less", kind) for kind in ("Less", "Greater") for one in _ORDERS
)


def keep_floats(blocks: list[Block]) -> None:
    """Marks each operator whose result the next instruction alone reads.

    Args:
        blocks: reachable ones, before the ends of loops are closed; changed in place.
    """
    live = Liveness(Graph(blocks))
    for block in blocks:
        if not any(instruction.op in _KEPT for instruction in block.code):
            continue
        behind = live.behind_each(block)
        for place in range(1, len(block.code)):
            one, following = block.code[place - 1], block.code[place]  # which may itself keep
            side = _side(following, one.a) if one.op in _KEPT else None
            is_read_later = behind[place] >> one.a & 1 and one.a not in following.writes()
            if side is not None and not is_read_later:
                one.op += "Keep" + side


def _side(taker: Instruction, register: int) -> str | None:
    """Where it takes what is in the register: `Left`, `Right`, or not as it must be."""
    if taker.op in _JUMPS:
        return "Left" if taker.a == register != taker.b else None
    if taker.op in _TAKERS and (taker.b == register) != (taker.c == register):
        return "Left" if taker.b == register else "Right"
    return None
