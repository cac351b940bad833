# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What the programs that measure pyvm's Python bodies share."""

from __future__ import annotations

import time
from typing import Any

import pyvm
from benchmarks.harness import Answer, Params


def drive(workload: Any, name: str, params: Params) -> Answer:
    """Runs the workload's main process in a runtime of its own; `schedulers` is no parameter of it."""
    schedulers = params.pop("schedulers", None)
    if name == "compute_par":
        return _speed_up(workload, params, schedulers)
    metrics, check = pyvm.run(workload, name, dict(params), schedulers=schedulers)
    return metrics, check


def _speed_up(workload: Any, params: Params, schedulers: int | None) -> Answer:
    """The same work on one scheduler and on all."""
    n, procs = params.get("n", 24), params.get("procs", 256)
    seconds = []
    sums = set()
    for count in (1, schedulers):
        t0 = time.perf_counter_ns()
        sums.add(pyvm.run(workload, procs, n, schedulers=count))
        seconds.append((time.perf_counter_ns() - t0) / 1e9)
    if len(sums) != 1:
        raise AssertionError(f"wrong answer: the sums differ: {sums}")
    total = sums.pop()
    one, all_of_them = seconds
    return [
        ("speedup", "x", one / all_of_them),
        ("calls", "calls/s", (2 * total - procs) / all_of_them),
    ], total
