# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Functions that call themselves and each other."""


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def permutations(items):
    if not items:
        return [[]]
    return [[x, *rest] for i, x in enumerate(items) for rest in permutations(items[:i] + items[i + 1 :])]


def flatten(value):
    if isinstance(value, list):
        return [leaf for part in value for leaf in flatten(part)]
    return [value]


def ackermann(m, n):
    if m == 0:
        return n + 1
    return ackermann(m - 1, 1) if n == 0 else ackermann(m - 1, ackermann(m, n - 1))


def hanoi(n, a, b, c):
    return [] if n == 0 else hanoi(n - 1, a, c, b) + [(a, c)] + hanoi(n - 1, b, a, c)


def quicksort(items):
    if len(items) < 2:
        return items
    pivot, *rest = items
    return quicksort([x for x in rest if x < pivot]) + [pivot] + quicksort([x for x in rest if x >= pivot])


def main():
    print(fib(15), permutations([1, 2, 3]), flatten([1, [2, [3, [[4]], []]], 5]))
    # expect: 610 [[1, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1]] [1, 2, 3, 4, 5]
    print(ackermann(2, 3), hanoi(3, "a", "b", "c"), len(hanoi(6, 1, 2, 3)), quicksort([3, 1, 4, 1, 5, 9, 2, 6]))
    # expect: 9 [('a', 'c'), ('a', 'b'), ('c', 'b'), ('a', 'c'), ('b', 'a'), ('b', 'c'), ('a', 'c')] 63 [1, 1, 2, 3, 4, 5, 6, 9]

    def local(n):
        return [] if n == 0 else [n, *local(n - 1)]

    print(local(5))  # expect: [5, 4, 3, 2, 1]
