# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Floats are IEEE doubles, with Python's rules for what has no value."""

INF = float("inf")
NAN = float("nan")


def attempt(function):
    try:
        return function()
    except (ZeroDivisionError, OverflowError) as error:
        return f"{type(error).__name__}: {error}"


def main():
    print(0.1 + 0.2, 1.5 * 2, 1 - 0.9, 7.0 / 2, 2.5 - 1)
    # expect: 0.30000000000000004 3.0 0.09999999999999998 3.5 1.5
    print(7.5 // 2, -7.5 // 2, 7.5 % 2, -7.5 % 2, 7.5 % -2, divmod(-7.5, 2))
    # expect: 3.0 -4.0 1.5 0.5 -0.5 (-4.0, 0.5)
    print(INF, -INF, INF - INF, INF * 0, INF + 1, -INF - 1)  # expect: inf -inf nan nan inf -inf
    print(NAN == NAN, NAN != NAN, NAN < 1, NAN > 1, INF > 10**400, -INF < -(10**400))
    # expect: False True False False True True
    print(0.0 == -0.0, -0.0, 0.0 * -1, abs(-0.0))  # expect: True -0.0 -0.0 0.0
    print(1e308 * 10, 1e-320, 5e-324 / 2)  # expect: inf 1e-320 0.0
    print(2.0**0.5, 2.0**-1, (-8.0) ** 3, 0.0**0)  # expect: 1.4142135623730951 0.5 -512.0 1.0
    print(attempt(lambda: 1.0 / 0))  # expect: ZeroDivisionError: float division by zero
    print(attempt(lambda: 1.0 // 0))  # expect: ZeroDivisionError: float floor division by zero
    print(attempt(lambda: 1.0 % 0))  # expect: ZeroDivisionError: float modulo
    print(attempt(lambda: 10.0**400))  # expect: OverflowError: (34, 'Numerical result out of range')
    print(attempt(lambda: 0.0**-1))  # expect: ZeroDivisionError: 0.0 cannot be raised to a negative power
    print(attempt(lambda: float(10**400)))  # expect: OverflowError: int too large to convert to float
    print(attempt(lambda: int(INF)))  # expect: OverflowError: cannot convert float infinity to integer
    print(5 % INF, -5 % INF, 5.0 // INF, -5.0 // INF)  # expect: 5.0 inf 0.0 -1.0
