# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What instructions read and write: the fast way and the plain one say the same."""

import random

import pytest

from pyvm import _core
from pyvm.compiler.compiled import ir


@pytest.mark.parametrize(("op", "kinds"), _core.opcodes())
def test_masks(op, kinds):
    chance = random.Random(op)
    for _ in range(20):
        fields = [chance.randrange(60) for _ in kinds]
        for place, kind in enumerate(kinds):
            if kind == "X" and chance.random() < 0.5:
                fields[place] = ir.NO_REGISTER
        one = ir.Instruction(op, *fields, line=1, extent=(2, 3))
        assert one.read_mask() == ir.mask_of(one.reads())
        assert one.write_mask() == ir.mask_of(one.writes())
