# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Methods of bytes are those of str, over bytes."""


def main():
    data = b"the cat and the hat"
    print(data.find(b"cat"), data.find(99), data.rfind(b"the"), data.count(b"t"), data.count(116), data.index(b"and"))
    # expect: 4 4 12 4 4 8
    print(data.split(), b"a,b,,c".split(b","), b"a,b,c".rsplit(b",", 1), b"a\nb".splitlines(), b"k=v".partition(b"="))
    # expect: [b'the', b'cat', b'and', b'the', b'hat'] [b'a', b'b', b'', b'c'] [b'a,b', b'c'] [b'a', b'b'] (b'k', b'=', b'v')
    print(data.replace(b"the", b"a"), b"abc".upper(), b"ABC".lower(), b"abc".title(), b"aBc".swapcase(), b"ab".capitalize())
    # expect: b'a cat and a hat' b'ABC' b'abc' b'Abc' b'AbC' b'Ab'
    print(b"  a ".strip(), b"xxa".lstrip(b"x"), b"a\n".rstrip(), b"a".ljust(3), b"a".rjust(3, b"-"), b"a".center(3), b"7".zfill(3))
    # expect: b'a' b'a' b'a' b'a  ' b'--a' b' a ' b'007'
    print(b",".join([b"a", b"b"]), data.startswith(b"the"), data.endswith((b"x", b"hat")), b"pre-x".removeprefix(b"pre-"))
    # expect: b'a,b' True True b'x'
    print(b"abc".isalpha(), b"123".isdigit(), b"a1".isalnum(), b" ".isspace(), b"AB".isupper(), b"ab".islower())
    # expect: True True True True True True
    print(b"\x01\xab".hex(), b"\x01\xab".hex(":"), b"\x01\xab\xcd".hex("-", 2), bytes.fromhex("01 ab"), b"abc".translate(None, b"b"))
    # expect: 01ab 01:ab 01-abcd b'\x01\xab' b'ac'
    try:
        bytes.fromhex("0g")
    except ValueError as error:
        print(error)  # expect: non-hexadecimal number found in fromhex() arg at position 1
    try:
        data.index(b"dog")
    except ValueError as error:
        print(error)  # expect: subsection not found
