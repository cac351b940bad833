# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Bits of integers as if of a two's complement without end."""


def main():
    print(5 & 3, 5 | 3, 5 ^ 3, ~5, ~-1)  # expect: 1 7 6 -6 0
    print(-5 & 3, -5 | 3, -5 ^ 3, -8 & -3, -8 | -3, -8 ^ -3)  # expect: 3 -5 -8 -8 -3 5
    print(1 << 10, 1 << 70, -1 << 70, 0 << 1000)
    # expect: 1024 1180591620717411303424 -1180591620717411303424 0
    print(1024 >> 3, -1 >> 5, -1025 >> 3, (1 << 70) >> 68, -(1 << 70) >> 69)  # expect: 128 -1 -129 4 -2
    print((1 << 70) & ((1 << 65) - 1), (1 << 70) | 1, (1 << 70) ^ (1 << 70))
    # expect: 0 1180591620717411303425 0
    print(-(1 << 70) & 0xFF, -(1 << 70) | 0xFF, ~(1 << 70))
    # expect: 0 -1180591620717411303169 -1180591620717411303425
    print(1 >> 1000, -1 >> 1000)  # expect: 0 -1
    print(True & False, True | False, True ^ True, ~True)  # expect: False True False -2
    print(True & 3, 6 | True)  # expect: 1 7
    try:
        print(1 << -1)
    except ValueError as error:
        print(error)  # expect: negative shift count
    try:
        print(1 >> -1)
    except ValueError as error:
        print(error)  # expect: negative shift count
