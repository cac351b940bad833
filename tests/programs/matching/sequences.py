# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Sequence patterns take lists and tuples, never text."""


def shape(value):
    match value:
        case []:
            return "empty"
        case [x]:
            return ("one", x)
        case (0, *rest):
            return ("zero", rest)
        case [first, *_, last] if first == last:
            return ("framed", first)
        case [x, y, *rest]:
            return (x, y, rest)
        case _:
            return "no sequence"


def main():
    print([shape(v) for v in ([], (), [1], (1,), [0, 1, 2], (0, 0), "ab", b"ab", 5, None)])
    # expect: ['empty', 'empty', ('one', 1), ('one', 1), ('zero', [1, 2]), ('zero', [0]), 'no sequence', 'no sequence', 'no sequence', 'no sequence']
    print(shape([1, 2, 1]), shape((1, 2)), shape([1, 2, 3, 4]), shape({1, 2}), shape({1: 2}))
    # expect: ('framed', 1) (1, 2, []) (1, 2, [3, 4]) no sequence no sequence
    match [1, [2, [3, [4]]]]:
        case [a, [b, [c, [d]]]]:
            print(a, b, c, d)  # expect: 1 2 3 4
    match (1, "a", None):
        case (int(), str(), None):
            print("typed")  # expect: typed
    match [[1, 2], [3, 4]]:
        case [[a, *_], [*_, d]]:
            print(a, d)  # expect: 1 4
    match (1, 2, 3, 4, 5):
        case (a, *middle, z):
            print(a, middle, z, type(middle).__name__)  # expect: 1 [2, 3, 4] 5 list
