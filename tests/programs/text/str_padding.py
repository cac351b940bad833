# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""strip, justify, fill and cut."""


def main():
    print(repr("  a b ".strip()), repr("  a ".lstrip()), repr("  a ".rstrip()), "xxaxx".strip("x"), "abcba".strip("ab"))
    # expect: 'a b' 'a ' '  a' a c
    print("xyx".lstrip("x"), "xyx".rstrip("x"), repr("\t\n a\u00a0".strip()), repr("".strip()), "aaa".strip("a") == "")
    # expect: yx xy 'a' '' True
    print(repr("a".ljust(3)), repr("a".rjust(3)), repr("a".center(4)), repr("ab".center(5)), "a".ljust(3, "*"), "abc".rjust(2))
    # expect: 'a  ' '  a' ' a  ' '  ab ' a** abc
    print("42".zfill(5), "-42".zfill(5), "+4".zfill(4), "abc".zfill(2), "".zfill(2))
    # expect: 00042 -0042 +004 abc 00
    print("prefix-x".removeprefix("prefix-"), "x.py".removesuffix(".py"), "x".removeprefix("y"), "x".removesuffix(""))
    # expect: x x x x
    print(repr("a\tb".expandtabs()), repr("a\tbc\td".expandtabs(4)), repr("\t".expandtabs(0)))
    # expect: 'a       b' 'a   bc  d' ''
    print("ä".center(3, "ö"), "x".center(4, "-"), "xy".center(7, "-"), "𝄞".rjust(3, "·"))
    # expect: öäö -x-- ---xy-- ··𝄞
