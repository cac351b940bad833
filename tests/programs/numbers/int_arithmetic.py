# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Integers grow past a machine word and come back."""


def main():
    print(2 + 3, 2 - 3, 2 * 3, -7, +7, --7)  # expect: 5 -1 6 -7 7 7
    print(2**62 + 2**62, 2**63 - 1 + 1, -(2**63) - 1)
    # expect: 9223372036854775808 9223372036854775808 -9223372036854775809
    print((2**64) * (2**64), (2**64) * -(2**64))
    # expect: 340282366920938463463374607431768211456 -340282366920938463463374607431768211456
    print(2**70 - 2**70 + 5, (2**70 + 3) - 2**70)  # expect: 5 3
    big = 1
    for n in range(1, 31):
        big *= n
    print(big)  # expect: 265252859812191058636308480000000
    for n in range(30, 0, -1):
        big //= n
    print(big)  # expect: 1
    print(0 * -5, 0 == -0, abs(-(2**80)), abs(7))  # expect: 0 True 1208925819614629174706176 7
    print(10**20 % 7, 10**20 // 3, divmod(10**20, 10**6 + 3))
    # expect: 2 33333333333333333333 (99999700000899, 997303)
    print(True + True, True * 5, -True, True - 2**65)  # expect: 2 5 -1 -36893488147419103231
