# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""A call that is returned takes no stack."""


def count(n, total=0):
    if n == 0:
        return total
    return count(n - 1, total + n)


def even(n):
    return True if n == 0 else odd(n - 1)


def odd(n):
    return False if n == 0 else even(n - 1)


def depth(n):
    return 0 if n == 0 else 1 + depth(n - 1)


def main():
    print(count(900), even(800), odd(801), depth(700))  # expect: 405450 True True 700
