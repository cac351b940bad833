# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""reduce, partial and the functions of operator."""

import functools
import operator
from functools import partial, reduce


def power(base, exponent):
    return base**exponent


def main():
    print(reduce(operator.add, [1, 2, 3]), reduce(lambda a, b: a * b, range(1, 6)), reduce(operator.add, [], "start"))
    # expect: 6 120 start
    print(partial(power, 2)(10), partial(power, exponent=2)(9), partial(power)(2, 3), functools.partial(max, 5)(3, 9))
    # expect: 1024 81 8 9
    print(operator.itemgetter(1)([10, 20]), operator.itemgetter("k", "l")({"k": 1, "l": 2}), operator.mul(6, 7))
    # expect: 20 (1, 2) 42
    print(sorted([(1, "b"), (2, "a")], key=operator.itemgetter(1)), operator.neg(5), operator.contains([1], 1), operator.not_(0))
    # expect: [(2, 'a'), (1, 'b')] -5 True True
    print(operator.floordiv(7, 2), operator.and_(6, 3), operator.lt(1, 2), operator.is_(None, None), operator.truth([]))
    # expect: 3 2 True True False
    try:
        reduce(operator.add, [])
    except TypeError as error:
        print(error)  # expect: reduce() of empty iterable with no initial value
