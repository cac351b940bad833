# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Tuples do not change."""


def main():
    one = (1, "two", [3])
    print(one, one[0], one[-1], one[:2], one[::-1], len(one), (), (1,), 1 in one, "x" in one)
    # expect: (1, 'two', [3]) 1 [3] (1, 'two') ([3], 'two', 1) 3 () (1,) True False
    print(one + (4,), (0,) * 3, (1, 2) < (1, 3), (1,) < (1, 0), () < (0,), (1, 2) == (1, 2), (1, 2) == [1, 2])
    # expect: (1, 'two', [3], 4) (0, 0, 0) True True True True False
    one[2].append(4)
    print(one, tuple("ab"), tuple([1, 2]), tuple(), tuple(one) == one)
    # expect: (1, 'two', [3, 4]) ('a', 'b') (1, 2) () True
    print(one.count(1), one.index("two"), {(1, 2): "key"}[1, 2], hash((1, (2, 3))) == hash((1, (2, 3))))
    # expect: 1 1 key True
    try:
        one[0] = 5
    except TypeError as error:
        print(error)  # expect: 'tuple' object does not support item assignment
    try:
        one.index("none")
    except ValueError as error:
        print(error)  # expect: tuple.index(x): x not in tuple
    try:
        hash(one)
    except TypeError as error:
        print(error)  # expect: unhashable type: 'list'
    try:
        one[2] += [5]
    except TypeError as error:
        print(error)  # expect: 'tuple' object does not support item assignment
    print(one)  # expect: (1, 'two', [3, 4, 5])
    a = 1, 2
    b = *a, 3
    print(a, b, (*a, *b), max(a, b), sum(b), sorted(b, reverse=True))
    # expect: (1, 2) (1, 2, 3) (1, 2, 1, 2, 3) (1, 2, 3) 6 [3, 2, 1]
