# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Exceptions of the program with an __init__, attributes, methods and notes."""

import textwrap

import pytest
from support import assert_same, define, image_of

from pyvm.compiler import CompileError

CLASSES = """
class Failure(Exception):
    KIND = "failure"

    def __init__(self, code, text="none", *, hint=None):
        super().__init__(text)
        self.code = code
        self.hint = hint
        if code < 0:
            raise ValueError("negative")

    @property
    def is_bad(self):
        return self.code > 5

    def described(self, more=""):
        return f"{self.KIND} {self.code} {self}{more}"

class Worse(Failure):
    KIND = "worse"

    def __init__(self, code):
        super().__init__(code, "worse", hint=[code])
        self.more, self.other = code + 1, None

    def __str__(self):
        return f"worse {self.code}: {self.args}"

class Plain(LookupError):
    pass

class Quiet(KeyError):
    def __init__(self, a, b):
        self.b = b

class Keyed(KeyError):
    pass

class Direct(ValueError):
    def __init__(self, x):
        ValueError.__init__(self, x, x)
        self.x = x
"""
BODIES = """
e = Failure(a, "text", hint=1)
return e.code, e.hint, e.args, str(e), repr(e), e.is_bad, e.described("!"), e.KIND, Failure.KIND
---
try:
    raise Failure(a)
except Failure as e:
    return e.code, e.hint, e.args, str(e), f"{e}", f"{e!r}", e.described()
---
try:
    raise Worse(a)
except Failure as e:
    return type(e) is Worse, e.code, e.args, str(e), f"{e}", e.more, e.hint, e.is_bad, e.described()
---
kind = Worse
try:
    raise kind(a) from KeyError("k")
except Exception as e:
    return e.code, e.__cause__.args, type(e).__name__
---
e = Quiet(a, b=2)
return e.args, e.b, str(e), repr(e)
---
e, k = Direct(a), Keyed("k")
return e.args, e.x, str(e), str(k), str(Plain("a", 1)), repr(Plain()), str(KeyError("k"))
---
try:
    try:
        1 // 0
    except ZeroDivisionError as e:
        e.add_note("one")
        e.add_note(str(a))
        raise
except ZeroDivisionError as e:
    return e.__notes__, e.args
---
e = ValueError(a)
e.add_note("x")
try:
    raise e
except ValueError as again:
    again.add_note("y")
    return again.__notes__
---
try:
    ValueError().add_note(a)
except TypeError as e:
    return str(e)
---
return ValueError(1).__notes__
---
return Failure(1).nothing
---
return Failure()
---
kind = Failure
return kind()
---
return Failure(-1)
---
raise Failure
---
def check(x):
    if x > 3:
        raise Worse(x)
    return x
out = []
for i in (1, 4):
    try:
        out.append(check(i))
    except Worse as e:
        out.append((e.code, str(e)))
return out
"""


@pytest.mark.parametrize("body", BODIES.strip().split("\n---\n"))
def test_exceptions_of_the_program(body):
    assert_same(f"{CLASSES}\ndef f(a):\n{textwrap.indent(body, '    ')}\n", (1,), (7,))


REFUSED = [
    ("e.__context__", "raise it `from`"),
    ("e.with_traceback(None)", "leave with_traceback out"),
    ("ExceptionGroup('x', [e])", "ExceptionGroup"),
    ("json.JSONDecodeError('a', 'b', 1)", "exception of yours"),
    ("Data(1)", "write its __init__"),
    ("Made(1)", "make it in __init__"),
    ("Changing().change()", "records do not change"),
]


@pytest.mark.parametrize(("expression", "words"), REFUSED)
def test_what_is_refused(expression, words):
    source = """
import json
from dataclasses import dataclass
@dataclass
class Data(Exception):
    x: int
class Made(Exception):
    def __new__(cls, x):
        return super().__new__(cls, x)
class Changing(Exception):
    def change(self):
        self.x = 1
def f(e):
    return EXPRESSION
"""
    with pytest.raises(CompileError, match=words):
        image_of(define(source.replace("EXPRESSION", expression))["f"])
