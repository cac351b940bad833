# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Frozen dataclasses: fields, defaults, equality, repr, replace."""

import dataclasses
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Point:
    x: float
    y: float = 0.0


@dataclass(frozen=True)
class Shape:
    name: str
    points: tuple = ()
    tags: list = field(default_factory=list)
    size: int = field(default=0, kw_only=True)


def attempt(function, *args, **kwargs):
    try:
        return function(*args, **kwargs)
    except (TypeError, AttributeError) as error:
        return type(error).__name__


def main():
    p = Point(1, 2)
    print(p, p.x, p.y, Point(3), Point(y=1, x=2), p == Point(1, 2), p != Point(1, 3), p == (1, 2))
    # expect: Point(x=1, y=2) 1 2 Point(x=3, y=0.0) Point(x=2, y=1) True True False
    print(replace(p, x=5), p, dataclasses.asdict(p), dataclasses.astuple(p), hash(p) == hash(Point(1, 2)), {p: "key"}[Point(1, 2)])
    # expect: Point(x=5, y=2) Point(x=1, y=2) {'x': 1, 'y': 2} (1, 2) True key
    s = Shape("tri", (p, Point(0)), size=3)
    s.tags.append("new")
    print(s, Shape("x").tags, dataclasses.asdict(s)["points"], isinstance(s, Shape), isinstance(p, Shape))
    # expect: Shape(name='tri', points=(Point(x=1, y=2), Point(x=0, y=0.0)), tags=['new'], size=3) [] ({'x': 1, 'y': 2}, {'x': 0, 'y': 0.0}) True False
    print(replace(s, name="other").tags is s.tags, [Point(n) for n in range(2)], f"{p}", str(p) == repr(p))
    # expect: True [Point(x=0, y=0.0), Point(x=1, y=0.0)] Point(x=1, y=2) True
    print(attempt(Point), attempt(Point, 1, 2, 3), attempt(Point, z=1), attempt(lambda: p.z))
    # expect: TypeError TypeError TypeError AttributeError
    print(attempt(lambda: p < p), attempt(lambda: hash(s)), type(p).__name__)
    # expect: TypeError TypeError Point
