# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Everything is evaluated from left to right, and only if it must be."""


def main():
    log = []

    def note(value):
        log.append(value)
        return value

    def taken():
        seen = log.copy()
        log.clear()
        return seen

    note(1) + note(2) * note(3)
    print(taken())  # expect: [1, 2, 3]
    note(0) and note(1) or note(2) and note(3)
    print(taken())  # expect: [0, 2, 3]
    note(1) < note(2) < note(0) < note(9)
    print(taken())  # expect: [1, 2, 0]
    [note(1), note(2)][note(0)]
    print(taken())  # expect: [1, 2, 0]
    {note("k"): note("v"), note("l"): note("w")}
    print(taken())  # expect: ['k', 'v', 'l', 'w']
    note("no") if note(0) else note("yes")
    print(taken())  # expect: [0, 'yes']
    d = {}
    d[note("key")] = note("value")
    print(taken())  # expect: ['value', 'key']
    items = [0, 0]
    items[note(0)], items[note(1)] = note("a"), note("b")
    print(taken(), items)  # expect: ['a', 'b', 0, 1] ['a', 'b']
    items[note(1)] += note("c")
    print(taken(), items)  # expect: [1, 'c'] ['a', 'bc']
    print(max(note(1), note(2), *[note(3)], key=note(None)), taken())  # expect: 3 [1, 2, 3, None]
    (lambda a, b=note("default"), *c, d: note("body"))(note("one"), d=note("named"))
    print(taken())  # expect: ['default', 'one', 'named', 'body']
    note([5, 6])[note(0) : note(1)]
    print(taken())  # expect: [[5, 6], 0, 1]
    x = note(1) if note(True) else 1 // 0
    print(taken(), x)  # expect: [True, 1] 1
