# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Random programs do the same in CPython and from their images.

PYVM_PROGRAMS says how many, PYVM_PROGRAM_SEED where to begin. A failure shows the seed.
"""

import os
import warnings

import pytest
from programs import Program
from support import assert_same

COUNT = int(os.environ.get("PYVM_PROGRAMS", "300"))
FIRST = int(os.environ.get("PYVM_PROGRAM_SEED", "1"))
GROUP = 25
CALLS = [(0, 1), (3, "ab"), ([1, 2], {"k": [1]}), ((1, (2, 3)), None)]


@pytest.mark.parametrize("start", range(FIRST, FIRST + COUNT, GROUP))
def test_programs(start):
    for seed in range(start, min(start + GROUP, FIRST + COUNT)):
        text = Program(seed).text()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                compile(text, "<random>", "exec")
            except SyntaxError:
                continue  # a name may be declared after its use, and the like
        try:
            assert_same(text, *CALLS)
        except BaseException as error:
            pytest.fail(f"seed {seed}: {error!r}\n{text}")
