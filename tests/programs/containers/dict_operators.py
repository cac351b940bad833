# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Union, comparison and what changes while it is read."""


def main():
    a, b = {"x": 1, "y": 2}, {"y": 3, "z": 4}
    print(a | b, b | a, {**a, **b} == a | b, a | {}, {} | {})
    # expect: {'x': 1, 'y': 3, 'z': 4} {'y': 2, 'z': 4, 'x': 1} True {'x': 1, 'y': 2} {}
    c = a
    c |= b
    print(c, a is c, a)  # expect: {'x': 1, 'y': 3, 'z': 4} True {'x': 1, 'y': 3, 'z': 4}
    a |= [("w", 0)]
    print(a, a != b, {"k": 1} == {"k": 1.0}, {1: 2, 3: 4} == {3: 4, 1: 2}, {} == {})
    # expect: {'x': 1, 'y': 3, 'z': 4, 'w': 0} True True True True
    try:
        a | [("w", 0)]
    except TypeError as error:
        print(error)  # expect: unsupported operand type(s) for |: 'dict' and 'list'
    try:
        a < b
    except TypeError as error:
        print(error)  # expect: '<' not supported between instances of 'dict' and 'dict'
    try:
        for key in a:
            a[key + "2"] = 1
    except RuntimeError as error:
        print(error)  # expect: dictionary changed size during iteration
    try:
        for key in b:
            del b[key]
    except RuntimeError as error:
        print(error)  # expect: dictionary changed size during iteration
    many = {n: str(n) for n in range(1000)}
    for n in range(0, 1000, 2):
        del many[n]
    for n in range(0, 1000, 4):
        many[n] = "again"
    print(len(many), list(many)[:3], list(many)[-2:], many[4], many[999])
    # expect: 750 [1, 3, 5] [992, 996] again 999
