# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What a float knows of itself."""


def attempt(function):
    try:
        return function()
    except (ValueError, OverflowError) as error:
        return f"{type(error).__name__}: {error}"


def main():
    print((0.5).as_integer_ratio(), (0.1).as_integer_ratio(), (-2.0).as_integer_ratio())
    # expect: (1, 2) (3602879701896397, 36028797018963968) (-2, 1)
    print((1.0).is_integer(), (1.5).is_integer(), (1e300).is_integer(), float("inf").is_integer())
    # expect: True False True False
    print((1.0).hex(), (0.1).hex(), (-2.5).hex(), (0.0).hex(), (1e-310).hex())
    # expect: 0x1.0000000000000p+0 0x1.999999999999ap-4 -0x1.4000000000000p+1 0x0.0p+0 0x0.012688b70e62bp-1022
    print(float.fromhex("0x1.8p1"), float.fromhex("-0x.8"), float.fromhex("1p-3"), float.fromhex("inf"))
    # expect: 3.0 -0.5 0.125 inf
    print((2.5).conjugate(), (2.5).real, (2.5).imag)  # expect: 2.5 2.5 0.0
    print(attempt(lambda: float("inf").as_integer_ratio()))
    # expect: OverflowError: cannot convert Infinity to integer ratio
    print(attempt(lambda: float("nan").as_integer_ratio()))
    # expect: ValueError: cannot convert NaN to integer ratio
    print(attempt(lambda: float.fromhex("zz")))
    # expect: ValueError: invalid hexadecimal floating-point string
