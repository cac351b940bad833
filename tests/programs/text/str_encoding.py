# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Text to bytes and back."""


def attempt(function):
    try:
        return function()
    except (UnicodeError, LookupError) as error:
        return f"{type(error).__name__}: {error}"


def main():
    print("aä€𝄞".encode(), "aä".encode("latin-1"), "abc".encode("ascii"), "".encode())
    # expect: b'a\xc3\xa4\xe2\x82\xac\xf0\x9d\x84\x9e' b'a\xe4' b'abc' b''
    print(b"a\xc3\xa4".decode(), b"a\xe4".decode("latin-1"), b"abc".decode("ascii"), b"".decode() == "")
    # expect: aä aä abc True
    print("aä".encode("ascii", "ignore"), "aä".encode("ascii", "replace"), "ä€".encode("ascii", "backslashreplace"))
    # expect: b'a' b'a?' b'\\xe4\\u20ac'
    print("ä".encode("ascii", "xmlcharrefreplace"), b"a\xff".decode("utf-8", "replace"), b"a\xff".decode("utf-8", "ignore"))
    # expect: b'&#228;' a� a
    print(b"a\xff".decode("utf-8", "backslashreplace"), str(b"abc", "utf-8"), bytes("ä", "utf-8"))
    # expect: a\xff abc b'\xc3\xa4'
    print(attempt(lambda: "ä".encode("ascii")))
    # expect: UnicodeEncodeError: 'ascii' codec can't encode character '\xe4' in position 0: ordinal not in range(128)
    print(attempt(lambda: "€".encode("latin-1")))
    # expect: UnicodeEncodeError: 'latin-1' codec can't encode character '\u20ac' in position 0: ordinal not in range(256)
    print(attempt(lambda: b"\xff".decode()))
    # expect: UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte
    print(attempt(lambda: b"a\xe2\x82".decode()))
    # expect: UnicodeDecodeError: 'utf-8' codec can't decode bytes in position 1-2: unexpected end of data
    print(attempt(lambda: b"\x80".decode("ascii")))
    # expect: UnicodeDecodeError: 'ascii' codec can't decode byte 0x80 in position 0: ordinal not in range(128)
    print(attempt(lambda: "a".encode("no such")))  # expect: LookupError: unknown encoding: no such
