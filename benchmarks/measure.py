# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Runs systems alternately, each run in a system process of its own, and checks their answers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.catalog import Workload
from benchmarks.systems import System

TIMEOUT_S = 300.0


@dataclass(frozen=True)
class Measurement:
    """One metric of one run."""

    workload: str
    system: str
    body: str
    params: dict[str, int]
    metric: str
    unit: str
    value: float
    run: int

    @property
    def label(self) -> str:
        """The system as tables call it."""
        return f"{self.system} {self.body}".strip()

    def to_json(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self))


class RunFailed(Exception):
    """A run ended badly, or its answer is not the one the others gave."""


def run_once(
    system: System, workload: str, params: dict[str, int], schedulers: int
) -> dict[str, Any]:
    """One run in its own system process; gives its result line.

    Raises:
        RunFailed: It took longer than TIMEOUT_S, ended with an error, or printed no result.
    """
    command = system.command(workload, schedulers) + [f"{k}={v}" for k, v in params.items()]
    environment = {**os.environ, "PYTHONHASHSEED": "0", **system.environment(schedulers)}
    process = subprocess.Popen(
        command,
        env=environment,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        out, err = process.communicate(timeout=TIMEOUT_S)
    except BaseException as error:
        os.killpg(process.pid, signal.SIGKILL)  # its own session: nothing else is in it
        process.wait()
        if isinstance(error, subprocess.TimeoutExpired):
            raise RunFailed(f"no result within {TIMEOUT_S:.0f} s") from None
        raise
    if process.returncode != 0:
        raise RunFailed(f"exit status {process.returncode}: {err.strip()[-800:]}")
    lines = [line for line in out.splitlines() if line.startswith("{")]
    if not lines:
        raise RunFailed(f"no result line: {(out + err)[-800:]}")
    result: dict[str, Any] = json.loads(lines[-1])
    return result


def measure(
    systems: Sequence[System],
    workloads: Sequence[Workload],
    runs: int,
    schedulers: int,
    n: int | None,
    failed: Callable[[str], None],
) -> Iterator[Measurement]:
    """Measures every workload on every system that has it, system after system, run by run.

    Args:
        systems: Prepared systems.
        workloads: What to run.
        runs: How often.
        schedulers: Threads for each system that can have several.
        n: In place of the count of each workload.
        failed: Told of each run that failed, in words; the others go on.
    """
    for workload in workloads:
        checks: dict[str, tuple[str, str]] = {}  # by parameters: who ran first, its check
        for run in range(1, runs + 1):
            for system in systems:
                if not system.has(workload.name):
                    continue
                params = workload.params(system.event_loop, n)
                try:
                    result = run_once(system, workload.name, params, schedulers)
                    key = json.dumps(params)
                    first, check = checks.setdefault(key, (system.label, result["check"]))
                    if result["check"] != check:
                        raise RunFailed(f"check is {result['check']}, {first} had {check}")
                except RunFailed as error:
                    failed(f"{workload.name}, {system.label}, run {run}: {error}")
                    continue
                for metric, unit, value in result["metrics"]:
                    yield Measurement(
                        workload.name,
                        system.name,
                        system.body,
                        {**params, "schedulers": schedulers},
                        metric,
                        unit,
                        value,
                        run,
                    )
