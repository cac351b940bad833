# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Enums: members, what they are worth, look-ups, methods, flags."""

import pytest
from support import assert_same, define, image_of

from pyvm.compiler import CompileError

ENUMS = """
import enum

class Color(enum.Enum):
    RED = 1
    GREEN = "g"
    BLUE = (3, 4)
    CRIMSON = 1

    @property
    def is_red(self):
        return self is Color.RED

    def mixed(self, other):
        return f"{self.name}+{other.name}"

    @classmethod
    def parse(cls, text):
        return cls[text.upper()]

    @staticmethod
    def two():
        return 2

class Level(enum.IntEnum):
    LOW = 0
    HIGH = 10

class Word(enum.StrEnum):
    A = "alpha"
    B = "beta"

class Perm(enum.Flag):
    R = 4
    W = 2
    X = 1
    RW = 6

class Bits(enum.IntFlag):
    A = 1
    B = 2

class Named(enum.Enum):
    ONE = 1

    def __str__(self):
        return "named " + self.name.lower()

class Old(str, enum.Enum):
    A = "a"
"""
BODIES = """
out = []
for c in Color:
    out.append((c, c.name, c.value, c is Color.RED, c == a))
return out, len([*Color]), list(Level), [x.value for x in (Color.GREEN, Word.A, Level.HIGH)]
---
return Color(1), Color("g"), Color((3, 4)), Color["RED"], Color["CRIMSON"], Level(10), Word("beta")
---
return Color(7)
---
return Color["PINK"]
---
return Color[a]
---
return Color[[a]]
---
return Color[Old.A]
---
match Level.HIGH, Level.LOW:
    case int(real=x), int(numerator=y, denominator=z):
        return x, y, z, Level.HIGH.real, Level.HIGH.imag
---
return Level.HIGH.reverse
---
return Level.HIGH.reverse()
---
return Word.A.nothing()
---
kind, x = Color, Color.GREEN
first = kind(1), kind["GREEN"], type(x) is Color, type(x).__name__
return first, x.__class__ is kind, type(x)["RED"], kind.RED
---
x = Color(a)
first = x.is_red, Color.GREEN.is_red, x.mixed(Color.BLUE)
return first, Color.parse("blue"), x.parse("red"), Color.two(), x.two()
---
x, y = Level.HIGH, Level.LOW
return x + 1, 1 + x, x * y, x - a, x < 11, y < x, x == 10, 10 == x, x != 10, x in (10,), -x, x // 3, [5, 6][y]
---
x = Level.HIGH
return str(x), repr(x), f"{x}", f"{x:>5}", str(Color.RED), repr(Color.RED), f"{Color.RED:>12}", [Color.RED, x]
---
first = bool(Level.LOW), bool(Level.HIGH), bool(Color.RED)
return first, not Level.LOW, [1 for x in Level if x], Level.LOW or 5
---
w = Word.A
first = w, str(w), repr(w), f"{w}!", w + "x", "x" + w, w.upper()
return first, w == "alpha", w.startswith("al"), "lph" in w, w < "b"
---
return isinstance(Level.LOW, int), isinstance(Word.A, str), isinstance(Color.RED, Color), isinstance(1, Color)
---
return isinstance(Level.LOW, Level), isinstance(Color.RED, int), isinstance(Old.A, (str, bytes))
---
p = Perm.R | Perm.W
first = p, p == Perm.RW, p & Perm.R, p ^ Perm.R, ~p, Perm.R in p
return first, Perm.X in p, p.value, p.name, list(Perm), Perm(5).value
---
p = Perm.R | Perm.X
first = p, p.name, repr(p), str(p), bool(p), bool(p & Perm.W)
return first, [x for x in (Perm.R, Perm.W, Perm.X) if x in p], p == Perm(5)
---
b = Bits.A | Bits.B
return b, b.value, b + 1, b == 3, Bits.A | 2, b & 1, Bits.A < 2, bool(b & 0)
---
return str(Named.ONE), f"{Named.ONE}", repr(Named.ONE), str(Old.A), Old.A == "a", Old.A + "b"
---
match Color(a):
    case Color.GREEN:
        return "green"
    case Color(name=n, value=1):
        return n
---
first = {Color.RED: 1, Color.GREEN: 2}[Color(a)]
return first, {10: "ten"}[Level.HIGH], Color.RED in (Color.GREEN, Color.RED)
---
return Color.RED < Color.GREEN
---
return Color.RED + 1
---
return Color.RED.nothing
---
return Perm.R | 1
---
first = max(Level.LOW, Level.HIGH), sorted([Level.HIGH, Level.LOW])
return first, sum([Level.HIGH, 1]), int(Level.HIGH), float(Level.HIGH)
---
first = len(Word.A), list(Word.A), abs(Level.HIGH)
return first, list(range(Level.LOW, Level.HIGH, 5)), [i for i in range(Level.HIGH)]
---
return Color.RED in Color, len(Color)
---
s = {1, 10, frozenset([3])}
s.discard(Level.HIGH)
s.remove({3})
return s, Level.HIGH in s
"""


