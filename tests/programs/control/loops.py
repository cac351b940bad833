# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""while, for, else, break and continue."""


def first_factor(n):
    for d in range(2, n):
        if n % d == 0:
            break
    else:
        return None
    return d


def collatz(n):
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    else:
        return ("done", steps)


def main():
    print([first_factor(n) for n in (2, 9, 35, 97)], collatz(27))  # expect: [None, 3, 5, None] ('done', 111)
    found = []
    for i in range(3):
        for j in range(3):
            if j == i:
                continue
            if j == 2:
                break
            found.append((i, j))
        else:
            found.append(("full", i))
    print(found)  # expect: [(0, 1), (1, 0), (2, 0), (2, 1), ('full', 2)]
    n = 10
    while n:
        n -= 1
        if n == 5:
            break
    print(n, i, j)  # expect: 5 2 2
    for k in []:
        pass
    else:
        print("nothing")  # expect: nothing
    items = [1, 2, 3]
    for item in items:
        if item < 3:
            items.append(item + 2)
    print(items)  # expect: [1, 2, 3, 3, 4]
    while True:
        items.pop()
        if not items:
            break
    print(items)  # expect: []
    for k in range(3):
        k = 10
    print(k, [*range(2)])  # expect: 10 [0, 1]
