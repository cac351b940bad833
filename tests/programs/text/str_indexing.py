# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Letters and slices of strings."""


def main():
    word = "Python"
    print(word[0], word[-1], word[2], len(word))  # expect: P n t 6
    print(word[1:4], word[:2], word[4:], word[:], word[-3:], word[:-3])  # expect: yth Py on Python hon Pyt
    print(word[::2], word[::-1], word[4:1:-1], word[1:100], word[100:], repr(word[3:1]))
    # expect: Pto nohtyP oht ython  ''
    print(word[slice(1, 3)] if False else word[1:3], "a" in word, "th" in word, "" in word, "ht" in word)
    # expect: yt False True True False
    print("ab" + "cd", "ab" * 3, 2 * "x", "ab" * 0 == "", "ab" * -1 == "")  # expect: abcd ababab xx True True
    print("äöü€𝄞"[3], "äöü€𝄞"[-1], len("äöü€𝄞"), "äöü€𝄞"[1:4], "äöü€𝄞"[::-1])  # expect: € 𝄞 5 öü€ 𝄞€üöä
    for place in (6, -7):
        try:
            print(word[place])
        except IndexError as error:
            print(error)
    # expect: string index out of range
    # expect: string index out of range
    try:
        word[0] = "J"
    except TypeError as error:
        print(error)  # expect: 'str' object does not support item assignment
    print([letter for letter in "abc"], list("äö"), tuple("xy"), sorted("bca"))
    # expect: ['a', 'b', 'c'] ['ä', 'ö'] ('x', 'y') ['a', 'b', 'c']
