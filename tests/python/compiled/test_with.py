# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""`with` over records of the program, and contextlib.suppress."""

import textwrap

import pytest
from support import assert_same, define, image_of

from pyvm.compiler import CompileError

HEAD = """
import contextlib
from contextlib import suppress
from dataclasses import dataclass, replace

@dataclass(frozen=True)
class Log:
    name: object
    lines: list
    swallows: bool = False
    fails: str = ""

    def __enter__(self):
        self.lines.append(("enter", self.name))
        if self.fails == "enter":
            raise KeyError("enter")
        return replace(self, name=(self.name, "entered"))

    def __exit__(self, kind, error, trace):
        name = None if kind is None else kind.__name__
        self.lines.append(("exit", self.name, name, error and error.args, trace is None))
        if self.fails == "exit":
            raise RuntimeError("exit")
        return self.swallows

@dataclass(frozen=True)
class Half:
    def __enter__(self):
        return self

@dataclass(frozen=True)
class Suppressing:
    def __enter__(self):
        return 5
    def __exit__(self, *details):
        return [1]

def t(n):
    if n == 1:
        raise ValueError("one")
    if n == 2:
        raise KeyError(2)
    return n
"""
BODIES = """
with Log("a", log) as x:
    log.append(x.name)
    t(a)
return log
---
with Log("a", log, True) as x:
    t(a)
    log.append("behind")
return log, a
---
with Log("a", log), Log("b", log, True) as y, Log("c", log):
    log.append(y.name)
    t(a)
return log
---
with (Log("a", log, True) as x, Log("b", log) as y):
    log.append((x.name, y.name))
    return t(a), log
return "swallowed", log
---
for i in range(3):
    with Log(i, log, True):
        if i == a:
            continue
        if i == 2:
            break
        t(a)
        log.append("end")
else:
    log.append("else")
return log
---
try:
    with Log("a", log, fails="exit"):
        t(a)
except RuntimeError as e:
    log.append(str(e))
return log
---
try:
    with Log("a", log, fails="enter"):
        t(a)
except KeyError as e:
    log.append(str(e))
return log
---
try:
    with Log("a", log) as (x, y):
        log.append("never")
except TypeError as e:
    log.append("type error")
return log
---
try:
    with Log("a", log):
        try:
            t(a)
        finally:
            log.append("finally")
except (ValueError, KeyError) as e:
    log.append(e.args)
return log
---
with Half():
    pass
---
with 5:
    pass
---
with None as x:
    pass
---
with suppress(ValueError, KeyError):
    log.append(t(a))
    return log
return "suppressed", log
---
with contextlib.suppress(KeyError), Log("a", log):
    log.append(t(a))
return log
---
with suppress():
    t(a)
return log
---
with suppress(ValueError) as nothing:
    log.append(nothing)
    t(a)
log.append("end")
return log
---
with contextlib.nullcontext(a) as x:
    log.append(x)
with contextlib.nullcontext():
    t(a)
return log
---
with Suppressing() as x:
    log.append(x)
    t(a)
return log
---
try:
    with Log("a", log):
        return log
finally:
    log.append("finally")
---
def inner():
    with Log("in", log, True) as x:
        return lambda: (x.name, t(a))
return inner()(), log
---
with Log("a", log, True):
    with Log("b", log):
        raise ValueError("b") from KeyError("c")
return log
---
with Log("a", log, True) as x:
    raise RuntimeError(*[1, 2])
return x.name, log
---
with Log("a", log, True):
    x = t(a)
return x
"""


@pytest.mark.parametrize("body", BODIES.strip().split("\n---\n"))
def test_with(body):
    source = f"{HEAD}\ndef f(a):\n    log = []\n{textwrap.indent(body, '    ')}\n"
    assert_same(source, (0,), (1,), (2,))


REFUSED = [
    ("with contextlib.closing(a): pass", "try and finally"),
    ("with contextlib.redirect_stdout(a): pass", "frozen dataclass"),
    ("with made(): pass", "frozen dataclass"),
    ("with contextlib.suppress(*a): pass", "write them out"),
]


@pytest.mark.parametrize(("body", "words"), REFUSED)
def test_managers_that_are_refused(body, words):
    source = f"import contextlib\n@contextlib.contextmanager\ndef made():\n    yield 1\ndef f(a):\n    {body}\n"
    with pytest.raises(CompileError, match=words):
        image_of(define(source)["f"])
