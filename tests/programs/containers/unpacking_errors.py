# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What cannot be taken apart says what was missing."""


def attempt(function):
    try:
        return function()
    except (ValueError, TypeError) as error:
        return f"{type(error).__name__}: {error}"


def two(value):
    a, b = value
    return a, b


def starred(value):
    a, *b, c = value
    return a, b, c


def nested(value):
    a, (b, c) = value
    return a, b, c


def main():
    print(attempt(lambda: two((1, 2))), attempt(lambda: two("ab")), attempt(lambda: two({1: 0, 2: 0})))
    # expect: (1, 2) ('a', 'b') (1, 2)
    print(attempt(lambda: two((1,))))  # expect: ValueError: not enough values to unpack (expected 2, got 1)
    print(attempt(lambda: two(())))  # expect: ValueError: not enough values to unpack (expected 2, got 0)
    print(attempt(lambda: two([1, 2, 3])))  # expect: ValueError: too many values to unpack (expected 2)
    print(attempt(lambda: two(5)))  # expect: TypeError: cannot unpack non-iterable int object
    print(attempt(lambda: two(None)))  # expect: TypeError: cannot unpack non-iterable NoneType object
    print(attempt(lambda: starred((1, 2))), attempt(lambda: starred("abcd")))
    # expect: (1, [], 2) ('a', ['b', 'c'], 'd')
    print(attempt(lambda: starred((1,))))
    # expect: ValueError: not enough values to unpack (expected at least 2, got 1)
    print(attempt(lambda: starred([])))
    # expect: ValueError: not enough values to unpack (expected at least 2, got 0)
    print(attempt(lambda: nested((1, (2, 3)))))  # expect: (1, 2, 3)
    print(attempt(lambda: nested((1, 2))))  # expect: TypeError: cannot unpack non-iterable int object
    print(attempt(lambda: nested((1, (2,)))))
    # expect: ValueError: not enough values to unpack (expected 2, got 1)
