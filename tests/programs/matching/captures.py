# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""A name takes what it stands for, also when a later part fails."""


def main():
    match 5:
        case x:
            pass
    print(x)  # expect: 5
    match (1, 2):
        case (a, 3):
            print("no")
        case (a, b):
            print(a, b)  # expect: 1 2
    match "whole":
        case str(text) if len(text) > 10:
            print("long")
        case whole:
            print(whole)  # expect: whole
    match [1, [2, 3]]:
        case [one, [two, three] as pair] as everything:
            print(one, two, three, pair, everything)  # expect: 1 2 3 [2, 3] [1, [2, 3]]
    match 7:
        case int(n) | str(n):
            print(n)  # expect: 7
    result = "untouched"
    match 1:
        case 2:
            result = "changed"
    print(result)  # expect: untouched