@pytest.mark.parametrize("body", BODIES.strip().split("\n---\n"))
def test_enums(body):
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    assert_same(f"{ENUMS}\ndef f(a):\n{lines}", (1,), ("g",))


OPERATORS = ["+", "-", "*", "/", "//", "%", "**", "<<", ">>", "&", "|", "^", "<", "<=", "==", "in"]
MEMBERS = ["Color.RED", "Level.HIGH", "Word.A", "Perm.RW", "Bits.B", "Old.A"]
OTHERS = [
    "3",
    "True",
    "1.5",
    "None",
    "'ab'",
    "'%s'",
    "'%d'",
    "b'ab'",
    "[1]",
    "(1,)",
    "{1}",
    "{1:2}",
    "range(3)",
]
OPERANDS = MEMBERS + OTHERS


def attempts_of(calls):
    """The body of a function that notes what each call gives or raises."""
    lines = ["    log = []"]
    for call in calls:
        lines += [
            "    try:",
            f"        log.append(({call!r}, {call}))",
            "    except Exception as error:",
        ]
        lines += [f"        log.append(({call!r}, type(error).__name__, str(error)))"]
    return "\n".join([*lines, "    return log\n"])


def noting(assignment, place):
    """The lines of a loop that notes what an assignment to x gives or raises, and where."""
    return (
        f"        try:\n            {assignment}\n            log.append(({place}, x))\n"
        f"        except Exception as error:\n"
        f"            log.append(({place}, type(error).__name__, str(error)))\n"
    )


@pytest.mark.parametrize("operator", OPERATORS)
def test_operators_of_members(operator):
    """Every operator between every kind of member and every type: values and texts of errors."""
    pairs = [(x, y) for x in OPERANDS for y in OPERANDS if x in MEMBERS or y in MEMBERS]
    if operator == "%":  # CPython gives the member itself where it replaces nothing
        pairs = [(x, y) for x, y in pairs if x not in ("Word.A", "Old.A")]
    head = f"    for i, (x, y) in enumerate([{', '.join(f'({x}, {y})' for x, y in pairs)}]):\n"
    loops = head + noting(f"x = x {operator} y", "i")
    if operator[0] not in "<=i":
        loops += head + noting(f"x {operator}= y", "-i")
    assert_same(f"{ENUMS}\ndef f():\n    log = []\n{loops}    return log\n", by_reference=False)


FUNCTIONS = """
len abs int float bool str repr ascii list tuple set frozenset dict sorted sum min max any all
chr ord hex oct bin round bytes math.floor math.sqrt math.gcd json.dumps {}.get {1:2,'alpha':3}.get
'a'.join [1].index [1].count 'alpha'.find 'alphabet'.startswith 'x'.join 'alpha'.split b'ab'.find
'a'.center [].extend {1}.union operator.neg operator.truth '{}'.format '{:>9}'.format '{!r}'.format
format
"""


