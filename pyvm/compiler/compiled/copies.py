# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""`drop_copies`: who reads a copy reads what it is a copy of."""

from __future__ import annotations

from pyvm.compiler.compiled.ir import Block, Instruction
from pyvm.compiler.compiled.liveness import Graph, Readers


def drop_copies(blocks: list[Block]) -> None:
    """Removes each Move that the block it is in can do without.

    Args:
        blocks: reachable ones; changed in place.
    """
    found = Readers(Graph(blocks))
    for block in blocks:
        # From the first on: what makes an original live longer ends before it is written again.
        code: list[Instruction] = []
        for place, instruction in enumerate(block.code):
            readers = None
            if instruction.op == "Move":
                readers = found.of(block, place, original=instruction.b)
            if readers is None:
                code.append(instruction)
            for reader in readers or ():
                reader.replace_read(instruction.a, instruction.b)
        block.code = code
