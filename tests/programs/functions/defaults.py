# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Defaults are made once, when the function is."""


def main():
    n = 1

    def f(a=n, b=[]):
        b.append(a)
        return (a, b)

    n = 2
    print(f(), f(5), f(b=[]), f())  # expect: (1, [1, 5, 1]) (5, [1, 5, 1]) (1, [1]) (1, [1, 5, 1])

    def outer(k):
        def inner(x=k * 2, *, y=k + 1):
            return (k, x, y)

        return inner

    first, second = outer(1), outer(10)
    print(first(), second(), first(0), second(y=0), (lambda a, b=n: a + b)(1))
    # expect: (1, 2, 2) (10, 20, 11) (1, 0, 2) (10, 20, 0) 3
