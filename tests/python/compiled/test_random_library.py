# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Random programs with enums and the library do the same in CPython and on the machine; see test_random."""

import machine_kit
import pytest
from library_programs import LibraryProgram
from support import assert_same_programs
from test_random import CALLS, COUNT, FIRST

GROUP = 5
END = FIRST + max(COUNT // 5, 1)

pytestmark = pytest.mark.skipif(
    not machine_kit.HAS_MACHINE, reason="the reference interpreter has not all functions"
)


@pytest.mark.parametrize("start", range(FIRST, END, GROUP))
def test_programs_with_the_library(start):
    seeds = range(start, min(start + GROUP, END))
    assert_same_programs(seeds, lambda seed: LibraryProgram(seed).text(), *CALLS, by_reference=False)
