# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Random programs with records do the same in CPython and from their images; see test_random."""

import pytest
from record_programs import RecordProgram
from support import assert_same_programs
from test_random import CALLS, COUNT, FIRST

GROUP = 5
END = FIRST + max(COUNT // 5, 1)


@pytest.mark.parametrize("start", range(FIRST, END, GROUP))
def test_programs_with_records(start):
    seeds = range(start, min(start + GROUP, END))
    assert_same_programs(seeds, lambda seed: RecordProgram(seed).text(), *CALLS)
