# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""The % of strings."""


def attempt(function):
    try:
        return function()
    except (ValueError, TypeError, KeyError) as error:
        return f"{type(error).__name__}: {error}"


def main():
    print("%d %i %s %r %a" % (1, 2, "x", "y", "ä"), "%s" % 5, "%s" % (5,), "%%" % ())
    # expect: 1 2 x 'y' '\xe4' 5 5 %
    print("%5d|%-5d|%05d|%+d|% d" % (42, 42, 42, 42, 42), "%x %X %o %#x %#o" % (255, 255, 8, 255, 8))
    # expect:    42|42   |00042|+42| 42 ff FF 10 0xff 0o10
    print("%f %.2f %8.3f %-8.1f| %e %.0e %g %G" % (1.5, 2.345, 3.14159, 2.5, 12345.678, 5.5, 1e-5, 1e20))
    # expect: 1.500000 2.35    3.142 2.5     | 1.234568e+04 6e+00 1e-05 1E+20
    print("%c%c" % (65, "b"), "%10s|%-10s|%.2s" % ("right", "left", "cut"), "%*d" % (5, 42), "%.*f" % (2, 1.005))
    # expect: Ab      right|left      |cu    42 1.00
    print("%(a)s %(b)d" % {"a": 1, "b": 2}, "%(a)s" % {"a": None}, "%s and %s" % ("x", [1, 2]))
    # expect: 1 2 None x and [1, 2]
    print("%d" % 3.99, "%d" % 2**70, "%x" % -255, "%s %s" % ((1, 2), {}), "%5.1f%%" % 12.345)
    # expect: 3 1180591620717411303424 -ff (1, 2) {}  12.3%
    print(attempt(lambda: "%d" % "x"))  # expect: TypeError: %d format: a real number is required, not str
    print(attempt(lambda: "%s %s" % "x"))  # expect: TypeError: not enough arguments for format string
    print(attempt(lambda: "%s" % (1, 2)))
    # expect: TypeError: not all arguments converted during string formatting
    print(attempt(lambda: "%(k)s" % {}))  # expect: KeyError: 'k'
    print(attempt(lambda: "%y" % 1))  # expect: ValueError: unsupported format character 'y' (0x79) at index 1
    print(attempt(lambda: "%c" % "ab"))  # expect: TypeError: %c requires int or char
    print(b"%d %s" % (1, b"x") if False else "bytes stay bytes")  # expect: bytes stay bytes
