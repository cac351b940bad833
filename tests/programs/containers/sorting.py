# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Sorting is stable, with keys and in reverse."""


def main():
    words = ["pear", "fig", "apple", "date", "kiwi"]
    print(sorted(words), sorted(words, key=len), sorted(words, key=len, reverse=True))
    # expect: ['apple', 'date', 'fig', 'kiwi', 'pear'] ['fig', 'pear', 'date', 'kiwi', 'apple'] ['apple', 'pear', 'date', 'kiwi', 'fig']
    print(sorted(words, key=lambda w: (w[-1], w)), sorted(words, key=str.upper)[0], sorted(words, reverse=True))
    # expect: ['apple', 'date', 'fig', 'kiwi', 'pear'] apple ['pear', 'kiwi', 'fig', 'date', 'apple']
    numbers = [3, 1.5, True, -2, 2**70, 0]
    numbers.sort()
    print(numbers)  # expect: [-2, 0, True, 1.5, 3, 1180591620717411303424]
    numbers.sort(reverse=True)
    print(numbers, numbers.sort(key=abs), numbers)
    # expect: [0, True, 1.5, -2, 3, 1180591620717411303424] None [0, True, 1.5, -2, 3, 1180591620717411303424]
    pairs = [(1, "b"), (0, "z"), (1, "a"), (0, "y")]
    print(sorted(pairs), sorted(pairs, key=lambda p: p[0]), sorted(pairs, key=lambda p: p[0], reverse=True))
    # expect: [(0, 'y'), (0, 'z'), (1, 'a'), (1, 'b')] [(0, 'z'), (0, 'y'), (1, 'b'), (1, 'a')] [(1, 'b'), (1, 'a'), (0, 'z'), (0, 'y')]
    print(sorted("hello"), sorted({"b": 1, "a": 2}), sorted((3, 1, 2)), sorted([]), sorted([[2], [1, 5], [1]]))
    # expect: ['e', 'h', 'l', 'l', 'o'] ['a', 'b'] [1, 2, 3] [] [[1], [1, 5], [2]]
    try:
        sorted([1, "a"])
    except TypeError as error:
        print(error)  # expect: '<' not supported between instances of 'str' and 'int'
    try:
        sorted([None, None])
    except TypeError as error:
        print(error)  # expect: '<' not supported between instances of 'NoneType' and 'NoneType'
    try:
        sorted([1, 2], key=lambda v: 1 // (v - 2))
    except ZeroDivisionError as error:
        print(error)  # expect: integer division or modulo by zero
    print(min(words, key=len), max(words, key=len), min([3, 1, 2]), max("abc"), min(5, 2), max([], default="none"))
    # expect: fig apple 1 c 2 none
