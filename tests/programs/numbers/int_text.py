# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Integers and their digits."""


def parsed(text, *base):
    try:
        return int(text, *base)
    except ValueError as error:
        return str(error)


def main():
    print(parsed("42"), parsed("-42"), parsed("+7"), parsed("  12\n"), parsed("1_000"))
    # expect: 42 -42 7 12 1000
    print(parsed("ff", 16), parsed("0xff", 16), parsed("0b101", 2), parsed("777", 8), parsed("z", 36))
    # expect: 255 255 5 511 35
    print(parsed("0x1f", 0), parsed("0o17", 0), parsed("0b11", 0), parsed("19", 0))  # expect: 31 15 3 19
    print(parsed("123456789012345678901234567890"))  # expect: 123456789012345678901234567890
    print(parsed(""))  # expect: invalid literal for int() with base 10: ''
    print(parsed("1__0"))  # expect: invalid literal for int() with base 10: '1__0'
    print(parsed("_1"))  # expect: invalid literal for int() with base 10: '_1'
    print(parsed("12a"))  # expect: invalid literal for int() with base 10: '12a'
    print(parsed("2", 2))  # expect: invalid literal for int() with base 2: '2'
    print(parsed("010", 0))  # expect: invalid literal for int() with base 0: '010'
    print(parsed("1", 1))  # expect: int() base must be >= 2 and <= 36, or 0
    print(hex(255), oct(8), bin(5), hex(-255), bin(-5), hex(2**68))
    # expect: 0xff 0o10 0b101 -0xff -0b101 0x100000000000000000
    print(str(-(2**70)), repr(10**25))  # expect: -1180591620717411303424 10000000000000000000000000
    print(0x_FF, 0b1010, 0o17, 1_000_000)  # expect: 255 10 15 1000000
