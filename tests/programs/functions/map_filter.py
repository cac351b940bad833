# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""map and filter with functions of all kinds."""


def square(x):
    return x * x


def main():
    print(list(map(square, range(4))), list(map(str.upper, ["a", "b"])), list(map(len, ["a", "bb"])), list(map(int, "123")))
    # expect: [0, 1, 4, 9] ['A', 'B'] [1, 2] [1, 2, 3]
    print(list(filter(lambda x: x > 1, [0, 1, 2, 3])), list(filter(str.isdigit, "a1b2")), list(filter(None, [0, [], "x"])))
    # expect: [2, 3] ['1', '2'] ['x']
    print(list(map(max, [1, 5], [3, 2])), list(map(lambda *a: a, "ab", [1, 2], (True, False))), sum(map(abs, [-1, 2])))
    # expect: [3, 5] [('a', 1, True), ('b', 2, False)] 3
    print(sorted(map(lambda p: p[::-1], [("a", 2), ("b", 1)])), dict(map(lambda k: (k, ord(k)), "ab")), max(map(len, ["x", "yy"])))
    # expect: [(1, 'b'), (2, 'a')] {'a': 97, 'b': 98} 2
    m = map(square, [1, 2, 3])
    print(next(m), list(m), list(m), any(map(bool, [0, 0])), list(map(str, (None, 1.0, True))))
    # expect: 1 [4, 9] [] False ['None', '1.0', 'True']
    try:
        list(map(lambda x: 1 // x, [1, 0]))
    except ZeroDivisionError as error:
        print(error)  # expect: integer division or modulo by zero
