# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""The example programs with compiled bodies run as a user runs them, and check their own results."""

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[3] / "examples"


def run(name, *arguments):
    command = [sys.executable, "-P", str(EXAMPLES / f"{name}.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize(("size", "solutions"), [(0, "1"), (1, "1"), (3, "0"), (7, "40")])
def test_nqueens(size, solutions):
    result = run("nqueens", size, "--check")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith(f"{solutions} solutions")


def test_the_books_of_the_bank_balance():
    result = run("bank", "--accounts", 50, "--transfers", 2000, "--close", 10)
    assert (result.returncode, result.stderr) == (0, "")
    assert "the books balance" in result.stdout


def test_the_log_analyser_agrees_with_a_plain_loop(tmp_path):
    log = tmp_path / "access.log"
    assert run("loganalyser", "--generate", log, "--lines", 30_000).returncode == 0
    result = run("loganalyser", log, "--status", "2xx", "--top", 3, "--check")
    assert (result.returncode, result.stderr) == (0, "")
    assert "a plain loop agrees" in result.stdout
    assert "3 lines could not be read" in result.stdout


def test_a_file_that_is_not_there_is_told():
    result = run("loganalyser", "nowhere.log")
    assert result.returncode == 2
    assert "nowhere.log is no file" in result.stderr
