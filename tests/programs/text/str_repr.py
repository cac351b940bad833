# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""repr and ascii show what cannot be printed."""


def main():
    print(repr("a'b"), repr('a"b'), repr("a'b\"c"), repr("\\"), repr("\n\t\r"))
    # expect: "a'b" 'a"b' 'a\'b"c' '\\' '\n\t\r'
    print(repr("\x00\x1f\x7f"), repr("\x80\xa0\xad"), repr("äö€"), repr("𝄞"), repr("\ue000"))
    # expect: '\x00\x1f\x7f' '\x80\xa0\xad' 'äö€' '𝄞' '\ue000'
    print(repr("\u200b"), repr("\u2028"), repr(""))  # expect: '\u200b' '\u2028' ''
    print(ascii("aä€𝄞"), ascii("x"), ascii(["ä"]))  # expect: 'a\xe4\u20ac\U0001d11e' 'x' ['\xe4']
    print(["a'b", "\n"], ("x",), {"k": "v"}, {"ä"})  # expect: ["a'b", '\n'] ('x',) {'k': 'v'} {'ä'}
    print(f"{'ä'!r} {'ä'!a} {'ä'!s} {chr(10)!r}")  # expect: 'ä' '\xe4' ä '\n'
    print("tab\there", "quote\"s", 'it\'s', r"raw\n", "\x41\u0042\N{LATIN SMALL LETTER C}", "a" "b" 'c')
    # expect: tab	here quote"s it's raw\n ABc abc
