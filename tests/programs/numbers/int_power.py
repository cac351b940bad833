# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Powers, also with a modulus."""


def attempt(*arguments):
    try:
        return pow(*arguments)
    except (ZeroDivisionError, ValueError, TypeError) as error:
        return f"{type(error).__name__}: {error}"


def main():
    print(2**10, 0**0, 1**-5, (-2) ** 3, -(2**2), 2**3**2)  # expect: 1024 1 1.0 -8 -4 512
    print(2**-1, (-2) ** -3, 10**-2)  # expect: 0.5 -0.125 0.01
    print(3**50, (-3) ** 51, 7**0)  # expect: 717897987691852588770249 -2153693963075557766310747 1
    print(pow(2, 10), pow(2, -2), pow(3, 200, 1000), pow(-3, 5, 7), pow(3, 5, -7))  # expect: 1024 0.25 1 2 -2
    print(pow(3, -1, 11), pow(38, -1, 97), pow(5, 0, 1))  # expect: 4 23 0
    print(attempt(0, -1))  # expect: ZeroDivisionError: 0.0 cannot be raised to a negative power
    print(attempt(2, -1, 4))  # expect: ValueError: base is not invertible for the given modulus
    print(attempt(2, 3, 0))  # expect: ValueError: pow() 3rd argument cannot be 0
    print(attempt(2.0, 3, 5))
    # expect: TypeError: pow() 3rd argument not allowed unless all arguments are integers
    print(attempt([], 2, 5))
    # expect: TypeError: unsupported operand type(s) for ** or pow(): 'list', 'int', 'int'
    print(2**0.5, 4**0.5, 2.0**3)  # expect: 1.4142135623730951 2.0 8.0
