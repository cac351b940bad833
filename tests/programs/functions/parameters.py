# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Defaults, by position, by name, and the rest."""


def attempt(function, *args, **kwargs):
    try:
        return function(*args, **kwargs)
    except TypeError as error:
        return str(error)


def plain(a, b=2, c=3):
    return (a, b, c)


def strict(a, /, b, *, c, d=4):
    return (a, b, c, d)


def rest(a, *more, k=1, **named):
    return (a, more, k, named)


def main():
    print(plain(1), plain(1, 5), plain(1, c=9), plain(c=1, a=2), plain(*[1, 2]), plain(**{"a": 1, "b": 0}))
    # expect: (1, 2, 3) (1, 5, 3) (1, 2, 9) (2, 2, 1) (1, 2, 3) (1, 0, 3)
    print(strict(1, 2, c=3), strict(1, b=2, c=3, d=0))  # expect: (1, 2, 3, 4) (1, 2, 3, 0)
    print(rest(1), rest(1, 2, 3), rest(1, k=2, z=3), rest(*"abc", **{"x": 1}), rest(1, *[2], *(3,), y=4, **{"z": 5}))
    # expect: (1, (), 1, {}) (1, (2, 3), 1, {}) (1, (), 2, {'z': 3}) ('a', ('b', 'c'), 1, {'x': 1}) (1, (2, 3), 1, {'y': 4, 'z': 5})
    print(attempt(plain))  # expect: plain() missing 1 required positional argument: 'a'
    print(attempt(plain, 1, 2, 3, 4))
    # expect: plain() takes from 1 to 3 positional arguments but 4 were given
    print(attempt(plain, 1, a=1))  # expect: plain() got multiple values for argument 'a'
    print(attempt(plain, 1, z=1))  # expect: plain() got an unexpected keyword argument 'z'
    print(attempt(strict, 1, 2))  # expect: strict() missing 1 required keyword-only argument: 'c'
    print(attempt(strict, a=1, b=2, c=3))
    # expect: strict() got some positional-only arguments passed as keyword arguments: 'a'
    print(attempt(strict, 1, 2, 3))  # expect: strict() takes 2 positional arguments but 3 were given
    print(attempt(rest))  # expect: rest() missing 1 required positional argument: 'a'
    print(attempt(rest, 1, **{"a": 2}))  # expect: rest() got multiple values for argument 'a'
