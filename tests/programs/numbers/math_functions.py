# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""The functions of math, with their errors."""

import math


def attempt(function, *arguments):
    try:
        return function(*arguments)
    except (ValueError, OverflowError, TypeError) as error:
        return f"{type(error).__name__}: {error}"


def main():
    print(math.gcd(12, 18), math.gcd(), math.gcd(0, 5), math.lcm(4, 6), math.lcm(), math.gcd(2**70, 2**40))
    # expect: 6 0 5 12 1 1099511627776
    print(math.factorial(20), math.factorial(0), math.comb(10, 3), math.comb(3, 10), math.perm(5, 2), math.perm(4))
    # expect: 2432902008176640000 1 120 0 20 24
    print(math.isqrt(10**20), math.isqrt(99), math.sqrt(2), math.cbrt(27.0))
    # expect: 10000000000 9 1.4142135623730951 3.0000000000000004
    print(math.prod([1, 2, 3, 4]), math.prod([], start=5), math.prod([0.5, 4]))  # expect: 24 5 2.0
    print(math.fsum([0.1] * 10), math.hypot(3, 4), math.dist((0, 0), (3, 4)))  # expect: 1.0 5.0 5.0
    print(math.log(1), math.log2(8), math.log10(1000), math.log(8, 2), math.log1p(0), math.exp(0))
    # expect: 0.0 3.0 3.0 3.0 0.0 1.0
    print(math.sin(0), math.cos(0), math.atan2(1, 0), math.degrees(math.pi), math.radians(180))
    # expect: 0.0 1.0 1.5707963267948966 180.0 3.141592653589793
    print(math.copysign(1, -0.0), math.fabs(-2), math.fmod(-7, 3), math.remainder(7, 4), math.modf(-2.5))
    # expect: -1.0 2.0 -1.0 -1.0 (-0.5, -2.0)
    print(math.frexp(8.0), math.ldexp(0.5, 4), math.ulp(1.0), math.nextafter(1.0, 2.0))
    # expect: (0.5, 4) 8.0 2.220446049250313e-16 1.0000000000000002
    print(math.isclose(1.0, 1.0 + 1e-12), math.isnan(math.nan), math.isinf(-math.inf), math.isfinite(1))
    # expect: True True True True
    print(attempt(math.sqrt, -1))  # expect: ValueError: math domain error
    print(attempt(math.factorial, -1))  # expect: ValueError: factorial() not defined for negative values
    print(attempt(math.exp, 1000))  # expect: OverflowError: math range error
    print(attempt(math.isqrt, -1))  # expect: ValueError: isqrt() argument must be nonnegative
    print(attempt(math.comb, -1, 2))  # expect: ValueError: n must be a non-negative integer
