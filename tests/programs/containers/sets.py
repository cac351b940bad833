# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Sets: members once, operators and methods."""


def main():
    a, b = {1, 2, 3}, {3, 4}
    print(sorted(a | b), sorted(a & b), sorted(a - b), sorted(a ^ b), len(a), 2 in a, 5 in a)
    # expect: [1, 2, 3, 4] [3] [1, 2] [1, 2, 4] 3 True False
    print(a < {1, 2, 3, 4}, a <= a, a < a, {1} > set(), a.isdisjoint({9}), a.issubset([1, 2, 3]), a.issuperset((1,)))
    # expect: True True False True True True True
    print(sorted(a.union([5], (6,))), sorted(a.intersection([1, 9])), sorted(a.difference([1], [2])), sorted(a.symmetric_difference([1, 7])))
    # expect: [1, 2, 3, 5, 6] [1] [3] [2, 3, 7]
    print(a.add(10), a.discard(99), a.remove(1), sorted(a), a.update([7, 8], "x"), len(a), a.pop() in {2, 3, 10, 7, 8, "x"})
    # expect: None None None [2, 3, 10] None 6 True
    a = {1, 2, 3, 4}
    a &= {2, 3, 4}
    a |= {9}
    a -= {4}
    a ^= {9, 11}
    print(sorted(a), a.intersection_update([2, 3]), sorted(a), a.difference_update([3]), a, a.clear(), a)
    # expect: [2, 3, 11] None [2, 3] None set() None set()
    print(set("hello") == set("olleh"), sorted({n % 3 for n in range(10)}), {1, 1.0, True}, set([1]) == frozenset([1]), set())
    # expect: True [0, 1, 2] {1} True set()
    print({()}, {"only"}, {None}, {frozenset({1})}, frozenset(), frozenset({1}))
    # expect: {()} {'only'} {None} {frozenset({1})} frozenset() frozenset({1})
    for bad in ("add", "remove", "pop", "in"):
        try:
            if bad == "add":
                {1}.add([])
            elif bad == "remove":
                {1}.remove(2)
            elif bad == "pop":
                set().pop()
            else:
                print([] in {1})
        except (TypeError, KeyError) as error:
            print(type(error).__name__, error)
    # expect: TypeError unhashable type: 'list'
    # expect: KeyError 2
    # expect: KeyError 'pop from an empty set'
    # expect: TypeError unhashable type: 'list'
    try:
        {1} | [2]
    except TypeError as error:
        print(error)  # expect: unsupported operand type(s) for |: 'set' and 'list'
