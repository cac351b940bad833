# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""The flight recorder as Python reaches it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

import pyvm
from pyvm import _core, receive, spawn

needs_recorder = pytest.mark.skipif(
    not _core.has_flight_recorder(), reason="this build has no flight recorder"
)


async def once() -> None:
    await receive("go")


async def main(path: str) -> list[pyvm.Pid]:
    pids = []
    for _ in range(3):
        pid, ref = spawn(once, monitor=True)
        pyvm.send(pid, "go")
        await receive(("DOWN", ref, "process", pid, ...))
        pids.append(pid)
    await pyvm.sleep(0.001)
    _core.dump_flight_recorder(path)
    return pids


def test_a_dump_always_says_something(tmp_path: Path) -> None:
    path = tmp_path / "flight"
    _core.dump_flight_recorder(str(path))
    assert path.read_text().startswith("flight recorder")
    with pytest.raises(FileNotFoundError, match="missing"):
        _core.dump_flight_recorder(str(tmp_path / "missing" / "flight"))


@needs_recorder
def test_it_has_what_the_schedulers_did(tmp_path: Path) -> None:
    path = tmp_path / "flight"
    pids = pyvm.run(main, str(path))
    text = path.read_text()
    for pid in pids:
        for event in ("spawn", "slice begin", "slice end", "exit"):
            assert f"{event} {pid}" in text
    assert "timer <0." in text
    assert "python scheduler" in text
    assert "native scheduler 0" in text


@needs_recorder
def test_seeded_runs_leave_the_same_record(tmp_path: Path) -> None:
    texts = []
    for number in range(2):
        path = tmp_path / f"flight{number}"
        pyvm.run(main, str(path), seed=7)
        lines = path.read_text().splitlines()
        texts.append([line for line in lines if "scheduler" not in line])  # when it slept is the OS's
    assert texts[0] == texts[1]


@needs_recorder
@pytest.mark.unsanitized  # they have handlers of their own
def test_a_fatal_signal_dumps_and_stays_fatal(tmp_path: Path) -> None:
    program = (
        "import faulthandler, os, signal, pyvm; faulthandler.enable(); pyvm.start();"
        "pyvm._core.install_crash_handler(); os.kill(os.getpid(), signal.SIGSEGV)"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == -signal.SIGSEGV
    at = [done.stderr.index(text) for text in ("fatal signal 11", "flight recorder", "Current thread")]
    assert at == sorted(at)
