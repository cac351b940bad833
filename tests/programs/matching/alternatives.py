# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Or-patterns bind the same names in each way."""


def norm(value):
    match value:
        case ("add", a, b) | ("plus", a, b) | {"add": [a, b]}:
            return a + b
        case [("x" | "y") as axis, (int() | float()) as n]:
            return (axis, n)
        case [1 | 2 | 3 as low, *_] | (low, 4):
            return ("low", low)
        case "yes" | "y" | True:
            return True
        case None | "" | [] | {}:
            return "dict or nothing"
        case _:
            return "other"


def main():
    print(norm(("add", 1, 2)), norm(["plus", "a", "b"]), norm({"add": (3, 4), "k": 0}))  # expect: 3 ab 7
    print(norm(["x", 1]), norm(("y", 2.5)), norm(["z", 1]), norm(["x", "1"]))
    # expect: ('x', 1) ('y', 2.5) other other
    print(norm([2, 9, 9]), norm((7, 4)), norm([5]), norm("y"), norm(True), norm(1))
    # expect: ('low', 2) ('low', 7) other True True other
    print(norm(None), norm(""), norm([]), norm({}), norm({"k": 1}), norm(0))
    # expect: dict or nothing dict or nothing dict or nothing dict or nothing dict or nothing other
