# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Augmented assignments change in place what can change."""


def main():
    n = 10
    n += 5
    n -= 1
    n *= 3
    n //= 4
    n **= 2
    n %= 37
    n <<= 4
    n >>= 1
    n |= 3
    n &= 0xFE
    n ^= 0xFF
    print(n)  # expect: 45
    f = 7
    f /= 2
    print(f)  # expect: 3.5
    a = b = [1]
    a += (2, 3)
    a *= 2
    print(b, a is b)  # expect: [1, 2, 3, 1, 2, 3] True
    t = u = (1,)
    t += (2,)
    print(t, u)  # expect: (1, 2) (1,)
    s = "ab"
    s += "c"
    s *= 2
    print(s)  # expect: abcabc
    x = y = {1, 2}
    x |= {3}
    x -= {1}
    print(y)  # expect: {2, 3}
    d = {"n": 1, "l": []}
    d["n"] += 1
    d["l"] += "xy"
    d["n"] -= 5
    print(d)  # expect: {'n': -3, 'l': ['x', 'y']}
    m = [[1, 2], [3, 4]]
    m[0][1] *= 10
    m[-1][0] += m[0][1]
    print(m)  # expect: [[1, 20], [23, 4]]
    try:
        d["missing"] += 1
    except KeyError as error:
        print(error)  # expect: 'missing'
    try:
        n += "x"
    except TypeError as error:
        print(error)  # expect: unsupported operand type(s) for +=: 'int' and 'str'
