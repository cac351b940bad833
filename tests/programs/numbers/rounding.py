# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""round, int and the functions of math that cut."""

import math


def main():
    print(round(0.5), round(1.5), round(2.5), round(-0.5), round(-1.5))  # expect: 0 2 2 0 -2
    print(round(2.675, 2), round(1.005, 2), round(1234.5678, -2), round(1234.5678, 0))
    # expect: 2.67 1.0 1200.0 1235.0
    print(round(15, -1), round(25, -1), round(-15, -1), round(12345678901234567890, -5))
    # expect: 20 20 -20 12345678901234600000
    print(round(7), round(7, 3), type(round(2.0)), type(round(2.0, 1)), round(True))
    # expect: 7 7 <class 'int'> <class 'float'> 1
    print(int(2.9), int(-2.9), int(1e20), int("7"))  # expect: 2 -2 100000000000000000000 7
    print(math.floor(-2.5), math.ceil(-2.5), math.trunc(-2.5), math.floor(3), math.ceil(2.0000001))
    # expect: -3 -2 -2 3 3
    print(round(1e300, 2) == 1e300, round(0.1, 400), round(5e-324, 323))  # expect: True 0.1 0.0
    for bad in (float("nan"), float("inf")):
        try:
            print(round(bad))
        except (ValueError, OverflowError) as error:
            print(error)
    # expect: cannot convert float NaN to integer
    # expect: cannot convert float infinity to integer
