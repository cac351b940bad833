# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Comprehensions have scopes of their own."""


def main():
    n = "outer"
    print([n for n in range(3)], n)  # expect: [0, 1, 2] outer
    print([x * y for x in (1, 2) for y in (10, 20)], [(x, y) for x in range(3) for y in range(x)])
    # expect: [10, 20, 20, 40] [(1, 0), (2, 0), (2, 1)]
    print([x for x in range(10) if x % 2 if x > 3], [[c for c in w] for w in ("ab", "c")], [x if x else "zero" for x in (0, 1)])
    # expect: [5, 7, 9] [['a', 'b'], ['c']] ['zero', 1]
    print({w: len(w) for w in ("a", "bb")}, sorted({len(w) for w in ("a", "b", "cc")}), {k: v for v, k in enumerate("ab")})
    # expect: {'a': 1, 'bb': 2} [1, 2] {'a': 0, 'b': 1}
    print(sum(x * x for x in range(4)), any(x > 2 for x in range(4)), all(x < 3 for x in range(4)), max(-x for x in (1, 2)))
    # expect: 14 True False -1
    print(list(x for x in "ab"), tuple(x + 1 for x in (1, 2)), set(x % 2 for x in range(5)), ",".join(str(x) for x in range(3)))
    # expect: ['a', 'b'] (2, 3) {0, 1} 0,1,2
    functions = [lambda: i for i in range(3)]
    print([f() for f in functions], [(lambda i=i: i)() for i in range(3)])  # expect: [2, 2, 2] [0, 1, 2]
    print([y := 1, y + 1], [last := x for x in range(3)], last, [(a, b) for a, *b in ((1, 2, 3), "xy")])
    # expect: [1, 2] [0, 1, 2] 2 [(1, [2, 3]), ('x', ['y'])]
    log = []
    print([x for x in (log.append("outer") or [1, 2]) if log.append(x) is None], log)
    # expect: [1, 2] ['outer', 1, 2]
    matrix = [[1, 2, 3], [4, 5, 6]]
    print([[row[i] for row in matrix] for i in range(3)], [cell for row in matrix for cell in row if cell % 2 == 0])
    # expect: [[1, 4], [2, 5], [3, 6]] [2, 4, 6]
