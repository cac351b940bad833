# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What cannot be compiled is refused with its place and a cure, all of it at once."""

import textwrap

import pytest
from fake_vm import TIMEOUT
from support import define, image_of, receive

from pyvm.compiler import CompileError
from pyvm.compiler.compiled import check

# What stands in the body, what is pointed at, words of the message.
SYNTAX = [
    ("import os", "import os", "top of the module"),
    ("from os import path", "from os import path", "top of the module"),
    ("yield x", "yield x", "no generator"),
    ("yield from x", "yield from x", "no generator"),
    ("global w", "global w", "keep state in parameters"),
    ("class A: pass", "class A: pass", "frozen dataclass in the module"),
    ("async def g(): pass", "async def g(): pass", "write a def"),
    ("x.y = 1", "x.y", "dataclasses.replace"),
    ("x.y += 1", "x.y", "dataclasses.replace"),
    ("for x.y in z: pass", "x.y", "dataclasses.replace"),
    ("del x.y", "x.y", "del d[key]"),
    ("y = 1j", "1j", "complex"),
    ("y = ...", "...", "`...`"),
    ("y = x @ x", "x @ x", "write the product out"),
    ("y = (z for z in x)", "(z for z in x)", "make a list"),
    ("@x\ndef g(): pass", "x", "no decorators"),
    ("receive(1)", "1", "cases of"),
    ("receive(limit=1)", "1", "nothing else"),
    ("receive(timeout=receive())", "receive()", "a timeout may not receive"),
    ("match receive():\n  case y if receive(): pass", "receive()", "a guard may not receive"),
]
NAMES = [
    ("return undefined", "undefined", "not defined"),
    ("return math.nothing", "math.nothing", "has no nothing"),
    ("return math", "math", "name what you need"),
    ("return state", "state", "pass it in a message"),
    ("return TABLE", "TABLE", "cannot be a constant"),
    ("return open", "open", "not available"),
    ("open(x)", "open", "not available"),
    ("return wrapped(x)", "wrapped", "wrapped is wrapped, or its source is missing"),
    (
        "return zlib.compress(*x)",
        "zlib.compress(*x)",
        "write the arguments out",
    ),
    (
        "return HANDLERS[x]()",
        "HANDLERS",
        "made.wrapped is wrapped, or its source is missing",
    ),
    ("return short(x)", "short", "write a def"),
    ("return itertools.count(x)", "itertools.count", "not to be had"),
    ("return repeat(x)", "repeat(x)", "not given `times`"),
    ("return rest(b=1)", "rest(b=1)", "not given `a`"),
    ("return pyvm.start()", "pyvm.start", "not available"),
    ("return helper()", "helper()", "not given `a`"),
    ("return helper(1, 2, 3)", "3", "2 positional arguments"),
    ("return helper(1, c=2)", "c=2", "no parameter `c`"),
    ("return helper(1, a=2)", "a=2", "twice"),
    ("return len()", "len()", "not given `obj`"),
    ("return len(1, 2)", "2", "1 arguments"),
    ("return len(obj=x)", "obj=x", "no keyword `obj`"),
    ("return next((y for y in x), z())", "(y for y in x)", "make a list"),
    ("return helper(y for y in x)", "(y for y in x)", "make a list"),
    ("raise", "raise", "name it"),
    ("match x:\n  case x.y(): pass", "x.y", "a class of the module"),
    ("match x:\n  case int(size=y): pass", "int(size=y)", "has `size`"),
    ("match x:\n  case ValueError(y): pass", "y", "0 positional"),
    ("match receive():\n  case Open(): pass", "Open()", "@typing.final"),
    ("match receive():\n  case TIMEOUT: pass", "TIMEOUT", "with a dot"),
    ("return collections.Counter(x)", "collections.Counter", "no objects of class Counter"),
    ("return Pair(1)", "Pair", "use a frozen dataclass"),
    ("return Plain(x).y", "Plain", "async def"),
    ("return datetime.datetime.now()", "datetime.datetime.now", "pyvm.python"),
    ("return datetime.date.today", "datetime.date.today", "pyvm.python"),
    ("return datetime.date.max", "datetime.date.max", "cannot be a constant"),
    ("return object()", "object", "no objects of class object"),
]
MODULE = """
import collections, dataclasses, datetime, functools, itertools, pyvm, typing, zlib
from itertools import repeat

class Pair(typing.NamedTuple):
    x: int

class Plain:
    def __init__(self, y):
        self.y = y

@dataclasses.dataclass(frozen=True)
class Open:
    x: int

state = object()
TABLE = {1: [object()]}
short, shorter = lambda x: x, lambda x: x

def rest(a, *b, **c):
    return a

@functools.cache
def wrapped(x):
    return x

def helper(a, b=1):
    return a

HANDLERS = {1: helper, 2: [wrapped]}

def f(x, y=0, z=0):
"""


