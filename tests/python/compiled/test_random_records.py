# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Random programs with records do the same in CPython and from their images; see test_random."""

import warnings

import pytest
from record_programs import RecordProgram
from support import assert_same
from test_random import CALLS, COUNT, FIRST

GROUP = 5


@pytest.mark.parametrize("start", range(FIRST, FIRST + max(COUNT // 3, 1), GROUP))
def test_programs_with_records(start):
    for seed in range(start, min(start + GROUP, FIRST + max(COUNT // 3, 1))):
        text = RecordProgram(seed).text()
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
