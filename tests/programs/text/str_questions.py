# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What letters a string has."""

WORDS = ["abc", "abc1", "123", "", " ", "a b", "äöü", "²", "½", "_x", "1x", "x-1", "\n", "٣"]


def main():
    print([w.isalpha() for w in WORDS])
    # expect: [True, False, False, False, False, False, True, False, False, False, False, False, False, False]
    print([w.isalnum() for w in WORDS])
    # expect: [True, True, True, False, False, False, True, True, True, False, True, False, False, True]
    print([w.isdigit() for w in WORDS])
    # expect: [False, False, True, False, False, False, False, True, False, False, False, False, False, True]
    print([w.isdecimal() for w in WORDS])
    # expect: [False, False, True, False, False, False, False, False, False, False, False, False, False, True]
    print([w.isnumeric() for w in WORDS])
    # expect: [False, False, True, False, False, False, False, True, True, False, False, False, False, True]
    print([w.isspace() for w in WORDS])
    # expect: [False, False, False, False, True, False, False, False, False, False, False, False, True, False]
    print([w.isidentifier() for w in WORDS])
    # expect: [True, True, False, False, False, False, True, False, False, True, False, False, False, False]
    print([w.isprintable() for w in WORDS])
    # expect: [True, True, True, True, True, True, True, True, True, True, True, True, False, True]
    print([w.isascii() for w in WORDS])
    # expect: [True, True, True, True, True, True, False, False, False, True, True, True, True, False]
