# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Random programs do the same in CPython and from their images.

PYVM_PROGRAMS says how many, PYVM_PROGRAM_SEED where to begin. A failure shows the seed.
"""

import os

import pytest
from programs import Program
from support import assert_same_programs

COUNT = int(os.environ.get("PYVM_PROGRAMS", "300"))
FIRST = int(os.environ.get("PYVM_PROGRAM_SEED", "1"))
GROUP = 10
CALLS = [(0, 1), (3, "ab"), ([1, 2], {"k": [1]}), ((1, (2, 3)), None)]


@pytest.mark.parametrize("start", range(FIRST, FIRST + COUNT, GROUP))
def test_programs(start):
    seeds = range(start, min(start + GROUP, FIRST + COUNT))
    assert_same_programs(seeds, lambda seed: Program(seed).text(), *CALLS)
