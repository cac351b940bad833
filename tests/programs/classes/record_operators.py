# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Operators of records, from the left and from the right."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Vector:
    x: float
    y: float

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y) if isinstance(other, Vector) else NotImplemented

    def __mul__(self, k):
        return Vector(self.x * k, self.y * k) if isinstance(k, (int, float)) else NotImplemented

    def __rmul__(self, k):
        return self * k

    def __neg__(self):
        return Vector(-self.x, -self.y)

    def __abs__(self):
        return (self.x**2 + self.y**2) ** 0.5

    def __bool__(self):
        return bool(self.x or self.y)

    def __lt__(self, other):
        return abs(self) < abs(other)

    def __call__(self, scale):
        return (self.x * scale, self.y * scale)

    def __str__(self):
        return f"<{self.x}, {self.y}>"

    def __format__(self, spec):
        return f"{self.x:{spec}}/{self.y:{spec}}"


def main():
    v, w = Vector(3, 4), Vector(1, 0)
    print(v + w, v * 2, 2 * v, -v, abs(v), bool(v), bool(Vector(0, 0)), v < w, w < v, v > w)
    # expect: <4, 4> <6, 8> <6, 8> <-3, -4> 5.0 True False False True True
    print(v(10), str(v), repr(v), f"{v} {v!r} {v:.1f}", format(v, "d"), "zero" if not Vector(0, 0) else "more")
    # expect: (30, 40) <3, 4> Vector(x=3, y=4) 3/4 Vector(x=3, y=4) 3.0/4.0 3/4 zero
    u = v
    u += w
    print(u, v, not w, w and "yes")  # expect: <4, 4> <3, 4> False yes
    for bad in (1, "a", None):
        try:
            print(v + bad)
        except TypeError as error:
            print(error)
    # expect: unsupported operand type(s) for +: 'Vector' and 'int'
    # expect: unsupported operand type(s) for +: 'Vector' and 'str'
    # expect: unsupported operand type(s) for +: 'Vector' and 'NoneType'
    try:
        v * "x"
    except TypeError as error:
        print(error)  # expect: can't multiply sequence by non-int of type 'Vector'
