# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""A short run of each program of tests/fuzz, in a process of its own: a crash must not end the tests.

PYVM_FUZZ says how many seeds, PYVM_FUZZ_SEED where to begin. A failure shows the seed.
"""

import os
import pathlib
import subprocess
import sys

import machine_kit
import pytest

FUZZ = pathlib.Path(__file__).parents[2] / "fuzz"
COUNT = int(os.environ.get("PYVM_FUZZ", "300"))
FIRST = int(os.environ.get("PYVM_FUZZ_SEED", "1"))

pytestmark = pytest.mark.skipif(
    not machine_kit.HAS_MACHINE, reason="the native module is not built"
)


@pytest.mark.timeout(60 + COUNT)
@pytest.mark.parametrize(("program", "share"), [("image_fuzz.py", 1), ("source_fuzz.py", 5)])
def test_fuzz(program, share):
    count = max(1, COUNT // share)  # what is compiled takes longer than what is changed
    command = [sys.executable, str(FUZZ / program), str(FIRST), str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    last = [line for line in done.stdout.splitlines() if line.startswith("seed ")][-1:]
    assert done.returncode == 0, f"{program}: {last}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    assert last == [f"seed {FIRST + count - 1}"]
