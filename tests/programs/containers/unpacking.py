# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Targets of assignments take values apart, from left to right."""


def main():
    a, b = 1, 2
    a, b = b, a
    print(a, b)  # expect: 2 1
    (a, b), [c, d] = "xy", {3: 0, 4: 0}
    print(a, b, c, d)  # expect: x y 3 4
    first, *rest = [1, 2, 3]
    *init, last = (1, 2, 3)
    head, *middle, tail = "hello"
    print(first, rest, init, last, head, middle, tail)  # expect: 1 [2, 3] [1, 2] 3 h ['e', 'l', 'l'] o
    only, *none = [1]
    print(only, none)  # expect: 1 []
    (a, (b, *c)), d = (1, (2, 3, 4)), 5
    print(a, b, c, d)  # expect: 1 2 [3, 4] 5
    items = [0, 1, 2]
    i, items[i], items[1] = 2, "c", "b"
    print(items)  # expect: [0, 'b', 'c']
    x = y = z = []
    x.append(1)
    print(x, y, z is x)  # expect: [1] [1] True
    for i, (k, v) in enumerate({"a": 1, "b": 2}.items()):
        items[i] = (k, v)
    print(items)  # expect: [('a', 1), ('b', 2), 'c']
    [a, b], c = range(2), None
    print(a, b, c, [*range(3), *"ab"], (*[], 1), {*[1, 1]}, {**{}, "k": 1})
    # expect: 0 1 None [0, 1, 2, 'a', 'b'] (1,) {1} {'k': 1}
    d = {}
    d["k"], d["l"] = 1, 2
    print(d, [p + q for p, q in [(1, 2), (3, 4)]], [t for _, *t in [(1, 2, 3)]])
    # expect: {'k': 1, 'l': 2} [3, 7] [[2, 3]]
