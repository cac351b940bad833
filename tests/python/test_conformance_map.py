# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""CONFORMANCE.md and the docstrings of the tests say the same."""

import ast
import re
from pathlib import Path

HERE = Path(__file__).parent
ROWS = {"A": 24, "B": 22, "C": 13, "D": 23, "E": 28, "F": 17}


def rows_of_tests():
    """{(file, test): rows its docstring names}."""
    named = {}
    for path in sorted(HERE.glob("*/test_*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                rows = set(re.findall(r"\b([A-F]\d+)\b", ast.get_docstring(node) or ""))
                named[f"{path.relative_to(HERE)}::{node.name}"] = rows
    return named


def rows_of_map():
    """{row: tests it names}."""
    lines = (HERE / "CONFORMANCE.md").read_text().splitlines()
    cells = [line.split(" | ") for line in lines if re.match(r"\| [A-F]\d+ \|", line)]
    return {row[0].strip("| "): set(re.findall(r"`([^`]+\.py::\w+)`", row[2])) for row in cells}


def test_every_row_is_in_the_map():
    expected = [f"{row}{number}" for row, count in ROWS.items() for number in range(1, count + 1)]
    assert list(rows_of_map()) == expected


def test_map_names_the_tests_that_name_the_row():
    tests = rows_of_tests()
    for row, named in rows_of_map().items():
        assert named == {test for test, rows in tests.items() if row in rows}, row
