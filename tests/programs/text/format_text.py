# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""The format of strings and of other values."""


def attempt(value, spec):
    try:
        return format(value, spec)
    except (ValueError, TypeError) as error:
        return f"{type(error).__name__}: {error}"


def main():
    print([format("abc", s) for s in ("", "5", "<5", ">5", "^6", "*^7", ".2", "5.1", "s", "05", "ä>5")])
    # expect: ['abc', 'abc  ', 'abc  ', '  abc', ' abc  ', '**abc**', 'ab', 'a    ', 'abc', 'abc00', 'ääabc']
    print([format(v) for v in (None, True, (1, 2), [1], {"k": 1}, b"x", range(3))])
    # expect: ['None', 'True', '(1, 2)', '[1]', "{'k': 1}", "b'x'", 'range(0, 3)']
    print(attempt("abc", "d"))  # expect: ValueError: Unknown format code 'd' for object of type 'str'
    print(attempt("abc", "+"))  # expect: ValueError: Sign not allowed in string format specifier
    print(attempt("abc", ","))  # expect: ValueError: Cannot specify ',' with 's'.
    print(attempt("abc", "=5"))  # expect: ValueError: '=' alignment not allowed in string format specifier
    print(attempt(None, "5"))  # expect: TypeError: unsupported format string passed to NoneType.__format__
    print(attempt([1], "d"))  # expect: TypeError: unsupported format string passed to list.__format__
    print(attempt("x", "5.3.2"))
    # expect: ValueError: Invalid format specifier '5.3.2' for object of type 'str'
    print(repr(format("𝄞", ">3")), repr(format("", "3")), format("x", "\x00>3") == "\x00\x00x")
    # expect: '  𝄞' '   ' True
