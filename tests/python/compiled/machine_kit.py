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
    """The outcome cannot be sent."""


class DoesNotCompile(Refused):
    """The machine has not all built-ins that the program calls."""


class Program:
    """A module for the machine: a function of it is compiled once and called in processes of their own."""

    def __init__(self, define, source, name, **names):
        self._define, self._names = define, names
        self.source, self._name = textwrap.dedent(source), name
        self._drivers = {}

    def run(self, arguments):
        """Gives ("value", result, arguments) or ("error", exception, arguments) of one call."""
        count = len(arguments)
        if count not in self._drivers:
            self._drivers[count] = self._driver(count)
        try:
            pid = pyvm.spawn(self._drivers[count], arguments)
        except pyvm.CompileError as error:
            raise DoesNotCompile(str(error)) from error
        try:
            return pid.call("result", timeout=30.0)
        except pyvm.ProcessDown as down:
            if "and cannot be sent" in str(down):  # a list that contains itself, or a function
                raise Refused(str(down)) from down
            raise

    def _driver(self, count):
        places = ", ".join(f"arguments[{place}]" for place in range(count))
        text = self.source + _DRIVER.format(call=f"{self._name}({places})")
        module = self._define(text, receive_=pyvm.receive, send_=pyvm.send, **self._names)
        with contextlib.suppress(RuntimeError):  # it runs already; a fixture stops it behind each test
            pyvm.start()
        try:
            return pyvm.process(module["case_driver_"])
        except pyvm.CompileError as error:
            raise DoesNotCompile(str(error)) from error


def run(define, source, name, arguments, **names):
    """One call of a function, as by Program."""
    return Program(define, source, name, **names).run(arguments)
