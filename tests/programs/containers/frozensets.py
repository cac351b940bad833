# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Frozensets are keys, and mix with sets."""


def main():
    a = frozenset([1, 2, 2, 3])
    print(len(a), 2 in a, sorted(a | {4}), sorted(a & {1}), type(a | {4}).__name__, type({4} | a).__name__)
    # expect: 3 True [1, 2, 3, 4] [1] frozenset set
    print({a: "key"}[frozenset([3, 2, 1])], a == {1, 2, 3}, hash(a) == hash(frozenset([3, 1, 2])), a < {1, 2, 3, 4})
    # expect: key True True True
    print(sorted(a - {1}), sorted(a ^ {3, 4}), a.copy() == a, a.isdisjoint([7]), {a, a} == {frozenset((1, 2, 3))})
    # expect: [2, 3] [1, 2, 4] True True True
    b = a
    b |= {9}
    print(sorted(b), sorted(a), frozenset("aab") == frozenset("ba"), bool(frozenset()), {1} in [frozenset([1])])
    # expect: [1, 2, 3, 9] [1, 2, 3] True False True
    try:
        a.add(4)
    except AttributeError as error:
        print(error)  # expect: 'frozenset' object has no attribute 'add'
