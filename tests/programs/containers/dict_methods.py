# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""The methods of dicts."""


def attempt(function):
    try:
        return function()
    except (KeyError, TypeError, ValueError) as error:
        return f"{type(error).__name__}: {error}"


def main():
    d = {"a": 1, "b": 2}
    print(d.get("a"), d.get("x"), d.get("x", 0), d.setdefault("a", 5), d.setdefault("c", 3), d.setdefault("n"), d)
    # expect: 1 None 0 1 3 None {'a': 1, 'b': 2, 'c': 3, 'n': None}
    print(d.pop("a"), d.pop("x", "none"), d.popitem(), d)  # expect: 1 none ('n', None) {'b': 2, 'c': 3}
    print(d.update({"b": 20, "z": 26}), d, d.update([("y", 25)]), d.update(k=1, l=2), d.update(), d)
    # expect: None {'b': 20, 'c': 3, 'z': 26, 'y': 25, 'k': 1, 'l': 2} None None None {'b': 20, 'c': 3, 'z': 26, 'y': 25, 'k': 1, 'l': 2}
    print(d.copy() == d, d.copy() is d, dict.fromkeys("ab"), dict.fromkeys([1, 2], []), d.clear(), d)
    # expect: True False {'a': None, 'b': None} {1: [], 2: []} None {}
    print(attempt(lambda: {}.pop("x")))  # expect: KeyError: 'x'
    print(attempt(lambda: {}.popitem()))  # expect: KeyError: 'popitem(): dictionary is empty'
    print(attempt(lambda: {}.update(5)))  # expect: TypeError: 'int' object is not iterable
    print(attempt(lambda: {}.update([(1, 2, 3)])))
    # expect: ValueError: dictionary update sequence element #0 has length 3; 2 is required
    counts = {}
    for letter in "mississippi":
        counts[letter] = counts.get(letter, 0) + 1
    print(counts, [k for k, v in counts.items() if v == max(counts.values())])
    # expect: {'m': 1, 'i': 4, 's': 4, 'p': 2} ['i', 's']
    groups = {}
    for word in ("apple", "avocado", "banana", "blueberry", "cherry"):
        groups.setdefault(word[0], []).append(word)
    print(groups)  # expect: {'a': ['apple', 'avocado'], 'b': ['banana', 'blueberry'], 'c': ['cherry']}
