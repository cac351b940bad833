# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Operators, conditions, calls and displays mean what they mean in CPython."""

import pytest
from support import assert_same

NUMBERS = [(7, 2), (-7, 2), (7, -2), (0, 3), (2.5, 2), (7, 0.5), (True, 3), (2**70, 3), (5, 0)]
EXPRESSIONS = [
    # What is asked of a set may be a set; the first that is no iterable is named; what is reversible.
    "{1} in {frozenset([1])}, {1} not in frozenset([2])", "[] in {1}", "zip(1, False)", "zip(False, 1)",
    "reversed(5)", "reversed({1})", "list(reversed({1: 2}))", "list(reversed(range(3)))",
    *(
        f"a {op} b"
        for op in [
            "+",
            "-",
            "*",
            "/",
            "//",
            "%",
            "&",
            "|",
            "^",
            "==",
            "!=",
            "<",
            "<=",
            ">",
            ">=",
            "<<",
            ">>",
        ]
    ),
    "a ** 2, 2 ** b",
    "-a, +a, not a",
    "~a",
    "a + 1, a - 1, a + -1, a - -1, a + 40000, a - 32768, a - 32769",
    "1 < a < b, a < b < 10, a == b == 0, a != 1 != b",
    "a is None, a is not None, None is None",
    "a and b, a or b, not a and b, a and (b or 1), (a or b) and 5",
    "a if b else -a, 1 if a < b else 2 if a == b else 3",
    "a if a > b and b >= 0 or a == 7 else None",
    "(a, b), [a, b], {a: b}, {a, b}, (), [], {}",
    "(*[a, b], a), [*(a, b), *[1]], {*[a, b], 1}, {**{a: 1}, a: 2, 'k': b}",
    "[1, *a]",
    "{**{1: 2}, **5}",
    "f'{a} {b!r:>8} {a:{b}} {a=}' f''",
    "f'{a:d}'",
    "f''",
    "str(a) + repr(b), abs(a), max(a, b), min([a, b]), round(a), divmod(a, b)",
    "(1, 2.0, 'x', b'y', None, True, -1, -0.0, (1, (2,)))",
    "(x := a) + x, x",
    "a + (a := 5), a",
    "[a, (a := 3), a, (lambda: a)()]",
    "a in (1, 7), a not in [b], 'x' in {'x': 1}",
    "'x' in 'axb', a in 5",
    "(a < b) is True",
    "a < 'x'",
    "a > 'x'",
    "a >= 'x'",
    "'x' - 1",
    "math.gcd(12, 18, a), math.gcd(), math.gcd(2**70, 2**65), math.gcd(1.5)",
    "'x' + 1",
    "[] + ()",
    "len(a)",
    "a if (b > 1 and not a < 2) else (b if not (a or b) else 0)",
    "1 if not (0 < a < 10) else 2",
    "1 if 0 < a < b < 10 or a == b != 3 else 2",
    "isinstance(a, int), isinstance(a, (int, str)), isinstance(a, bool)",
    "isinstance(a, int | None), isinstance(None, str | int | None), isinstance(b, float | (int | str))",
    "isinstance(a, int | 5)",
    "dict(x=a, y=b), dict(), dict([(1, a)])",
    "math.pi, math.sqrt(abs(a)), math.gcd(4, 6, 8)",
    "sorted([3, 1, 2]), sorted([3, 1, 2], reverse=True), sorted([3, -1, 2], key=abs)",
    "max([1, -5], key=abs), min([], default=7), sum([a, b], 10), sum([a, b], start=10)",
    "'a-b-c'.split('-', 1), 'a-b-c'.split('-', maxsplit=1), ','.join(['x', 'y'])",
    "list(map(str, [a, b])), list(zip([1], [2])), list(enumerate('ab', start=1))",
    "(lambda x, y=2: x * y)(3), (lambda: 5)(), (lambda *, k=1: k)(k=4)",
    "int('12'), int('ff', 16), int('ff', base=16), float('2.5'), bool([]), tuple('ab')",
    "[1, 2, 3][a]",
    "[1, 2, 3][1], 'abc'[-1], {1: 2}[1], [1, 2, 3, 4][1:3], 'abcd'[::-1], (1, 2, 3)[b:]",
    "{'a': 1}['b']",
]


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_an_expression_gives_the_same(text):
    assert_same(f"def f(a, b):\n    x = 0\n    return {text}\n", *NUMBERS)


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_a_condition_decides_the_same(text):
    for test in (
        f"if ({text})",
        f"while not ({text})",
        f"if x or ({text})",
        f"if a and not ({text})",
    ):
        assert_same(
            f"def f(a, b):\n    x = 0\n    {test}:\n        return 1\n    return 0\n", *NUMBERS
        )


ORDER = """
def f(fail):
    seen = []
    def t(name):
        seen.append(name)
        if name == fail:
            raise ValueError(name)
        return name
    def g(*, x=0, y=0):
        return x, y
    try:
        {text}
    except Exception as error:
        seen.append(repr(error))
    return seen
"""
ORDERED = [
    "t(1) + t(2) * t(3)",
    "[t(1), t(2)][t(0) * 0]",
    "{t(1): t(2), t(3): t(4)}",
    "t(1) < t(2) > t(3)",
    "t(1) < t(0) < t(3)",
    "(t(0) or t(1)) and t(2)",
    "g(y=t(1), x=t(2))",
    "[1, 2, 3, 4, 5][t(1):t(4):t(2)]",
    "[t(5)][t(1) - 1] = t(3)",
    "x = y, z = t(1), t(2)",
    "[t(1) for i in [t(2), t(3)] if t(4)]",
    "{t(1): t(2) for i in [t(3)]}",
    "f'{t(1)}{t(2):{t(3)}}'",
    "t(1) if t(2) else t(3)",
    "raise t(1) from t(2)",
    "assert t(0), t(1)",
    "[0, [0]][t(1)][t(0)] += t(4)",
    "(seen.append(t(1)), seen.extend([t(2)]))",
    "any(t(i) for i in (0, 1, 2)), all(t(i) for i in (1, 0, 2))",
]


@pytest.mark.parametrize("text", ORDERED)
def test_the_order_of_evaluation_is_pythons(text):
    assert_same(ORDER.replace("{text}", text), *[(n,) for n in range(6)])


def test_large_displays_and_calls():
    parts = ", ".join(f"a + {i}" for i in range(300))
    pairs = ", ".join(f"{i}: a" for i in range(300))
    assert_same(f"def f(a):\n    return [{parts}], ({parts}), {{{parts}}}, {{{pairs}}}\n", (1,))
