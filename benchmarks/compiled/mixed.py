# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""A compiled process whose partner is a coroutine."""

import pyvm
from benchmarks.compiled.messages import round_trips
from benchmarks.harness import Answer
from benchmarks.workloads.messages import ponger
from pyvm import spawn


@pyvm.process
def pingpong(name: str, p: dict[str, int]) -> Answer:
    return round_trips(spawn(ponger), p)
