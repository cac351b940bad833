# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What itertools makes of finite things."""

import itertools as it


def main():
    print(list(it.accumulate([1, 2, 3, 4])), list(it.accumulate([3, 1, 2], max)), list(it.accumulate([1, 2], initial=10)))
    # expect: [1, 3, 6, 10] [3, 3, 3] [10, 11, 13]
    print(list(it.chain([1], "ab", ())), list(it.chain.from_iterable([[1], [2, 3]])), list(it.repeat("x", 3)))
    # expect: [1, 'a', 'b'] [1, 2, 3] ['x', 'x', 'x']
    print(list(it.combinations("abc", 2)), list(it.combinations_with_replacement("ab", 2)), list(it.permutations([1, 2, 3], 2)))
    # expect: [('a', 'b'), ('a', 'c'), ('b', 'c')] [('a', 'a'), ('a', 'b'), ('b', 'b')] [(1, 2), (1, 3), (2, 1), (2, 3), (3, 1), (3, 2)]
    print(list(it.product("ab", [1, 2])), list(it.product([0, 1], repeat=2)), list(it.starmap(pow, [(2, 3), (3, 2)])))
    # expect: [('a', 1), ('a', 2), ('b', 1), ('b', 2)] [(0, 0), (0, 1), (1, 0), (1, 1)] [8, 9]
    print(list(it.compress("abcd", [1, 0, 1, 1])), list(it.dropwhile(lambda x: x < 3, [1, 3, 2])), list(it.takewhile(lambda x: x < 3, [1, 3, 2])))
    # expect: ['a', 'c', 'd'] [3, 2] [1]
    print(list(it.filterfalse(lambda x: x % 2, range(5))), list(it.islice("abcdef", 1, 5, 2)), list(it.islice([1, 2, 3], 2)))
    # expect: [0, 2, 4] ['b', 'd'] [1, 2]
    print(list(it.pairwise([1, 2, 3])), list(it.zip_longest("ab", [1], fillvalue="-")), [(k, list(g)) for k, g in it.groupby("aabccc")])
    # expect: [(1, 2), (2, 3)] [('a', 1), ('b', '-')] [('a', ['a', 'a']), ('b', ['b']), ('c', ['c', 'c', 'c'])]
    a, b = it.tee([1, 2])
    print(list(a), list(b), [(k, len(list(g))) for k, g in it.groupby([1, 3, 2, 4], key=lambda n: n % 2)])
    # expect: [1, 2] [1, 2] [(1, 2), (0, 2)]
