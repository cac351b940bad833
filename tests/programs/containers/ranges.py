# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Ranges are values: items, slices, membership."""


def main():
    r = range(2, 20, 3)
    print(r, len(r), r[0], r[-1], r[1:3], r[::-1], list(r), 5 in r, 6 in r, r.index(8), r.count(5))
    # expect: range(2, 20, 3) 6 2 17 range(5, 11, 3) range(17, -1, -3) [2, 5, 8, 11, 14, 17] True False 2 1
    print(list(range(5)), list(range(5, 0, -2)), list(range(0)), list(range(3, 3)), range(0, 10, 2)[1:], range(10)[::3])
    # expect: [0, 1, 2, 3, 4] [5, 3, 1] [] [] range(2, 10, 2) range(0, 10, 3)
    print(range(3) == range(0, 3, 1), range(0) == range(5, 5), range(0, 3, 2) == range(0, 4, 2), range(2) == [0, 1])
    # expect: True True True False
    print(r.start, r.stop, r.step, sum(range(101)), max(range(5)), min(range(-3, 3)), sorted(range(3), reverse=True))
    # expect: 2 20 3 5050 4 -3 [2, 1, 0]
    print(range(2**60)[-1], 2**59 in range(2**60), range(2**70, 2**70 + 2)[1] == 2**70 + 1, len(range(-(2**40), 2**40)))
    # expect: 1152921504606846975 True True 2199023255552
    print(hash(range(3)) == hash(range(0, 3)), bool(range(0)), [*reversed(range(4))], {range(2): "key"}[range(0, 2)])
    # expect: True False [3, 2, 1, 0] key
    for bad in ((0, 5, 0), (1.5,)):
        try:
            range(*bad)
        except (ValueError, TypeError) as error:
            print(error)
    # expect: range() arg 3 must not be zero
    # expect: 'float' object cannot be interpreted as an integer
    try:
        range(3)[3]
    except IndexError as error:
        print(error)  # expect: range object index out of range
    try:
        range(3).index(7)
    except ValueError as error:
        print(error)  # expect: 7 is not in range
