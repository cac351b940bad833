# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What shares a list sees its changes; a copy does not."""


def change(items, more=None):
    items.append("changed")
    items = ["rebound"]
    return items


def main():
    a = [1]
    b = a
    c = a[:]
    print(change(a), a, b, c, a is b, a is c)
    # expect: ['rebound'] [1, 'changed'] [1, 'changed'] [1] True False
    grid = [[0] * 2] * 2
    grid[0][0] = 1
    print(grid, [[0] * 2 for _ in range(2)], grid[0] is grid[1])
    # expect: [[1, 0], [1, 0]] [[0, 0], [0, 0]] True
    d = {"list": a}
    d["list"] += [2]
    print(a, d["list"] is a)  # expect: [1, 'changed', 2] True
    a = a + [3]
    print(a, b, d)  # expect: [1, 'changed', 2, 3] [1, 'changed', 2] {'list': [1, 'changed', 2]}
    t = (b, b)
    t[0].clear()
    print(t, b, d)  # expect: ([], []) [] {'list': []}
    deep = [[1], [2]]
    shallow = deep.copy()
    shallow[0].append("both")
    shallow.append("one")
    print(deep, shallow, list(deep) == deep, deep[0] is shallow[0])
    # expect: [[1, 'both'], [2]] [[1, 'both'], [2], 'one'] True True
    loop = [1]
    loop.append(loop)
    print(loop, loop[1][1][0], len(loop), loop is loop[1])  # expect: [1, [...]] 1 2 True
    own = {}
    own["self"] = own
    print(own)  # expect: {'self': {...}}