def test_functions_of_members():
    quoting = ("int", "float", "ord")  # these quote a text, and not its member
    calls = [
        f"{name}({one})" for name in FUNCTIONS.split() for one in MEMBERS if name not in quoting
    ]
    calls += [
        f"{name}({one})"
        for name in quoting
        for one in MEMBERS
        if one not in ("Word.A", "Old.A")
    ]
    iterators = ("range", "enumerate", "zip", "reversed", "iter")
    calls += [f"list({name}({one}))" for name in iterators for one in MEMBERS]
    calls += [f"{operator}{one}" for operator in ("-", "+", "~", "not ") for one in MEMBERS]
    calls += [
        f"{name}({one}, 2)" for name in ("divmod", "pow", "max", "isinstance") for one in MEMBERS
    ]
    calls += [
        f"{name}(2, {one})"
        for name in ("divmod", "pow", "min", "round", "format")
        for one in MEMBERS
    ]
    calls += [f"[5, 6, 7][{one}]" for one in MEMBERS] + [f"[5, 6, 7][:{one}]" for one in MEMBERS]
    calls += [f"','.join([{one}, 'x'])" for one in MEMBERS] + [f"bytes([{one}])" for one in MEMBERS]
    calls += [f"'alphabet'.startswith(('x', {one}))" for one in MEMBERS]
    calls += [f"'abc'.translate({{97: {one}}})" for one in MEMBERS]
    calls += [f"range(20).{name}({one})" for name in ("index", "count") for one in MEMBERS]
    calls += [f"json.dumps([1, 2], separators=({one}, ':'))" for one in ("Word.A", "Old.A")]
    # What a call keeps, gives or shows stays a member; what it reads is a value.
    calls += [f"inserted({one}, {two})" for one in MEMBERS for two in MEMBERS]
    calls += [f"getattr((1,), {one}, Level.HIGH)" for one in ("Word.A", "Old.A")]
    calls += [f"'a b a'.replace({one}, {two})" for one in MEMBERS for two in ("Word.B", "Old.A")]
    # However it is called.
    calls += [f"function({one})" for one in MEMBERS] + [f"chr(*[{one}])" for one in MEMBERS]
    calls += [f"bound({one})" for one in MEMBERS] + [f"list(map(chr, [{one}]))" for one in MEMBERS]
    calls += [f"'a b c'.split(maxsplit={one})" for one in MEMBERS]
    calls += [f"Word.A.{name}({one})" for name in ("startswith", "split", "center") for one in MEMBERS]
    calls += [f"Level.HIGH.to_bytes({one}, 'big')" for one in MEMBERS]
    calls += ["len(Bits.A | 4)", "Bits(5)", "Bits(3)", "','.join(Word)"]
    calls += [f"{{10: 1, 'a': 2}}[{one}]" for one in MEMBERS] + [f"{one}[0]" for one in MEMBERS]
    calls += [f"f'{{{one}}} {{{one}!r}} {{{one}:>9}}'" for one in MEMBERS]
    helpers = "def inserted(x, y):\n    made = [5, 6]\n    made.insert(x, y)\n    return made\n"
    head = "    function, bound = chr, 'a'.center\n"
    text = f"import json, math, operator\n{ENUMS}\n{helpers}\ndef f():\n{head}{attempts_of(calls)}"
    assert_same(text, by_reference=False)


REFUSED = [
    ("@classmethod\n    def _missing_(cls, value): return cls.A", "in a dict"),
    ("B = [1]", "no hash"),
    ("def __eq__(self, other): return True", "another name"),
]


@pytest.mark.parametrize(("member", "words"), REFUSED)
def test_enums_that_are_refused(member, words):
    source = (
        f"import enum\nclass E(enum.Enum):\n    A = 1\n    {member}\ndef f():\n    return E.A\n"
    )
    with pytest.raises(CompileError, match=words):
        image_of(define(source)["f"])
