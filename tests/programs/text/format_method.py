# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""str.format: fields by position, name, item and attribute."""


def attempt(text, *args, **kwargs):
    try:
        return text.format(*args, **kwargs)
    except (ValueError, KeyError, IndexError, AttributeError, TypeError) as error:
        return f"{type(error).__name__}: {error}"


def main():
    print("{} {} {}".format(1, "a", None), "{1} {0} {1}".format("a", "b"), "{x}-{y}".format(x=1, y=2), "{0}{x}".format(1, x=2))
    # expect: 1 a None b a b 1-2 12
    print("{0[1]} {0[0]}".format([10, 20]), "{d[k]} {d[7]}".format(d={"k": "v", 7: "n"}), "{{}}".format(), "{!r:>5}".format("a"))
    # expect: 20 10 v n {}   'a'
    print("{:>{}}".format("x", 4), "{:{w}.{p}f}".format(3.14159, w=8, p=2), "{0:d} {0:x} {0:b}".format(10), "{:,}".format(12345))
    # expect:    x     3.14 10 a 1010 12,345
    print("{a}".format_map({"a": 1}), "{0.real} {0.imag}".format(5), "{:%}".format(0.5), "{!s} {!a}".format("ä", "ä"))
    # expect: 1 5 0 50.000000% ä '\xe4'
    print(attempt("{}"))  # expect: IndexError: Replacement index 0 out of range for positional args tuple
    print(attempt("{x}"))  # expect: KeyError: 'x'
    print(attempt("{0} {}", 1, 2))
    # expect: ValueError: cannot switch from manual field specification to automatic field numbering
    print(attempt("{"))  # expect: ValueError: Single '{' encountered in format string
    print(attempt("}"))  # expect: ValueError: Single '}' encountered in format string
    print(attempt("{0[k]}", [1]))  # expect: TypeError: list indices must be integers or slices, not str
    print(attempt("{0!x}", 1))  # expect: ValueError: Unknown conversion specifier x
    print(attempt("{:d}", "x"))  # expect: ValueError: Unknown format code 'd' for object of type 'str'
