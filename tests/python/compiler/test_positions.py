# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Tracebacks, tracing and coverage see the user's own lines and columns."""

import sys
import traceback

import fake_vm
import pytest
from fake_vm import run

BODIES = {
    "in a body": """
    match await receive():
        case ("skip", _):
            pass
        case ("add", k):
            x = 1; return x + missing_name + k
""",
    "in the body of a single case": """
    match await receive():
        case ("add", k):
            return [k, (k . missing_attribute)]
""",
    "in a guard": """
    match await receive():
        case ("skip", _):
            pass
        case ("add", k) if "é" + k . missing_attribute  :
            pass
""",
    "in the guard of a single case": """
    match await receive():
        case ("add", k) if (1 / (k - k)):
            pass
""",
    "in a guard after a Python part": """
    match await receive():
        case ("add", numbers.Number() as k) if k . missing_attribute:
            pass
        case object(x=1):
            pass
""",
    "in the timeout": """
    match await receive(timeout = 1 / 0):
        case ("add", k):
            pass
""",
    "in a dotted value": """
    match await receive():
        case ("é", numbers . missing_attribute . x, 1):
            pass
        case ("add", k):
            pass
""",
    "in a class pattern": """
    match await receive():
        case ("add", numbers . missing_attribute ()):
            pass
""",
    "in receive itself": """
    match (await
           receive(timeout=
                   None)):
        case ("never", k):
            pass
""",
    "in a nested function": """
    match await receive():
        case ("add", k):
            def inner():
                return [1 / 0 for _ in "x"]
            return inner()
""",
}


def make(text, **names):
    source = f"import numbers\n@process\nasync def body():\n    x = 'é'{text}"
    return fake_vm.define(source, f"<positions {hash(text)}>", **names)["body"]


def unchanged(function):
    return function


def places(function):
    """Where the frames of `function` and what it defines stand when it fails, and with what."""
    try:
        run(function(), [("add", 2)])
    except Exception as error:
        frames = traceback.TracebackException.from_exception(error).stack
        kept = [frame for frame in frames if frame.filename.startswith("<positions")]
        return type(error), [
            (frame.name, frame.lineno, frame.colno, frame.end_lineno, frame.end_colno)
            for frame in kept
        ]
    return None


@pytest.mark.parametrize("case", BODIES)
def test_a_failure_is_shown_where_the_user_wrote_it(case):
    """The model is the same function, undecorated, that gets its message from a plain coroutine."""

    async def failing(timeout=None):
        if case == "in receive itself":
            raise fake_vm.Deadlock
        return ("é", 1, 1) if case == "in a dotted value" else ("add", 2)

    expected = places(make(BODIES[case], process=unchanged, receive=failing))
    assert expected is not None
    assert places(make(BODIES[case])) == expected


@pytest.mark.parametrize("case", BODIES)
def test_each_line_of_the_user_has_code_and_no_other_line_has(case):
    rewritten = make(BODIES[case]).__code__
    model = make(BODIES[case], process=unchanged).__code__
    assert lines_of(rewritten) == lines_of(model)


def lines_of(code):
    return {line for _, _, line in code.co_lines() if line is not None}


def test_tracing_visits_the_lines_that_run():
    text = """
    match await receive():
        case ("skip",):
            return 1
        case ("add", 1):
            return 2
        case ("add", 2):
            return 3
"""
    function = make(text)
    visited = []

    def trace(frame, event, argument):
        if frame.f_code is not function.__code__:
            return None
        if event == "line":
            visited.append(frame.f_lineno)
        return trace

    coroutine = function()
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        assert run(coroutine, [("add", 2)])[0] == 3
    finally:
        sys.settrace(before)
    assert visited[:2] == [4, 5]
    assert visited[-2:] == [10, 11]
    assert 7 not in visited
    assert 9 not in visited
