# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Division and remainder round towards minus infinity, and say so when they cannot."""


def attempt(function, *arguments):
    try:
        return function(*arguments)
    except (ZeroDivisionError, OverflowError) as error:
        return f"{type(error).__name__}: {error}"


def main():
    print(7 // 2, -7 // 2, 7 // -2, -7 // -2)  # expect: 3 -4 -4 3
    print(7 % 3, -7 % 3, 7 % -3, -7 % -3)  # expect: 1 2 -2 -1
    print(divmod(7, 2), divmod(-7, 2), divmod(7, -2), divmod(-7, -2))
    # expect: (3, 1) (-4, 1) (-4, -1) (3, -1)
    print(6 / 3, 7 / 2, -7 / 2, 1 / 3)  # expect: 2.0 3.5 -3.5 0.3333333333333333
    print(0 // 5, 0 % 5, 0 / 5)  # expect: 0 0 0.0
    print((2**100) // (2**98 - 1), (2**100) % (2**98 - 1))  # expect: 4 4
    print(-(2**100) // 7, -(2**100) % 7, 2**100 // -7, 2**100 % -7)
    # expect: -181092942889747057356671886483 5 -181092942889747057356671886483 -5
    print(2**100 / 2**98, 10**400 / 10**398)  # expect: 4.0 100.0
    print(attempt(lambda: 1 // 0))  # expect: ZeroDivisionError: integer division or modulo by zero
    print(attempt(lambda: 1 % 0))  # expect: ZeroDivisionError: integer modulo by zero
    print(attempt(lambda: 1 / 0))  # expect: ZeroDivisionError: division by zero
    print(attempt(lambda: divmod(1, 0)))  # expect: ZeroDivisionError: integer division or modulo by zero
    print(attempt(lambda: 10**400 / 3))
    # expect: OverflowError: integer division result too large for a float
    for a in (7, -7, 2**65, -(2**65)):
        for b in (3, -3, 2**33, -(2**33)):
            assert (a // b) * b + a % b == a
    print("identity holds")  # expect: identity holds
