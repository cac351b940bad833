# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Closures share the variables they capture."""


def counter(start=0):
    count = start

    def up(by=1):
        nonlocal count
        count += by
        return count

    def value():
        return count

    return up, value


def compose(*functions):
    def composed(x):
        for f in functions:
            x = f(x)
        return x

    return composed


def main():
    up, value = counter(5)
    other, _ = counter()
    print(up(), up(10), value(), other(), value())  # expect: 6 16 16 1 16
    makers = [lambda: n for n in range(3)]
    print([m() for m in makers], compose(lambda x: x + 1, lambda x: x * 2, str)(4))  # expect: [2, 2, 2] 10

    def outer():
        x = "outer"

        def middle():
            def inner():
                nonlocal x
                x = x + "!"
                return x

            return inner

        f = middle()
        f()
        return x, f()

    print(outer())  # expect: ('outer!', 'outer!!')
    late = lambda: later
    later = "bound later"
    print(late(), (lambda a: (lambda b: (lambda c: a + b + c)))(1)(2)(3))  # expect: bound later 6
    table = {"add": lambda a, b: a + b, "neg": lambda a: -a}
    print(table["add"](1, 2), table["neg"](5), [f(3) for f in (lambda x: x, lambda x: x**2)])
    # expect: 3 -5 [3, 9]
