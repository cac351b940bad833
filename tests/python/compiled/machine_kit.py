# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Programs run by the machine itself: what `assert_same` compares besides the reference interpreter.

Where the native module is not built, or texts of errors are of another version, there is nothing to compare.
"""

from __future__ import annotations

import contextlib
import sys
import textwrap

import pyvm

# The texts of errors are those of CPython 3.11.
HAS_MACHINE = hasattr(pyvm, "spawn") and sys.version_info[:2] == (3, 11)

_DRIVER = """

def case_driver_(arguments):
    try:
        outcome = ("value", {call}, arguments)
    except Exception as error:
        outcome = ("error", error, arguments)
    match receive_():
        case ("result", who):
            send_(who, outcome)
"""


class Refused(Exception):
    """The machine has not all built-ins that the program calls, or the outcome cannot be sent."""


def run(define, source, name, arguments, **names):
    """Gives ("value", result, arguments) or ("error", exception, arguments) of one call."""
    places = ", ".join(f"arguments[{place}]" for place in range(len(arguments)))
    text = textwrap.dedent(source) + _DRIVER.format(call=f"{name}({places})")
    driver = define(text, receive_=pyvm.receive, send_=pyvm.send, **names)["case_driver_"]
    with contextlib.suppress(RuntimeError):  # it runs already; a fixture stops it behind each test
        pyvm.start()
    try:
        pid = pyvm.spawn(pyvm.process(driver), arguments)
    except pyvm.CompileError as error:
        raise Refused(str(error)) from error
    try:
        return pid.call("result", timeout=30.0)
    except pyvm.ProcessDown as down:
        if "and cannot be sent" in str(down):  # a list that contains itself, or a function
            raise Refused(str(down)) from down
        raise
