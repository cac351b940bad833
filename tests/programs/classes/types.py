# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""isinstance, type, and what a value calls itself."""


def main():
    values = [1, 1.5, True, None, "s", b"b", (), [], {}, set(), frozenset(), range(1), ValueError()]
    print([type(v).__name__ for v in values])
    # expect: ['int', 'float', 'bool', 'NoneType', 'str', 'bytes', 'tuple', 'list', 'dict', 'set', 'frozenset', 'range', 'ValueError']
    print([isinstance(v, (int, str)) for v in values])
    # expect: [True, False, True, False, True, False, False, False, False, False, False, False, False]
    print(isinstance(1, object), isinstance(True, int), isinstance(1, float), isinstance([], (list, tuple)), isinstance(None, type(None)))
    # expect: True True False True True
    print(type(1) is int, type("") == str, type(1) is type(2), type(True) is int, isinstance(5, int | str), isinstance(None, int | None))
    # expect: True True True False True True
    print(getattr("ab", "upper")() if False else "ab".upper(), int.__name__, str is str)
    # expect: AB int True
    print([t(5) for t in (int, float, str, bool)], {int: "i"}[int], repr(int), str(type([])))
    # expect: [5, 5.0, '5', True] i <class 'int'> <class 'list'>
