# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Each kind of `case` pattern as data, and Python objects as the same data."""

import fake_vm
import pytest
import shapes
from shapes import Color, Level, Point, Shape, Values

from pyvm.compiler import pattern_of_object, rewrite

ANY = ("_",)
X = ("bind", 0, ANY)
PYTHON = ("python", 0)


def lowered(pattern):
    """The data of `case {pattern}`."""
    seen = []

    def make_selection(ir, meta):
        seen.extend(zip(ir, meta, strict=True))
        return fake_vm.Selection(ir, meta)

    def process(function):
        return rewrite(
            function,
            make_selection=make_selection,
            receive=fake_vm.receive,
            timeout=fake_vm.TIMEOUT,
        )

    text = (
        "@process\nasync def body(self):\n"
        f"    match await receive():\n        case {pattern}: pass\n"
    )
    names = {
        **vars(shapes),
        "shapes": shapes,
        "vm": fake_vm,
        "Pid": fake_vm.Pid,
        "Atom": fake_vm.Atom,
    }
    fake_vm.define(text, f"<lowered {pattern}>", process=process, **names)
    ((ir, meta),) = seen
    assert meta.confirm == ("'python'" in repr(ir))
    return ir


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("_", ANY),
        ("x", X),
        ("1", ("=", 1)),
        ("-1.5", ("=", -1.5)),
        ("'a' 'b'", ("=", "ab")),
        ("b'a'", ("=", b"a")),
        ("1 + 2j", PYTHON),
        ("-2j", PYTHON),
        ("None", ("is", None)),
        ("True", ("is", True)),
        ("self.ref", ("param", 0)),
        (
            "(self.a, self.b.c, self.a)",
            ("seq", [("param", 0), ("param", 1), ("param", 0)], None, []),
        ),
        ("vm.TIMEOUT", ("timeout",)),
        ("vm.TIMEOUT | 1", ("or", [("timeout",), ("=", 1)])),
        ("()", ("seq", [], None, [])),
        ("[1, x]", ("seq", [("=", 1), X], None, [])),
        ("[1, *x]", ("seq", [("=", 1)], 0, [])),
        ("[*_, 1, x]", ("seq", [], -1, [("=", 1), X])),
        ("[x, *y, z]", ("seq", [X], 1, [("bind", 2, ANY)])),
        ("{}", ("map", [], None)),
        (
            "{'a': x, 1: _, None: _, -1: 2}",
            ("map", [("a", X), (1, ANY), (None, ANY), (-1, ("=", 2))], None),
        ),
        ("{'a': 1, **x}", ("map", [("a", ("=", 1))], 0)),
        ("{self.key: x}", PYTHON),
        ("1 | 'a'", ("or", [("=", 1), ("=", "a")])),
        (
            "(1, x) | [x, 2]",
            ("or", [("seq", [("=", 1), X], None, []), ("seq", [X, ("=", 2)], None, [])]),
        ),
        ("(1 | 2) as x", ("bind", 0, ("or", [("=", 1), ("=", 2)]))),
        ("int()", ("type", "int", None)),
        ("str(x)", ("type", "str", X)),
        ("list([1, *x])", ("type", "list", ("seq", [("=", 1)], 0, []))),
        ("int(real=x)", PYTHON),
        ("bytearray()", PYTHON),
        ("object()", ANY),
        ("object() as x", X),
        ("object(a=1)", PYTHON),
        ("Pid()", ("type", "Pid", None)),
        ("Pid(x)", PYTHON),
        ("Atom('ok')", ("=", fake_vm.Atom("ok"))),
        ("Atom(x)", PYTHON),
        ("Point()", ("record", "shapes", "Point", [])),
        ("Point(x, y=1)", ("record", "shapes", "Point", [("x", X), ("y", ("=", 1))])),
        ("shapes.Point(1, 2)", ("record", "shapes", "Point", [("x", ("=", 1)), ("y", ("=", 2))])),
        ("Point(total=3)", PYTHON),
        ("Point(1, x=1)", PYTHON),
        ("Point(1, 2, 3)", PYTHON),
        ("Shape()", PYTHON),
        ("Round(x)", PYTHON),
        ("Mutable()", PYTHON),
        ("Failure()", PYTHON),
        ("NotDefinedYet()", PYTHON),
        ("Color.RED", ("enum", "shapes", "Color", "RED")),
        ("Level.LOW", ("param", 0)),
        ("Values.one", ("param", 0)),
        ("(1, Shape(x) as y)", ("seq", [("=", 1), PYTHON], None, [])),
        ("1 | Shape()", PYTHON),
        (
            "(self.a, (self.b, Shape()) | 1, self.c)",
            ("seq", [("param", 0), PYTHON, ("param", 1)], None, []),
        ),
    ],
)
def test_case_patterns(pattern, expected):
    assert lowered(pattern) == expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (..., ANY),
        (object, ANY),
        (5, ("=", 5)),
        ("a", ("=", "a")),
        (None, ("is", None)),
        (True, ("is", True)),
        (int, ("type", "int", None)),
        (fake_vm.Pid, ("type", "Pid", None)),
        (int | None, ("or", [("type", "int", None), ("is", None)])),
        (("add", int), ("seq", [("=", "add"), ("type", "int", None)], None, [])),
        ([], ("seq", [], None, [])),
        ({"k": [..., 1]}, ("map", [("k", ("seq", [ANY, ("=", 1)], None, []))], None)),
        (Point, ("record", "shapes", "Point", [])),
        (Shape, ("or", [("record", "shapes", "Shape", []), ("record", "shapes", "Round", [])])),
        (Point(1, 2), ("=", Point(1, 2))),
        (Color.RED, ("enum", "shapes", "Color", "RED")),
        (Level.LOW, ("=", Level.LOW)),
        (fake_vm.TIMEOUT, ("timeout",)),
        (Values.text, ("=", "a")),
    ],
)
def test_objects(pattern, expected):
    assert pattern_of_object(pattern, timeout=fake_vm.TIMEOUT) == expected


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ({1, 2}, r"^pattern: a set is no pattern"),
        (("a", [frozenset()]), r"^pattern\[1\]\[0\]: a set is no pattern"),
        ({"k": (1, len)}, r"^pattern\['k'\]\[1\]: the callable len is no pattern; use a guard"),
        (("a", lambda m: True), r"^pattern\[1\]: the callable <lambda> is no pattern"),
        ((shapes.Mutable,), r"^pattern\[0\]: no message is a Mutable; use int"),
        (complex, r"^pattern: no message is a complex"),
    ],
)
def test_refused_objects(pattern, message):
    with pytest.raises(TypeError, match=message):
        pattern_of_object(pattern)


def test_another_object_may_mean_anything():
    anything = object()
    assert pattern_of_object((anything, 1), anything=anything) == ("seq", [ANY, ("=", 1)], None, [])
