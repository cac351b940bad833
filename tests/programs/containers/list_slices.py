# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Slices of lists that are assigned and deleted."""


def main():
    items = list(range(10))
    items[2:4] = ["a", "b", "c"]
    print(items)  # expect: [0, 1, 'a', 'b', 'c', 4, 5, 6, 7, 8, 9]
    items[1:1] = [True, False]
    print(items)  # expect: [0, True, False, 1, 'a', 'b', 'c', 4, 5, 6, 7, 8, 9]
    items[5:] = []
    print(items)  # expect: [0, True, False, 1, 'a']
    items[:] = range(5)
    print(items)  # expect: [0, 1, 2, 3, 4]
    items[::2] = "xyz"
    print(items)  # expect: ['x', 1, 'y', 3, 'z']
    del items[1:3]
    print(items)  # expect: ['x', 3, 'z']
    items = list(range(10))
    del items[::3]
    print(items)  # expect: [1, 2, 4, 5, 7, 8]
    del items[::-2]
    print(items)  # expect: [1, 4, 7]
    items[-1:] = items
    print(items)  # expect: [1, 4, 1, 4, 7]
    items[10:] = [9]
    items[3:1] = ["mid"]
    print(items)  # expect: [1, 4, 1, 'mid', 4, 7, 9]
    try:
        items[::2] = [1]
    except ValueError as error:
        print(error)  # expect: attempt to assign sequence of size 1 to extended slice of size 4
    try:
        items[1:2] = 5
    except TypeError as error:
        print(error)  # expect: can only assign an iterable
    try:
        print(items[::0])
    except ValueError as error:
        print(error)  # expect: slice step cannot be zero
    print(items[-100:100], items[None:None], items[True:3])
    # expect: [1, 4, 1, 'mid', 4, 7, 9] [1, 4, 1, 'mid', 4, 7, 9] [4, 1]
