# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""iter and next, and the functions that iterate."""


def main():
    it = iter([1, 2, 3])
    print(next(it), next(it), list(it), next(it, "end"), list(it))  # expect: 1 2 [3] end []
    try:
        next(it)
    except StopIteration as error:
        print("StopIteration", error.args)  # expect: StopIteration ()
    print(list(zip([1, 2, 3], "ab")), list(zip()), list(zip([1])), list(enumerate("ab", 5)), list(reversed([1, 2, 3])))
    # expect: [(1, 'a'), (2, 'b')] [] [(1,)] [(5, 'a'), (6, 'b')] [3, 2, 1]
    print(list(zip("ab", [1, 2], strict=True)), dict(zip("ab", (1, 2))), [*map(str, (1, 2))], [*filter(None, [0, 1, "", "x"])])
    # expect: [('a', 1), ('b', 2)] {'a': 1, 'b': 2} ['1', '2'] [1, 'x']
    try:
        list(zip("ab", [1], strict=True))
    except ValueError as error:
        print(error)  # expect: zip() argument 2 is shorter than argument 1
    pairs = zip("abcd", range(4))
    print(next(pairs), list(pairs), list(map(lambda a, b: a + b, [1, 2], [10, 20, 30])), "".join(reversed("abc")))
    # expect: ('a', 0) [('b', 1), ('c', 2), ('d', 3)] [11, 22] cba
    it = iter("abc")
    print([a + b for a, b in zip(it, it)], next(it, None), next(iter({}), "empty"), next(iter({"k": 1})))
    # expect: ['ab'] None empty k
    print(sum([1, 2], 10), sum([[1], [2]], []), any([]), all([]), any([0, "x"]), all([1, ""]), sum([0.5, 1]), sum((True, 2)))
    # expect: 13 [1, 2] False True True False 1.5 3
    for bad in (5, None):
        try:
            iter(bad)
        except TypeError as error:
            print(error)
    # expect: 'int' object is not iterable
    # expect: 'NoneType' object is not iterable
