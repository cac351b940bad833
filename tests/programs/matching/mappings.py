# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Mapping patterns look at the keys they name."""


def look(value):
    match value:
        case {"type": "point", "x": x, "y": y}:
            return ("point", x, y)
        case {"type": "named", "name": str(name), **rest}:
            return (name, rest)
        case {1: [first, *_]}:
            return ("list of one", first)
        case {None: _, **others} if len(others) > 1:
            return others
        case {}:
            return "dict"
        case _:
            return "other"


def main():
    print(look({"type": "point", "x": 1, "y": 2, "z": 3}), look({"type": "point", "x": 1}))
    # expect: ('point', 1, 2) dict
    print(look({"type": "named", "name": "n", "k": 1}), look({"type": "named", "name": 5}))
    # expect: ('n', {'k': 1}) dict
    print(look({1: [7, 8]}), look({1.0: (9,)}), look({1: []}), look({True: [1]}))
    # expect: ('list of one', 7) ('list of one', 9) dict ('list of one', 1)
    print(look({None: 0, "a": 1, "b": 2}), look({None: 0}), look({}), look([]), look("type"))
    # expect: {'a': 1, 'b': 2} dict dict other other
    d = {"k": {"l": [1, {"m": "deep"}]}}
    match d:
        case {"k": {"l": [_, {"m": found}]}}:
            print(found)  # expect: deep
    match {"a": 1, "b": 2}:
        case {"a": 1, **rest}:
            rest["c"] = 3
            print(rest)  # expect: {'b': 2, 'c': 3}
