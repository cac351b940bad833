# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""The shortest digits that give the float back, and what is read as one."""


def parsed(text):
    try:
        return float(text)
    except ValueError as error:
        return str(error)


def main():
    print(1.0, 0.1, 100.0, 1e16, 1e15, 123456789012345680.0)
    # expect: 1.0 0.1 100.0 1e+16 1000000000000000.0 1.2345678901234568e+17
    print(1e-4, 1e-5, 0.00012345, 1.5e300, 2.5e-300)  # expect: 0.0001 1e-05 0.00012345 1.5e+300 2.5e-300
    print(1 / 3, 2 / 3, 1e22, 1e23, 4.35, 0.1 + 0.7)
    # expect: 0.3333333333333333 0.6666666666666666 1e+22 1e+23 4.35 0.7999999999999999
    print(float(2**53), float(2**53 + 1), float(10**17))
    # expect: 9007199254740992.0 9007199254740992.0 1e+17
    print(parsed("1.5"), parsed(" -2e3 "), parsed("1_0.5"), parsed(".5"), parsed("5."), parsed("1e5"))
    # expect: 1.5 -2000.0 10.5 0.5 5.0 100000.0
    print(parsed("inf"), parsed("-Infinity"), parsed("nan"), parsed("+1"))  # expect: inf -inf nan 1.0
    print(parsed(""))  # expect: could not convert string to float: ''
    print(parsed("abc"))  # expect: could not convert string to float: 'abc'
    print(parsed("1.2.3"))  # expect: could not convert string to float: '1.2.3'
    print(parsed("1e"))  # expect: could not convert string to float: '1e'
    print(parsed("0x10"))  # expect: could not convert string to float: '0x10'
    print(str(1e100), repr(-1.25))  # expect: 1e+100 -1.25
