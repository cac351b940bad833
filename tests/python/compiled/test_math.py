# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""math, and the methods of numbers: what compiled code computes is what CPython computes."""

import itertools
import math
import random
import sys

import pytest
from library_kit import assert_alike, needs_machine, outcomes

pytestmark = needs_machine

SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, 1e300, -1e300, 1e-300, 5e-324, 1e16, 0.1, 3.7]
SPECIAL += [
    math.inf,
    -math.inf,
    math.nan,
    math.pi,
    -math.pi,
    sys.float_info.max,
    sys.float_info.min,
]
NUMBERS = [*SPECIAL, 0, 1, -1, 7, 10**30, -(10**30), 10**400, 2**1024 - 1, True, False]
WRONG = ["1", None, [1], b"1"]
_random = random.Random(1)
SPREAD = [_random.uniform(-1, 1) * 10 ** _random.uniform(-20, 20) for _ in range(300)]

UNARY = (
    "acos acosh asin asinh atan atanh cbrt ceil cos cosh degrees erf erfc exp exp2 expm1 fabs floor"
)
UNARY += (
    " frexp isfinite isinf isnan log log10 log1p log2 modf radians sin sinh sqrt tan tanh trunc ulp"
)
BINARY = "atan2 copysign fmod nextafter pow remainder"
INTS = [
    0,
    1,
    2,
    5,
    23,
    64,
    100,
    1000,
    True,
    -1,
    -5,
    2**62,
    2**63,
    2**64,
    -(2**62),
    -(2**63),
    10**40,
]


@pytest.mark.parametrize("name", UNARY.split())
async def test_unary(name):
    await assert_alike(f"math.{name}(a)", [*NUMBERS, *WRONG, *SPREAD])


@pytest.mark.parametrize("name", BINARY.split())
async def test_binary(name):
    cases = [(x, y) for x in NUMBERS for y in NUMBERS] + [(1.0, one) for one in WRONG]
    await assert_alike(f"math.{name}(a, b)", cases + list(itertools.pairwise(SPREAD)))


async def test_constants():
    await assert_alike("(math.pi, math.e, math.inf, -math.inf, math.nan, math.tau, a)", [1])


async def test_gamma():
    await assert_alike(
        "math.gamma(a)", [*range(-3, 24), math.inf, -math.inf, math.nan, 1e300, 180.0, "x"]
    )
    await assert_alike(
        "math.lgamma(a)", [*range(-3, 3), math.inf, -math.inf, math.nan, sys.float_info.max]
    )
    for name in ("gamma", "lgamma"):
        for got, wanted, case in await outcomes(
            f"math.{name}(a)", [x for x in SPREAD if abs(x) < 100]
        ):
            assert got[0] == wanted[0], case
            if got[0] == "value":  # the libraries differ in the last digits
                assert math.isclose(
                    float(got[1][1]), float(wanted[1][1]), rel_tol=1e-13, abs_tol=1e-15
                )


async def test_logarithms_with_bases_and_of_large_ints():
    bases = [2, 10, 0.5, 1, 1.0, 0, -1, 10**400, math.inf, "x"]
    await assert_alike(
        "math.log(a, b)", [(x, base) for x in (8, 0.1, 10**400, 0, "y") for base in bases]
    )
    large = [n for k in range(1000, 1100, 7) for n in (2**k, 2**k - 1, 3**k)]
    for name in ("log", "log2", "log10"):
        await assert_alike(f"math.{name}(a)", large)


async def test_ldexp():
    exponents = [0, 1, -1, 1023, 1024, -1074, -1075, 10**20, -(10**20), True, 1.0]
    await assert_alike("math.ldexp(a, b)", [(x, e) for x in SPECIAL for e in exponents])


async def test_lengths():
    vectors = [
        (),
        (3.0, 4.0),
        (1, 2, 3),
        (1e300, 1e300),
        (5e-324, 5e-324),
        (math.inf, math.nan),
        (math.nan,),
        (-7,),
    ]
    for _ in range(300):
        size = _random.randint(2, 8)
        vectors.append(
            tuple(_random.uniform(-1, 1) * 10 ** _random.uniform(-3, 3) for _ in range(size))
        )
    await assert_alike("math.dist(a, b)", [(v, v[::-1]) for v in vectors])
    await assert_alike("math.dist(a, b)", [((1,), (1, 2)), ([1], [2.5]), ("a", (1,)), (1, 2)])
    await assert_alike("math.hypot(a, b)", [v for v in vectors if len(v) == 2])
    await assert_alike("math.hypot(a, b, c)", [v for v in vectors if len(v) == 3])
    await assert_alike("(math.hypot(), math.hypot(a))", [1, -2.5])


