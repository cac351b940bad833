# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""The `pyvm` command, run as a user runs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import pyvm

SCRIPT = """
import sys
import neighbour
import pyvm
from pyvm import receive, send, spawn

@pyvm.process
async def echo():
    match await receive():
        case ("say", word, who):
            send(who, word + neighbour.MARK)

def main(*arguments):
    @pyvm.process
    async def ask(pid):
        send(pid, ("say", arguments[0], pyvm.self()))
        match await receive():
            case str(word):
                print(word)
        match await receive():
            case ("done?", who):
                send(who, True)
    spawn(ask, spawn(echo)).call("done?")
    print(__name__, sys.argv[1:])
    return len(arguments)
"""


def run_pyvm(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the command in a directory of its own, so that no checkout is on the path."""
    command = [sys.executable, "-m", "pyvm", *arguments]
    return subprocess.run(
        command, cwd=directory, capture_output=True, text=True, timeout=100, check=False
    )


@pytest.fixture
def script(tmp_path: Path) -> Path:
    folder = tmp_path / "scripts"
    folder.mkdir()
    (folder / "neighbour.py").write_text("MARK = '!'\n")
    path = folder / "talk.py"
    path.write_text(SCRIPT)
    return path


def test_run_calls_main_on_the_runtime_with_the_arguments(script: Path, tmp_path: Path) -> None:
    done = run_pyvm(tmp_path, "run", str(script), "hello", "--flag")
    assert done.stderr == ""
    assert done.stdout == "hello!\ntalk ['hello', '--flag']\n"


def test_an_int_from_main_is_the_exit_status(script: Path, tmp_path: Path) -> None:
    assert run_pyvm(tmp_path, "run", str(script), "a", "b", "c").returncode == 3


def test_a_script_without_main_is_told_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "empty.py").write_text("")
    done = run_pyvm(tmp_path, "run", "empty.py")
    assert (done.returncode, done.stderr) == (
        2,
        "pyvm run: empty.py defines no main(); `pyvm run` calls it\n",
    )


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    done = run_pyvm(tmp_path, "run", "nowhere.py")
    assert (done.returncode, done.stderr) == (2, "pyvm run: no such file: nowhere.py\n")


def test_info_tells_version_and_headers(tmp_path: Path) -> None:
    lines = dict(
        line.split(": ", 1) for line in run_pyvm(tmp_path, "info").stdout.strip().splitlines()
    )
    assert lines["version"] == pyvm.__version__
    assert lines["include"] == pyvm.get_include()
    assert int(lines["hardware threads"]) >= 1
