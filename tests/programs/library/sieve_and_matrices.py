# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Longer computations with a known end."""


def primes(limit):
    marked = [True] * limit
    marked[0:2] = [False, False]
    for n in range(2, int(limit**0.5) + 1):
        if marked[n]:
            marked[n * n :: n] = [False] * len(range(n * n, limit, n))
    return [n for n, is_prime in enumerate(marked) if is_prime]


def product(a, b):
    return [[sum(x * y for x, y in zip(row, column)) for column in zip(*b)] for row in a]


def queens(n, placed=()):
    if len(placed) == n:
        return 1
    row = len(placed)
    return sum(
        queens(n, (*placed, c))
        for c in range(n)
        if all(c != p and abs(c - p) != row - r for r, p in enumerate(placed))
    )


def words(text):
    counts = {}
    for word in text.lower().split():
        word = word.strip(".,!")
        counts[word] = counts.get(word, 0) + 1
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def pi_digits(n):
    one = 10 ** (n + 10)

    def arctan(x):
        total = term = one // x
        k, sign = 3, -1
        while term:
            term //= x * x
            total += sign * (term // k)
            k, sign = k + 2, -sign
        return total

    return 4 * (4 * arctan(5) - arctan(239)) // 10**10


def main():
    print(primes(50), len(primes(5000)), product([[1, 2], [3, 4]], [[5, 6], [7, 8]]), queens(6))
    # expect: [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47] 669 [[19, 22], [43, 50]] 4
    print(words("The cat and the hat. The end, and no more!"), pi_digits(50))
    # expect: [('the', 3), ('and', 2), ('cat', 1), ('end', 1), ('hat', 1), ('more', 1), ('no', 1)] 314159265358979323846264338327950288419716939937510
