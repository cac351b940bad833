# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""match over values."""

import pytest
from support import assert_same

SUBJECTS = [
    0, 1, True, None, 2.0, "x", "abc", b"x", (), (1,), [1, 2], (1, 2, 3), [1, [2, 3]], {"a": 1},
    {"a": 1, "b": [2]}, {}, ("add", 1, 2), ["quit"], 5, -1, {"k": None}, ValueError("v"),
]  # fmt: skip
CASES = [
    "1: r = 'one'",
    "-1: r = 'minus'",
    "None: r = 'none'",
    "True: r = 'true'",
    "'x' | 'y': r = 'xy'",
    "b'x': r = 'bytes'",
    "2.0: r = 'float'",
    "[]: r = 'empty'",
    "[x]: r = x",
    "[x, y]: r = x, y",
    "(1, *rest): r = rest",
    "[*_, last]: r = last",
    "[first, *_]: r = first",
    "[_, _]: r = 'two'",
    "[*all]: r = all",
    "[1, [x, y]] | [1, x, y]: r = x, y",
    "{'a': x}: r = x",
    "{'a': 1, **rest}: r = rest",
    "{'a': 1, 'b': [y]}: r = y",
    "{}: r = 'dict'",
    "{'k': None}: r = 'k'",
    "int(): r = 'int'",
    "int(x) | float(x): r = x",
    "str() as s: r = s",
    "bool(x): r = x",
    "list((1, 2) as pair): r = pair".replace("(1, 2)", "[1, 2]"),
    "tuple([x, *_]): r = x",
    "(int(x), y) if x < y: r = x",
    "x if isinstance(x, int) and x > 3: r = x",
    "('add', int(x), int(y)): r = x + y",
    "ValueError(): r = 'error'",
    "ValueError(args=(x,)): r = x",
    "LIMIT.x: r = 'dotted'".replace("LIMIT.x", "math.pi"),
    "_: r = 'any'",
    "subject: r = 'rebound', subject",
]


@pytest.mark.parametrize("case", CASES)
def test_a_case_takes_the_same(case):
    pattern, _, body = case.rpartition(": ")
    source = f"def f(subject):\n r = 0\n match subject:\n  case {pattern}:\n   {body}\n return r\n"
    assert_same(source, *[(subject,) for subject in SUBJECTS])


@pytest.mark.parametrize("subject", ["range(0)", "range(1, 2)", "range(2)", "range(5, 0, -1)"])
def test_ranges_are_sequences(subject):
    for case in CASES:
        pattern, _, body = case.rpartition(": ")
        lines = f" r, subject = 0, {subject}\n match subject:\n  case {pattern}:\n   {body}\n"
        assert_same(f"def f():\n{lines} return r\n")


def test_the_first_case_that_matches_runs():
    lines = "".join(
        f"  case {case.rpartition(': ')[0]}:\n   {case.rpartition(': ')[2]}\n"
        for case in CASES[:-2]
    )
    source = f"def f(subject):\n r = x = 0\n match subject:\n{lines} return r, x\n"
    assert_same(source, *[(subject,) for subject in SUBJECTS])


@pytest.mark.parametrize(
    "case",
    [
        "subject if not subject", "[subject, *_] if subject == 2", "[subject, 5]", "(x, y) if (x := 5) == y",
        "int(subject) if subject > 4", "[x, y] if x == y",
    ],
)  # fmt: skip
def test_what_a_failed_case_binds(case):
    source = (
        f"def f(subject):\n x = 7\n match subject:\n  case {case}:\n   return 'a', x\n"
        "  case [x, 2]:\n   return 'b', x\n  case other:\n   return 'c', other, x\n"
    )
    assert_same(source, *[(subject,) for subject in SUBJECTS])


RECORDS = """
from dataclasses import dataclass
import enum

class Kind(enum.Enum):
    A = 1
    B = 2

@dataclass(frozen=True)
class Point:
    x: int
    y: int = 0

@dataclass(frozen=True)
class Three(Point):
    z: int = 0

def f(n):
    seen = []
    for value in [Point(1, 2), Three(1, 2, 3), Kind.A, Kind.B, n]:
        match value:
            case Three(x, z=3):
                seen.append(("three", x))
            case Point(1, y):
                seen.append(("point", y))
            case Kind.A:
                seen.append("A")
            case Kind():
                seen.append("kind")
            case _:
                seen.append("other")
    return seen
"""


def test_records_and_enums():
    assert_same(RECORDS, (1,))
