# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Strings are ordered by their code points."""


def main():
    print("a" < "b", "a" < "B", "a" < "aa", "" < "a", "Z" < "a", "abc" >= "abc", "abc" > "abd")
    # expect: True False True True True True False
    print("z" < "ä", "\uffff" < "\U00010000", "é" == "é", "é" == "e\u0301")  # expect: True True True False
    print(sorted(["b", "A", "a", "B", "ä", "", "aa"]), max("hello"), min("hello"))
    # expect: ['', 'A', 'B', 'a', 'aa', 'b', 'ä'] o e
    print("a" == b"a", "1" == 1, "abc" != "abd")  # expect: False False True
    print(sorted(["10", "9", "1"]), sorted(["10", "9", "1"], key=int), max(["bb", "a"], key=len))
    # expect: ['1', '10', '9'] ['1', '9', '10'] bb
    print(ord("a"), ord("€"), ord("𝄞"), chr(97), chr(8364), chr(0x1D11E))  # expect: 97 8364 119070 a € 𝄞
    for bad in ("", "ab"):
        try:
            print(ord(bad))
        except TypeError as error:
            print(error)
    # expect: ord() expected a character, but string of length 0 found
    # expect: ord() expected a character, but string of length 2 found
    try:
        print(chr(-1))
    except ValueError as error:
        print(error)  # expect: chr() arg not in range(0x110000)
