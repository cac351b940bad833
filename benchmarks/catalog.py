# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""The workloads: what each measures, and with which parameters.

A compiled system gets the full size. A Python event loop gets the smaller one, so that a run takes
seconds; rates compare, totals do not. Every system must give the same check for equal parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Workload:
    """One workload.

    Attributes:
        name: How it is called, on the command line and by every program.
        text: What it measures, in one line.
        count: The parameter that `--n` sets.
        full: The parameters of compiled systems.
        small: What differs for Python event loops.
    """

    name: str
    text: str
    count: str
    full: Mapping[str, int]
    small: Mapping[str, int] = field(default_factory=dict)

    def params(self, event_loop: bool, n: int | None) -> dict[str, int]:
        """The parameters of one run."""
        params = dict(self.full)
        if event_loop:
            params.update(self.small)
        if n is not None:
            params[self.count] = n
        return params


def _workloads() -> list[Workload]:
    million = 1_000_000
    return [
        Workload(
            "spawn_exit",
            "processes born, monitored and ended, `alive` at a time; each DOWN is received",
            "n",
            {"n": million, "alive": 10_000},
            {"n": 300_000},
        ),
        Workload(
            "spawn_alive",
            "processes that wait in a receive: births a second, memory of each; all answer",
            "n",
            {"n": 200_000},
        ),
        Workload(
            "idle",
            "processor time of processes that wait and timers that are far away",
            "n",
            {"n": million, "timers": 100_000, "seconds": 5},
        ),
        Workload("spawn_alive_1m", "as spawn_alive, a million of them", "n", {"n": million}),
        Workload(
            "ring",
            "a number goes round a ring of processes and counts down",
            "hops",
            {"procs": 1000, "hops": 5 * million},
            {"hops": 500_000},
        ),
        Workload(
            "threadring",
            "as ring, with the sizes of the Benchmarks Game",
            "hops",
            {"procs": 503, "hops": 10 * million},
            {"hops": 500_000},
        ),
        Workload(
            "pingpong",
            "one pair of processes, one message under way",
            "n",
            {"n": 2 * million},
            {"n": 300_000},
        ),
        Workload(
            "pingpong_mixed",
            "as pingpong, a coroutine process and a compiled one",
            "n",
            {"n": million},
            {"n": 300_000},
        ),
        Workload(
            "fan_in",
            "many senders, one receiver that adds up what they send",
            "each",
            {"senders": 100, "each": 20_000},
            {"each": 5000},
        ),
        Workload(
            "fan_in_1",
            "one sender, one receiver",
            "each",
            {"senders": 1, "each": 2 * million},
            {"each": 500_000},
        ),
        Workload(
            "counting",
            "one sender, one counter (Savina): the smallest message",
            "n",
            {"n": 5 * million},
            {"n": million},
        ),
        Workload(
            "all_to_all",
            "everyone pings everyone and answers, in rounds",
            "rounds",
            {"procs": 500, "rounds": 10},
            {"rounds": 2},
        ),
        Workload(
            "big",
            "everyone pings one drawn at random and answers (Savina)",
            "pings",
            {"actors": 120, "pings": 20_000},
            {"pings": 3000},
        ),
        Workload(
            "chameneos",
            "creatures meet in pairs through one mall (Savina)",
            "meetings",
            {"chameneos": 100, "meetings": million},
            {"meetings": 200_000},
        ),
        Workload("fib", "a process for every call of a doubly recursive Fibonacci", "n", {"n": 25}),
        Workload(
            "selective_marker",
            "receive of a reference just made, with `preload` other messages in the mailbox",
            "calls",
            {"preload": 10_000, "calls": 500_000},
            {"calls": 5000},
        ),
        Workload(
            "selective_reverse",
            "receive of the newest of n messages, then the next: every scan is a whole one",
            "rounds",
            {"n": 10_000, "rounds": 5},
            {"rounds": 1},
        ),
        Workload(
            "selective_prio",
            "two receives make a priority: the first looks for one message in a hundred",
            "rounds",
            {"n": 10_000, "rounds": 5},
            {"rounds": 1},
        ),
        Workload(
            "call_1",
            "request and reply under a monitor, one client",
            "each",
            {"clients": 1, "each": million},
            {"each": 200_000},
        ),
        Workload(
            "call_50",
            "request and reply under a monitor, 50 clients, one server",
            "each",
            {"clients": 50, "each": 20_000},
            {"each": 6000},
        ),
        Workload(
            "call_junk",
            "calls of a client with `junk` messages in its mailbox, and of one with none",
            "n",
            {"n": 200_000, "junk": 500_000},
            {"n": 50_000, "junk": 100_000},
        ),
        Workload(
            "payload_tuple",
            "a nested tuple of 100 numbers there and back, copied at each send",
            "n",
            {"n": 500_000},
            {"n": 200_000},
        ),
        Workload(
            "payload_1k", "1 KiB of bytes there and back", "n", {"n": 500_000}, {"n": 200_000}
        ),
        Workload(
            "payload_1m", "1 MiB of bytes there and back", "n", {"n": 200_000}, {"n": 100_000}
        ),
        Workload(
            "timers",
            "messages to be sent 1 to max_ms milliseconds later, every other one cancelled at once",
            "n",
            {"n": million, "max_ms": 1000},
        ),
        Workload(
            "fairness",
            "round trips of one pair beside `busy` processes that never wait",
            "pings",
            {"busy": 100, "pings": 10_000, "max_s": 5},
        ),
        Workload(
            "compute_par",
            "the same independent work on one scheduler and on all",
            "procs",
            {"n": 27, "procs": 256},
        ),
        Workload("compute_fib", "a doubly recursive Fibonacci, one process", "n", {"n": 30}),
        Workload(
            "compute_nqueens", "queens on a board, as tuples, one process", "size", {"size": 9}
        ),
        Workload(
            "compute_mandel",
            "the Mandelbrot set in floats, one process",
            "size",
            {"size": 300, "iters": 100},
        ),
        Workload("compute_sort", "numbers drawn at random, sorted", "n", {"n": 500_000}),
        Workload(
            "compute_wordcount",
            "words of a text, counted in a dict",
            "bytes",
            {"bytes": 5 * million},
        ),
    ]


WORKLOADS: dict[str, Workload] = {workload.name: workload for workload in _workloads()}

COMPUTE = frozenset(name for name in WORKLOADS if name.startswith("compute_")) - {"compute_par"}
MIXED = frozenset({"pingpong_mixed"})  # of two kinds of bodies written in Python
SELECTIVE = frozenset({"selective_marker", "selective_reverse", "selective_prio"})


def higher_is_better(unit: str) -> bool:
    """Rates and speed-ups are good when high; times, sizes and costs when low."""
    return unit.endswith("/s") or unit in ("pings", "x")
