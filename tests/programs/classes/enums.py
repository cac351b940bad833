# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Enums: members, values, look-ups, methods."""

import enum


class Color(enum.Enum):
    RED = 1
    GREEN = 2
    BLUE = (0, 0, 255)
    CRIMSON = 1

    @property
    def shout(self):
        return self.name + "!"

    def next(self):
        members = list(Color)
        return members[(members.index(self) + 1) % len(members)]


def main():
    print(Color.RED, repr(Color.RED), Color.RED.name, Color.RED.value, Color.BLUE.value, str(Color.GREEN))
    # expect: Color.RED <Color.RED: 1> RED 1 (0, 0, 255) Color.GREEN
    print(Color(1) is Color.RED, Color["GREEN"], Color.CRIMSON is Color.RED, [c.name for c in Color], len(list(Color)))
    # expect: True Color.GREEN True ['RED', 'GREEN', 'BLUE'] 3
    print(Color.RED == 1, Color.RED == Color.RED, Color.RED != Color.GREEN, Color.RED in Color, {Color.RED: "r"}[Color(1)])
    # expect: False True True True r
    print(Color.RED.shout, Color.BLUE.next(), Color.RED.next().next(), isinstance(Color.RED, Color), type(Color.RED).__name__)
    # expect: RED! Color.RED Color.BLUE True Color
    try:
        Color(9)
    except ValueError as error:
        print(error)  # expect: 9 is not a valid Color
    try:
        Color["PINK"]
    except KeyError as error:
        print(error)  # expect: 'PINK'
    try:
        Color.RED < Color.GREEN
    except TypeError as error:
        print(error)  # expect: '<' not supported between instances of 'Color' and 'Color'