def refusal(call):
    with pytest.raises(CompileError) as caught:
        call()
    error = caught.value
    line = error.text
    shown = (
        line[error.offset - 1 : error.end_offset - 1] if error.lineno == error.end_lineno else line
    )
    return error, shown


def program(body):
    return define(MODULE + textwrap.indent(body, "    ") + "\n", TIMEOUT=TIMEOUT)["f"]


@pytest.mark.parametrize(("body", "shown", "words"), SYNTAX)
def test_refused_when_it_is_decorated(body, shown, words):
    error, pointed = refusal(lambda: check(program(body), receive=receive))
    assert words in error.msg
    assert pointed == shown
    assert error.filename.startswith("<compiled")


@pytest.mark.parametrize(("body", "shown", "words"), NAMES)
def test_refused_when_the_image_is_made(body, shown, words):
    function = program(body)
    check(function, receive=receive)
    error, pointed = refusal(lambda: image_of(function))
    assert words in error.msg
    assert pointed == shown


def test_all_errors_are_reported_at_once():
    source = (
        "def f(x):\n    import os\n    x.y = 1\n    return later(x)\ndef later(x):\n    yield x\n"
    )
    error, shown = refusal(lambda: check(define(source)["f"], receive=receive))
    assert (error.lineno, shown) == (2, "import os")
    assert "and 2 more" in error.msg
    assert ":3:5: an attribute" in error.msg
    assert ":6:5: a compiled function is no generator" in error.msg


def test_errors_of_names_are_reported_together():
    source = (
        "def f(x):\n    a = nope\n    for i in x:\n        b = nada\n    return g(x)\n"
        "def g(x):\n    return void\n"
    )
    error, _ = refusal(lambda: image_of(define(source)["f"]))
    assert [word in error.msg for word in ("nope", "nada", "void")] == [True] * 3


def test_a_function_below_is_checked_before_it_exists():
    source = "@check\ndef f(x):\n    return g(x)\ndef g(x):\n    return h(x)\ndef h(x):\n    import os\n"
    error, shown = refusal(lambda: define(source, check=lambda f: check(f, receive=receive)))
    assert (error.lineno, shown) == (7, "import os")


def test_a_function_without_its_source():
    scope = {"__name__": "made"}
    exec(compile("def f(x):\n    return x\n", "<nowhere>", "exec"), scope)
    error, _ = refusal_without_text(lambda: check(scope["f"], receive=receive))
    assert "needs the source" in error.msg
    assert (error.filename, error.lineno) == ("<nowhere>", 1)


def refusal_without_text(call):
    with pytest.raises(CompileError) as caught:
        call()
    return caught.value, None


def test_a_default_that_is_no_constant():
    error, _ = refusal(lambda: image_of(define("def f(x, y=object()):\n    return x\n")["f"]))
    assert "the default of `y`" in error.msg
    assert error.lineno == 1


def test_what_is_nested_too_deeply():
    source = f"def f(a):\n    return {' + '.join(['a'] * 900)}\n"
    error, _ = refusal(lambda: image_of(define(source)["f"]))
    assert "nested too deeply" in error.msg or "needs the source" in error.msg


def test_a_variable_of_a_function_that_is_not_compiled():
    inner = "    def f():\n        nonlocal k\n        k = 2\n    return f\n"
    source = f"def make():\n    k = 1\n{inner}f = make()\n"
    error, shown = refusal(lambda: check(define(source)["f"], receive=receive))
    assert (error.lineno, shown) == (4, "nonlocal k")
    assert "keep state in parameters" in error.msg


def test_the_errors_of_the_program_come_before_those_of_the_library():
    source = "def f(x):\n    return textwrap.dedent(x), open(x)\n"
    with pytest.raises(CompileError) as raised:
        image_of(define(source, textwrap=textwrap)["f"])
    first, *others = raised.value.msg.splitlines()
    assert "open is not available" in first
    assert raised.value.lineno == 2
    assert any("textwrap.py" in line and line.endswith("pyvm.python(function, ...)") for line in others)
