# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What a module holds: containers and records with functions, classes, ranges and slices in them."""

from support import assert_same

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
"""


def test_what_a_module_holds():
    bodies = BODIES.strip().split("\n---\n")
    functions = [
        f"def f{number}(a):\n" + "".join(f"    {line}\n" for line in body.splitlines())
        for number, body in enumerate(bodies)
    ]
    for number in range(len(functions)):
        assert_same(MODULE + functions[number], [3], name=f"f{number}", by_reference=False)
        assert_same(MODULE + functions[number], [3], name=f"f{number}")
