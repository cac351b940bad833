# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Calls of library functions, made by a compiled process and by CPython, and what came of them compared."""

import base64
import binascii
import hashlib
import inspect
import json
import math
import struct
import sys
import zlib

import machine_kit
import pytest
from support import define, shown

import pyvm

needs_machine = pytest.mark.skipif(
    not machine_kit.HAS_MACHINE, reason="texts of errors are CPython 3.11's"
)
_MODULES = {
    module.__name__: module for module in (base64, binascii, hashlib, json, math, struct, zlib)
}
_SOURCE = """
def call({names}):
    return {expression}

def driver(cases, who):
    outcomes = []
    for case in cases:
        try:
            outcomes.append(("value", call({arguments})))
        except Exception as error:
            outcomes.append(("error", error))
    send_(who, outcomes)
"""


async def assert_alike(expression, cases, names="a, b, c"):
    """`expression` over variables gives the same values and exceptions for each tuple of `cases`."""
    for got, wanted, case in await outcomes(expression, cases, names):
        assert got == wanted, f"{expression} of {case}: {got} is not {wanted}"


async def outcomes(expression, cases, names="a, b, c"):
    """What the machine gave and CPython gave for each case, as something that can be compared."""
    cases = [case if isinstance(case, tuple) else (case,) for case in cases]
    count = max(map(len, cases))
    names = ", ".join(names.split(", ")[:count])
    arguments = ", ".join(f"case[{place}]" for place in range(count))
    text = _SOURCE.format(names=names, expression=expression, arguments=arguments)
    scope = define(text, send_=pyvm.send, **_MODULES)
    pid, ref = pyvm.spawn(pyvm.process(scope["driver"]), cases, pyvm.self(), monitor=True)
    got = await pyvm.receive(list, ("DOWN", ref, ..., pid, ...), timeout=60.0)
    assert isinstance(got, list), f"{expression}: {got[4]!r}"
    return [
        (_comparable(*outcome), _of_python(scope["call"], case), case)
        for outcome, case in zip(got, cases, strict=True)
    ]


def _of_python(call, case):
    count = len(inspect.signature(call).parameters)
    try:
        return _comparable("value", call(*case[:count]))
    except Exception as error:
        return _comparable("error", error)


def _comparable(kind, result):
    if kind == "value":
        return (kind, shown(result))
    if isinstance(result, pyvm.ForeignException):  # of a class that is not made from its args
        kinds = getattr(sys.modules[result.module], result.qualified_name).__mro__
        return (
            kind,
            next(one.__name__ for one in kinds if one.__module__ == "builtins"),
            result.text,
        )
    builtin = next(one for one in type(result).__mro__ if one.__module__ == "builtins")
    return (kind, builtin.__name__, str(result))
