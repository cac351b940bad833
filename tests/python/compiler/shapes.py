# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Classes and values that test patterns name, and what they look like as messages."""

import enum
from dataclasses import dataclass
from typing import final


@final
@dataclass(frozen=True)
class Point:
    """Final: its instances are records of one class for good."""

    x: object
    y: object = 0

    @property
    def total(self):
        return (self.x, self.y)


@dataclass(frozen=True)
class Shape:
    """Not final: it may have subclasses, and has one."""

    name: object


@dataclass(frozen=True)
class Round(Shape):
    radius: object = 1


@dataclass
class Mutable:
    x: object = 0


@final
@dataclass(frozen=True)
class Failure(Exception):
    code: int = 0


class Color(enum.Enum):
    RED = 1
    GREEN = 2


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Values:
    one = 1
    pair = (1, 2)
    text = "a"
