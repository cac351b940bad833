# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Lists: items, slices, sums."""


def main():
    items = [10, 20, 30, 40]
    print(items, items[0], items[-1], items[1:3], items[::-1], items[::2], items[-2:], items[5:], len(items))
    # expect: [10, 20, 30, 40] 10 40 [20, 30] [40, 30, 20, 10] [10, 30] [30, 40] [] 4
    print(items + [50], [1] * 3, 2 * [0, 1], [] + [], [1, 2] * 0, [1] * -1)
    # expect: [10, 20, 30, 40, 50] [1, 1, 1] [0, 1, 0, 1] [] [] []
    print(20 in items, 5 not in items, [1, 2] == [1, 2], [1, 2] < [1, 3], [1] < [1, 0], [] < [0], [2] > [1, 9])
    # expect: True True True True True True True
    print(list("abc"), list((1, 2)), list(range(3)), list({"k": 1}), list())
    # expect: ['a', 'b', 'c'] [1, 2] [0, 1, 2] ['k'] []
    print([1, [2, [3, []]]], [(), [], {}], [None, True, 1.5, "x", b"y"])
    # expect: [1, [2, [3, []]]] [(), [], {}] [None, True, 1.5, 'x', b'y']
    items[1] = "two"
    items[-1] = None
    print(items)  # expect: [10, 'two', 30, None]
    del items[0]
    del items[-1]
    print(items)  # expect: ['two', 30]
    for place in (2, -3):
        try:
            items[place]
        except IndexError as error:
            print(error)
    # expect: list index out of range
    # expect: list index out of range
    try:
        items[5] = 1
    except IndexError as error:
        print(error)  # expect: list assignment index out of range
    try:
        del items[5]
    except IndexError as error:
        print(error)  # expect: list assignment index out of range
    try:
        items["0"]
    except TypeError as error:
        print(error)  # expect: list indices must be integers or slices, not str
    print([0.5, 1][True], hash((1, 2)) == hash((1, 2)), bool([]), bool([[]]))  # expect: 1 True False True
