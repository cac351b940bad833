# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Dotted names are values to compare with."""

import enum
import math


class Color(enum.Enum):
    RED = 1
    GREEN = "g"


class Limits:
    LOW = 0
    HIGH = 10


def kind(value):
    match value:
        case Color.RED:
            return "red"
        case Color():
            return "a color"
        case math.pi:
            return "pi"
        case [Color.GREEN, x]:
            return ("green", x)
        case {"color": Color.RED | Color.GREEN as c}:
            return c.name
        case _:
            return "other"


def main():
    print(kind(Color.RED), kind(Color.GREEN), kind(1), kind(3.141592653589793), kind([Color.GREEN, 2]))
    # expect: red a color other pi ('green', 2)
    print(kind({"color": Color.GREEN}), kind({"color": "g"}), kind(None))  # expect: GREEN other other
