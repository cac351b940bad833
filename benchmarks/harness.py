# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What the workload programs written in Python share: arguments, the result line, the generator.

A program is called `PROGRAM WORKLOAD key=number ...` and prints one line of JSON:
`{"workload":..., "params":{...}, "metrics":[[name, unit, value], ...], "check":"..."}`.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Metric = tuple[str, str, float]
Answer = tuple[list[Metric], object]  # the metrics, and the check that must be equal in all systems

now_ns = time.perf_counter_ns


class Params(dict[str, int]):
    """The parameters of one run; what is not given has the default of its call."""

    def integer(self, key: str, otherwise: int) -> int:
        """The value of `key`, or `otherwise`."""
        return self.get(key, otherwise)


def parse(arguments: Sequence[str]) -> tuple[str, Params]:
    """The name and the parameters from a command line without its program."""
    if not arguments:
        sys.exit("usage: WORKLOAD key=number ...")
    params = Params()
    for pair in arguments[1:]:
        key, _, value = pair.partition("=")
        params[key] = int(value)
    return arguments[0], params


def run(workloads: Mapping[str, Any], drive: Callable[[Any, str, Params], Answer]) -> None:
    """Runs the workload that the command line names and prints its result line."""
    name, params = parse(sys.argv[1:])
    if name not in workloads:
        sys.exit(f"no such workload here: {name}")
    metrics, check = drive(workloads[name], name, params)
    line = {"workload": name, "params": params, "metrics": metrics, "check": str(check)}
    print(json.dumps(line), flush=True)


def want(ok: bool, what: str) -> None:
    """Ends the program when an answer is wrong."""
    if not ok:
        raise AssertionError(f"wrong answer: {what}")


def seconds_since(t0: int) -> float:
    """Seconds since `t0`, a value of `now_ns`."""
    return (now_ns() - t0) / 1e9


def rss() -> int:
    """Bytes of memory that this system process holds."""
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    return 0


def lcg(x: int) -> int:
    """The next state of the generator of every system; its values are `x >> 8`."""
    return (x * 1103515245 + 12345) & 0x7FFFFFFF


def percentile(ordered: Sequence[int], q: float) -> int:
    """The value below which a part `q` of `ordered` lies."""
    return ordered[max(0, min(len(ordered) - 1, math.ceil(q * len(ordered)) - 1))]


def lateness(lates: list[int]) -> list[Metric]:
    """The three metrics of how late timers fired, from nanoseconds."""
    lates.sort()
    return [
        ("late_p50", "ms", percentile(lates, 0.50) / 1e6),
        ("late_p99", "ms", percentile(lates, 0.99) / 1e6),
        ("late_max", "ms", lates[-1] / 1e6),
    ]


def latency(times: list[int]) -> list[Metric]:
    """The metrics of the round trips of a fairness run, from nanoseconds."""
    times.sort()
    return [
        ("p50", "us", percentile(times, 0.50) / 1e3),
        ("p99", "us", percentile(times, 0.99) / 1e3),
        ("max", "us", times[-1] / 1e3),
        ("pings", "pings", len(times)),
    ]


def fib(n: int) -> int:
    """Fibonacci the slow way: work that does nothing else."""
    return 1 if n <= 2 else fib(n - 1) + fib(n - 2)


def complement(mine: int, other: int) -> int:
    """The colour two chameneos of these colours take."""
    return mine if mine == other else 3 - mine - other


def payload(name: str) -> tuple[Any, int]:
    """What a payload workload sends, and its size in bytes."""
    if name == "payload_tuple":
        return tuple((i, [i + 1, i + 2, (i + 3, i + 4)]) for i in range(1, 101, 5)), 800
    size = 1024 if name == "payload_1k" else 1 << 20
    return b"\7" * size, size
