# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What one operator makes for the next: floats that stay unpacked, and everything else."""

import pytest
from support import assert_same, define, image_of, names_of_opcodes

NAN, INFINITY = float("nan"), float("inf")
MIXED = [
    (1.5, 2.5, 3.5),
    (0.0, 1.5, -0.0),
    (-0.0, 0.0, 0.0),
    (3, 4, 5),
    (3, 4.5, 6),
    (2**61, 3.0, 2**61),
    (2**53 + 1, 1, 3),
    (2**53 + 1, 1.0, 3),
    (2**70, 2, 0.5),
    (1e300, 1e300, 1e-300),
    (1e-300, 1e-300, 1e300),
    (2.0**-255, 1.0, 2.0**-255),
    (INFINITY, INFINITY, 1.0),
    (NAN, 1.0, 2.0),
    (True, 2.5, False),
    (1.0, 0.0, 2.0),
    (1.0, 2.0, 0),
    (1, 0, 2.0),
    (1, 0.0, 0),
    (2.5, "x", 1.0),
    ("x", 3, 2.5),
    (2, [1], [2]),
    ((1,), 2, (2,)),
    (1.0, None, 1.0),
    (1.0, 2.0, None),
]
OPERATORS = ["+", "-", "*", "/"]
ORDERS = ["<", "<=", ">", ">="]


@pytest.mark.parametrize("second", OPERATORS)
@pytest.mark.parametrize("first", OPERATORS)
def test_result_is_an_operand(first, second):
    left = f"a {first} b {second} c" if second in "+-" else f"(a {first} b) {second} c"
    for chain in (left, f"c {second} (a {first} b)"):
        assert_same(f"def f(a, b, c):\n    return {chain}\n", *MIXED)


@pytest.mark.parametrize("first", OPERATORS)
def test_three_in_a_row(first):
    for chain in (f"(a {first} b) * c - a", f"a - (b {first} c) * b", f"a / (c / (a {first} b))"):
        assert_same(f"def f(a, b, c):\n    return {chain}\n", *MIXED)


@pytest.mark.parametrize("order", ORDERS)
def test_result_is_compared(order):
    text = f"""
def f(a, b, c):
    if a * b {order} c:
        return 1
    while not a + b {order} c:
        return 2
    return a - b {order} c, c {order} a - b
"""
    assert_same(text, *MIXED)


def test_result_is_added_in_place():
    text = """
def f(a, b, c):
    s = c
    for _ in range(3):
        s += a * b
    t = a - b
    t += c
    s -= a * b
    s *= a / b
    return s, t
"""
    assert_same(text, *MIXED)


def test_exception_in_the_middle_leaves_what_was_there():
    text = """
def f(a, b, c):
    x = y = None
    try:
        x = a * b
        y = a / b * c
    except (ZeroDivisionError, TypeError):
        return x, y, 0
    else:
        return x, y, 1
"""
    assert_same(text, *MIXED)


def test_what_is_read_again_is_not_kept():
    text = """
def f(a, b, c):
    x = a * b
    y = x + c
    return x, y, (z := a - b) + c, z
"""
    assert_same(text, *MIXED)


def test_floats_stay_unpacked_over_the_whole_expression():
    image = image_of(define("def f(a, b, c):\n    return a * b + c / (a - b)\n")["f"])
    assert [name for name in names_of_opcodes(image) if "Keep" in name] == [
        "SubtractKeepRight",
        "TrueDivideKeepRight",
    ]