async def test_sums_and_products():
    lists = [
        [],
        [0.1] * 10,
        [1e100, 1.0, -1e100, 1e-100],
        [1e308, 1e308, -1e308],
        [math.inf, 1],
        [math.nan, 1],
    ]
    lists += [[math.inf, -math.inf], ["x"], [1, 2, 3], [10**400], [2**53, 1.0, 2**-53], 5]
    lists += [
        [_random.uniform(-1, 1) * 10 ** _random.uniform(-30, 30) for _ in range(50)]
        for _ in range(100)
    ]
    await assert_alike("math.fsum(a)", [(one,) for one in lists])
    await assert_alike(
        "math.prod(a)", [([],), ([1, 2, 3.5],), ([*range(1, 40)],), (["a", 3],), (["a", "b"],)]
    )
    await assert_alike("math.prod(a, start=b)", [([2, 3], 4), ([2], 0.5), ([3], "ab")])


async def test_isclose():
    cases = [
        (1.0, 1.0 + 1e-10, 1e-9),
        (1, 2, 0.1),
        (0, 1e-12, 0.0),
        (math.inf, math.inf, 0),
        (1, math.nan, 1),
    ]
    await assert_alike("math.isclose(a, b, rel_tol=c)", [*cases, (1, 1, -1), (1, "x", 1)])
    await assert_alike("math.isclose(a, b, abs_tol=c)", [*cases, (1, 1.5, 1)])


async def test_combinatorics():
    await assert_alike("math.factorial(a)", [0, 1, 5, 20, 21, 100, 1000, True, -1, 2**64, 5.0, "x"])
    pairs = [
        (n, k) for n in (0, 1, 5, 30, 100, 500, -1, 10**30) for k in (0, 1, 2, 17, 90, -1, True)
    ]
    for name in ("comb", "perm"):
        await assert_alike(f"math.{name}(a, b)", [*pairs, (5, 2.0), ("x", 1)])
    await assert_alike("math.comb(a, b)", [(10**30, 10**30 - 2), (400, 200)])
    await assert_alike("math.perm(a)", [0, 5, 30, -1])
    for name in ("gcd", "lcm"):
        await assert_alike(
            f"math.{name}(a, b)", [(a, b) for a in INTS for b in INTS] + [(1, 2.0), (1, "x")]
        )
    await assert_alike("math.isqrt(a)", [*INTS, 1.0])


async def test_methods_of_int():
    await assert_alike("(a.bit_length(), a.bit_count(), a.conjugate(), a.as_integer_ratio())", INTS)
    await assert_alike("(a.real, a.imag, a.numerator, a.denominator)", INTS)
    for order in ("little", "big", "x"):
        sizes = [(n, size, order) for n in INTS for size in (0, 1, 8, 9, 20)]
        await assert_alike("a.to_bytes(b, c)", sizes)
        await assert_alike("a.to_bytes(b, c, signed=True)", sizes)
    await assert_alike(
        "a.to_bytes(b, c)", [(1, -1, "big"), (1, "x", "big"), (1, 2, 3), (300, 10**20, "big")]
    )
    await assert_alike("a.to_bytes()", [1, 256])
    texts = [
        b"",
        b"\0",
        b"\x80",
        b"\xff",
        b"\xff\x00",
        bytes(range(20)),
        b"\xff" * 16,
        b"\x80" + bytes(15),
        [1, 2],
        "x",
        5,
        [256],
    ]
    for order in ("little", "big"):
        await assert_alike("int.from_bytes(a, b)", [(one, order) for one in texts])
        await assert_alike("int.from_bytes(a, b, signed=True)", [(one, order) for one in texts])


async def test_methods_of_float():
    floats = [*SPECIAL, *SPREAD]
    await assert_alike("(a.is_integer(), a.hex(), a.conjugate(), a.real, a.imag)", floats)
    await assert_alike("a.as_integer_ratio()", floats)
    await assert_alike("float.fromhex(a)", [x.hex() for x in floats])
    texts = [
        "1",
        "0x1",
        " 0x1.8p3 ",
        "-0X.8P-2",
        "1.8",
        "inf",
        "-Infinity",
        "nan",
        "0x1p1024",
        "0x1p-1075",
        "0x1p-1074",
    ]
    texts += [
        "0x1.8p-1075",
        "0x1.fffffffffffff7p0",
        "0x1.fffffffffffff8p0",
        "0x0.0000001p99999",
        "0x1p-99999999999",
    ]
    texts += [
        "",
        "0x",
        "x",
        "0x1p",
        "0x1 1",
        "1p+5",
        "1p+-5",
        "0x1..",
        "0x" + "f" * 40,
        "0x1.00000000000008p0",
        "0x1.000000000000080001p0",
    ]
    texts += [
        "0x1.fffffffffffff7fffffffp1023",
        "0x1.fffffffffffff8p1023",
        "0x0p99999999999999999999",
    ]
    await assert_alike("float.fromhex(a)", texts)
