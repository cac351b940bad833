# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Members that are numbers and texts."""

import enum


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 10


class Name(enum.StrEnum):
    A = "alpha"
    B = enum.auto()


def main():
    print(Level.LOW + 1, Level.HIGH > Level.LOW, Level.LOW == 1, max(Level.LOW, Level.HIGH).name, Level(10).name, int(Level.HIGH))
    # expect: 2 True True HIGH HIGH 10
    print(f"{Level.LOW} {Level.HIGH:03d}", str(Level.LOW), repr(Level.LOW), [10, 20][Level.LOW], Level.HIGH // 3, -Level.LOW)
    # expect: 1 010 1 <Level.LOW: 1> 20 3 -1
    print(Name.A == "alpha", Name.A + "!", Name.A.upper(), f"{Name.B}", str(Name.A), repr(Name.A), len(Name.A), Name("b").name)
    # expect: True alpha! ALPHA b alpha <Name.A: 'alpha'> 5 B
    print("alp" in Name.A, sorted([Level.HIGH, Level.LOW])[0].name, sum(Level), isinstance(Level.LOW, int), Name.A.value)
    # expect: True LOW 11 True alpha
