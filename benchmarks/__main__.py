# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""`python -m benchmarks WORKLOAD...`: measures pyvm beside its peers. See README.md."""

from __future__ import annotations

import argparse
import fnmatch
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import report
from benchmarks.build import Unavailable
from benchmarks.catalog import WORKLOADS, Workload
from benchmarks.measure import Measurement, measure
from benchmarks.systems import PEERS, choose


def make_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measures workloads on pyvm and on its peers, alternately, run by run.",
        epilog="Prints one JSON object a measurement, then a table of medians.",
    )
    parser.add_argument("workload", nargs="*", help="names or patterns, or `all`; see --list")
    parser.add_argument("--list", action="store_true", help="say what each workload measures")
    parser.add_argument(
        "--body", nargs="+", action="extend", help="native (default), coroutine, or none"
    )
    parser.add_argument("--peer", nargs="+", action="extend", default=[], help=", ".join(PEERS))
    parser.add_argument("--schedulers", type=positive, help="threads; default: all usable")
    parser.add_argument("--runs", type=positive, default=5, help="runs of each system; default: 5")
    parser.add_argument("--n", type=positive, help="in place of each workload's own count")
    parser.add_argument("--python", default=sys.executable, help="for coroutine bodies and asyncio")
    parser.add_argument("--json", action="store_true", help="the JSON objects only, no table")
    parser.add_argument("--save", type=Path, metavar="FILE", help="keep as a baseline")
    parser.add_argument("--compare", type=Path, metavar="FILE", help="compare with a baseline")
    return parser


def positive(text: str) -> int:
    """An argument that counts something."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return value


def split(values: Sequence[str]) -> list[str]:
    """Names separated by spaces or commas, each once."""
    return list(dict.fromkeys(name for value in values for name in value.split(",") if name))


def select(patterns: Sequence[str]) -> list[Workload]:
    """The workloads that the patterns name, in the order of the catalog.

    Raises:
        Unavailable: A pattern names none.
    """
    names: set[str] = set()
    for pattern in patterns:
        found = fnmatch.filter(WORKLOADS, "*" if pattern == "all" else pattern)
        if not found:
            raise Unavailable(f"no workload {pattern!r}: choose from {', '.join(WORKLOADS)}")
        names.update(found)
    if not names:
        raise Unavailable("name a workload, or `all`, before the options; --list has them")
    return [workload for name, workload in WORKLOADS.items() if name in names]


def show_list() -> None:
    """One line a workload."""
    width = max(map(len, WORKLOADS))
    for name, workload in WORKLOADS.items():
        print(f"{name.ljust(width)}  {workload.text}")


def run(options: argparse.Namespace) -> int:
    """Measures; the exit status is 1 when a run failed."""
    workloads = select(split(options.workload))
    baseline = report.load(options.compare) if options.compare else []
    bodies = split(options.body or ["native"])
    systems = choose([] if bodies == ["none"] else bodies, split(options.peer), options.python)
    schedulers = options.schedulers or len(os.sched_getaffinity(0))
    failures: list[str] = []

    def failed(text: str) -> None:
        failures.append(text)
        print(f"failed: {text}", file=sys.stderr, flush=True)

    measurements: list[Measurement] = []
    for m in measure(systems, workloads, options.runs, schedulers, options.n, failed):
        measurements.append(m)
        print(m.to_json(), flush=True)
    if options.save:
        report.save(options.save, measurements)
    if not options.json and measurements:
        print()
        print(report.table(measurements, baseline))
    return 1 if failures else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Exit status 2: what was asked for cannot be measured, and why."""
    options = make_parser().parse_args(arguments)
    if options.list:
        show_list()
        return 0
    try:
        return run(options)
    except (Unavailable, OSError, ValueError) as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
