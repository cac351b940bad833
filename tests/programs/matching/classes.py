# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Class patterns of built-in types and records."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Point:
    x: object
    y: object = 0


@dataclass(frozen=True)
class Spot(Point):
    name: str = ""


def kind(value):
    match value:
        case bool():
            return "bool"
        case int(n) if n > 100:
            return "big"
        case int() | float():
            return "number"
        case str(s):
            return s.upper()
        case Spot(1, name=name):
            return ("spot", name)
        case Point(0, 0):
            return "origin"
        case Point(x=0, y=y):
            return ("axis", y)
        case Point(x=Point(inner), y=[a, *_]):
            return (inner, a)
        case Point():
            return "point"
        case tuple((a, b)):
            return ("pair", a, b)
        case list() | set() | frozenset():
            return "collection"
        case dict():
            return "dict"
        case bytes(b):
            return b
        case _:
            return "other"


def main():
    print([kind(v) for v in (True, 5, 500, 1.5, "x", b"y", None, [1], {1}, {}, (1, 2), (1,))])
    # expect: ['bool', 'number', 'big', 'number', 'X', b'y', 'other', 'collection', 'collection', 'dict', ('pair', 1, 2), 'other']
    print(kind(Point(0, 0)), kind(Point(0, 5)), kind(Point(1, 1)), kind(Point(Point("in"), [7, 8])))
    # expect: origin ('axis', 5) point ('in', 7)
    print(kind(Spot(1, 2, "here")), kind(Spot(0, 0)), kind(Spot(2, 2)), kind(frozenset()), kind(range(2)))
    # expect: ('spot', 'here') origin point collection other
