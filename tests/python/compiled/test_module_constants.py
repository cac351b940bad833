# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What a module holds: containers and records with functions, classes, ranges and slices in them."""

import pytest
from library_kit import needs_machine
from support import assert_same, define

from pyvm import _core
from pyvm._code import image_of

MODULE = """
import enum
from dataclasses import dataclass

class Color(enum.Enum):
    RED = 1

@dataclass(frozen=True)
class Route:
    path: str
    handler: object = None
    kind: object = int
    span: object = range(3)

def index(x):
    return ("index", x)

def other(x):
    return ("other", x)

ROUTES = (Route("/", index), Route("/o", other, str))
MAIN = Route("/m", index)
NAMED = Route("n", span=slice(1, 3))
TABLE = {int: "int", str: "text", Route: "route", type(None): "none", ValueError: "ve", Color: "color"}
NAMES = frozenset({int, str})
SET = {range(2), range(3)}
CONVERT = {"i": int, "s": str, "l": len, "c": Color}
SPAN = range(2, 8, 2)
PART = slice(1, None)
DEEP = {"a": [(index, range(3), {"k": int, "s": PART}), Route("/d", [len, other])]}
HUGE = range(10**20, 10**20 + 3)
FUNCTIONS = {index, other}
BUILTINS = frozenset([len, max])
BY_FUNCTION = {index: 1, len: 2}
ODD = slice(int, [range(3), index], (slice(1), str))
TWICE = [[int]] * 2
NESTED = int
for _ in range(60):
    NESTED = [NESTED]
SHARED = [int]
for _ in range(40):
    SHARED = [SHARED, SHARED]

class Kinds(enum.Enum):
    SPAN = range(3)
    NUMBER = int
    PAIR = (int, 5)

@dataclass(frozen=True)
class Does:
    f: object = (index, int)
    d: object = index
    more: object = None

DOES = Does()

@dataclass(frozen=True)
class Table:
    steps: object = (len, int)
    LIMITS = {"a": (index, range(2))}
"""
BODIES = """
return [(one.path, one.handler(a), one.kind("4"), list(one.span)) for one in ROUTES]
---
return MAIN.handler(a), MAIN == ROUTES[0], MAIN.kind is int, Route("q").span, NAMED.span, "abcd"[NAMED.span]
---
return [TABLE[type(x)] for x in (1, "a", MAIN, None, ValueError(1), Color.RED)], TABLE.get(bytes)
---
return int in NAMES, bytes in NAMES, CONVERT["i"]("12"), CONVERT["l"]("abc"), CONVERT["s"](5), CONVERT["c"](1)
---
return list(SPAN), SPAN[1], len(SPAN), 4 in SPAN, [x for x in SPAN], SPAN, range(3) in SET, len(SET)
---
function, span, kinds = DEEP["a"][0]
first = function(a), list(span), kinds["k"]("7"), [1, 2, 3][kinds["s"]]
return first, [one("xy") for one in DEEP["a"][1].handler]
---
return "abc"[PART], [1, 2, 3][PART], PART, list(HUGE), PART.indices(5)
---
first = index in FUNCTIONS, print in FUNCTIONS, len in BUILTINS, min in BUILTINS
x = dict(BY_FUNCTION)
first = first, BY_FUNCTION[index], BY_FUNCTION[len], x.pop(index), index is index, len is len
return first, index == other, MAIN.handler is index, Route("/m", index) == MAIN
---
first = ODD.start is int, ODD.start("5"), isinstance(5, ODD.start)
return first, list(ODD.stop[0]), ODD.stop[1](a), ODD.step[0], ODD.step[1](5)
---
x = NESTED
while isinstance(x, list):
    x = x[0]
return x is int, TWICE[0] is TWICE[1], SHARED[0] is SHARED[1], SHARED[0][1] is SHARED[1][0]
---
first = list(Kinds.SPAN.value), Kinds.NUMBER.value("3"), Kinds(int), Kinds(range(0, 3))
return first, Kinds.PAIR.value, Kinds((int, 5)), Kinds["SPAN"]
---
make = Does
first = Does().f[0](3), Does().f[1]("4"), Does().d(4), DOES.d(5), (Does().d)(6), Does.d(7)
return first, make().f[0](3), [*map(Does, [1])][0].d(4), Does(d=len).d("abc"), Does() == DOES
---
return Table.LIMITS["a"][0](a), list(Table().LIMITS["a"][1]), Table().steps[0]("abc"), Table().steps[1] is int
"""


def test_what_a_module_holds():
    bodies = BODIES.strip().split("\n---\n")
    functions = [
        "def inner(a):\n"
        + "".join(f"    {line}\n" for line in body.splitlines())
        + f"\ndef f{number}(a):\n    return repr(inner(a))\n"  # what cannot be sent has a text
        for number, body in enumerate(bodies)
    ]
    for number in range(len(functions)):
        assert_same(MODULE + functions[number], [3], name=f"f{number}", by_reference=False)
        assert_same(MODULE + functions[number], [3], name=f"f{number}")


CLASS = ("record", "made", "R", ("a",), ())
WRONG = [
    ("range", 1, 2, 0),
    ("range", "a", 1, 1),
    ("range", True, 2, 1),
    ("range", 1, 2),
    ("container", "slice", (("value", 1),)),
    ("container", "record", ()),
    ("container", "record", (("value", 1),)),
    ("container", "record", (CLASS,)),
    ("container", "set", (("value", [1]),)),
    ("container", "dict", (("value", 1),)),
    ("container", "dict", (("value", [1]), ("value", 1))),
    ("container", "other", (("value", 1),)),
    ("container", 5, 5),
    ("enum", "made", "E", {}),
    ("enum", "made", "E", ("value", 1)),
    ("record", "made", "R", ("a",), (1,)),
    ("record", "made", "R", ("a",), (("builtin", "nothing"),)),
]


def _load_with(constant):
    head = image_of(define("def f():\n    return len\n")["f"])
    fields = [*head[4][0]]
    fields[8] = (constant,)
    _core.load_code((*head[:4], (tuple(fields), *head[4][1:]), *head[5:]))


@needs_machine
@pytest.mark.parametrize("constant", WRONG)
def test_what_is_no_constant_is_refused(constant):
    with pytest.raises(ValueError, match="an unknown constant"):
        _load_with(constant)


@needs_machine
def test_constants_that_an_image_has_many_times():
    shared = ("value", 1)
    for _ in range(150):
        shared = ("container", "tuple", (shared, shared))
    _load_with(shared)
    _load_with(("container", "record", (CLASS, ("range", 10**30, 10**40, -1))))
    for _ in range(100):
        shared = ("container", "list", (shared,))
    with pytest.raises(ValueError, match="an unknown constant"):
        _load_with(shared)
