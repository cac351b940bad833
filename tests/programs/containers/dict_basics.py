# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Dicts: items by key, in the order of insertion."""


def attempt(function):
    try:
        return function()
    except (KeyError, TypeError, ValueError) as error:
        return f"{type(error).__name__}: {error}"


def main():
    d = {"a": 1, "b": 2}
    d["c"] = 3
    d["a"] = 10
    print(d, d["a"], len(d), "a" in d, 1 in d, list(d), [*d.items()], [*d.values()])
    # expect: {'a': 10, 'b': 2, 'c': 3} 10 3 True False ['a', 'b', 'c'] [('a', 10), ('b', 2), ('c', 3)] [10, 2, 3]
    del d["a"]
    d["a"] = 1
    print(d, d == {"a": 1, "b": 2, "c": 3}, list(d) == ["a", "b", "c"])
    # expect: {'b': 2, 'c': 3, 'a': 1} True False
    print({}, dict(), dict(a=1), dict([("k", 1), ("l", 2)]), dict({"x": 1}, y=2), dict(["ab", "cd"]))
    # expect: {} {} {'a': 1} {'k': 1, 'l': 2} {'x': 1, 'y': 2} {'a': 'b', 'c': 'd'}
    print({1: "int", 1.0: "float", True: "bool"}, {(): "t", None: "n", "": "s", 0: "z"}, {1: {2: {3: {}}}})
    # expect: {1: 'bool'} {(): 't', None: 'n', '': 's', 0: 'z'} {1: {2: {3: {}}}}
    print({k: v for k, v in zip("abc", range(3))}, {n: n**2 for n in range(4) if n % 2}, {**{"a": 1}, "a": 2, **{"b": 3}})
    # expect: {'a': 0, 'b': 1, 'c': 2} {1: 1, 3: 9} {'a': 2, 'b': 3}
    total = 0
    for key, value in d.items():
        total += value * len(key)
    print(total, sum(d.values()), sorted(d), max(d), min(d.values()), sorted(d.items(), key=lambda kv: -kv[1]))
    # expect: 6 6 ['a', 'b', 'c'] c 1 [('c', 3), ('b', 2), ('a', 1)]
    print(attempt(lambda: d["none"]))  # expect: KeyError: 'none'
    print(attempt(lambda: d.__getitem__(1)) if False else attempt(lambda: {}[(1, 2)]))
    # expect: KeyError: (1, 2)
    print(attempt(lambda: {[]: 1}))  # expect: TypeError: unhashable type: 'list'
    print(attempt(lambda: {{}: 1}))  # expect: TypeError: unhashable type: 'dict'
    print(attempt(lambda: {"k": 1}[[]]))  # expect: TypeError: unhashable type: 'list'
    print(attempt(lambda: dict([1])))
    # expect: TypeError: cannot convert dictionary update sequence element #0 to a sequence
    print(attempt(lambda: dict(["abc"])))
    # expect: ValueError: dictionary update sequence element #0 has length 3; 2 is required
