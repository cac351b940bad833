# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Records with order=True are compared field by field."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Version:
    major: int
    minor: int = 0
    label: str = ""


def main():
    a, b, c = Version(1, 2), Version(1, 10), Version(1, 2, "rc")
    print(a < b, a <= a, b > c, a < c, a >= b, Version(2) > b)  # expect: True True True True False True
    print(sorted([b, c, a]), max(a, b, c).minor, min([a, b], key=lambda v: -v.minor), [a, 1] == [Version(1, 2), 1])
    # expect: [Version(major=1, minor=2, label=''), Version(major=1, minor=2, label='rc'), Version(major=1, minor=10, label='')] 10 Version(major=1, minor=10, label='') True
    try:
        a < (1, 2)
    except TypeError as error:
        print(error)  # expect: '<' not supported between instances of 'Version' and 'tuple'
