# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""replace and translate."""


def main():
    print("banana".replace("a", "o"), "banana".replace("a", "o", 2), "banana".replace("na", ""), "banana".replace("x", "y"))
    # expect: bonono bonona ba banana
    print("abc".replace("", "-"), "abc".replace("", "-", 2), "".replace("", "x"), "aaa".replace("aa", "b"))
    # expect: -a-b-c- -a-bc x ba
    print("äbä".replace("ä", "ae"), "abc".replace("b", "𝄞"), "a.b.c".replace(".", "", -1))
    # expect: aebae a𝄞c abc
    table = str.maketrans({"a": "1", "b": None, "c": "long"})
    print("abcabc".translate(table), "xyz".translate(table))  # expect: 1long1long xyz
    print("hello".translate(str.maketrans("el", "ip")), "hello".translate(str.maketrans("l", "L", "h")))
    # expect: hippo eLLo
    print("abc".translate({97: "A", 98: None}), "abc".translate({}))  # expect: Ac abc
