# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""split, rsplit, splitlines, partition, join."""


def main():
    print("a b  c".split(), "a b  c".split(" "), " a ".split(), "".split(), "".split(","))
    # expect: ['a', 'b', 'c'] ['a', 'b', '', 'c'] ['a'] [] ['']
    print("a,b,,c".split(","), "a,b,c,d".split(",", 2), "a b c d".split(None, 1), "a,b".split(",", 0))
    # expect: ['a', 'b', '', 'c'] ['a', 'b', 'c,d'] ['a', 'b c d'] ['a,b']
    print("a,b,c,d".rsplit(",", 2), "a b c".rsplit(None, 1), "a".rsplit(","), "x--y--z".split("--"))
    # expect: ['a,b', 'c', 'd'] ['a b', 'c'] ['a'] ['x', 'y', 'z']
    print("a\nb\r\nc\rd".splitlines(), "a\nb\n".splitlines(True), "".splitlines(), "\n".splitlines())
    # expect: ['a', 'b', 'c', 'd'] ['a\n', 'b\n'] [] ['']
    print("k=v=w".partition("="), "k=v=w".rpartition("="), "kv".partition("="), "kv".rpartition("="))
    # expect: ('k', '=', 'v=w') ('k=v', '=', 'w') ('kv', '', '') ('', '', 'kv')
    print(",".join(["a", "b", "c"]), "".join("abc"), "-".join([]), ", ".join(str(n) for n in range(3)))
    # expect: a,b,c abc  0, 1, 2
    print("ab".join("xyz"), " ".join({"k": 1, "l": 2}), "\u2028x".splitlines(), "a\x0bb\x0cc".splitlines())
    # expect: xabyabz k l ['', 'x'] ['a', 'b', 'c']
    try:
        "a".split("")
    except ValueError as error:
        print(error)  # expect: empty separator
    try:
        ",".join(["a", 1])
    except TypeError as error:
        print(error)  # expect: sequence item 1: expected str instance, int found
