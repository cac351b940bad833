# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""A mailbox and selections in plain Python: the protocol of `pyvm.compiler.selection`, interpreted.

One process runs at a time. A test says what lies in its mailbox and what arrives later.
"""

from __future__ import annotations

import enum
import linecache
import sys
import types
from dataclasses import dataclass, field

from pyvm.compiler import is_process_body, rewrite

TIMEOUT = type("Timeout", (), {"__repr__": lambda self: "TIMEOUT"})()
_BUILTINS = {
    t.__name__: t for t in (int, float, bool, str, bytes, tuple, list, dict, set, frozenset)
}


class Pid:
    """Stands for the native class of that name."""

    __module__ = "pyvm"


class Atom:
    """Stands for the native class of that name."""

    __module__ = "pyvm"
    __match_args__ = ("name",)

    def __init__(self, name):
        self.name = name

    def __eq__(self, other):
        return isinstance(other, Atom) and self.name == other.name

    def __hash__(self):
        return hash(self.name)


class ReceiveTimeout(Exception):
    """No case takes the timeout."""


class Deadlock(Exception):
    """The process waits and nothing will come."""


class BareReceive(RuntimeError):
    """`receive()` outside of a process body."""


@dataclass
class Process:
    mailbox: list
    later: list = field(default_factory=list)
    selections: list = field(default_factory=list)
    rejected: int = 0
    accepted: int = 0


current: Process = Process([])


@types.coroutine
def _wait(timeout):
    """Returns True when a message has arrived, False when the time is over."""
    return (yield timeout)


def receive(*patterns, timeout=None):
    if not patterns and not is_process_body(sys._getframe(1).f_code):
        raise BareReceive("receive() outside of a process body")
    return _receive(patterns, timeout)


async def _receive(patterns, timeout):
    while not current.mailbox:
        if not await _wait(timeout):
            return TIMEOUT
    return current.mailbox.pop(0)


class Selection:
    """One match statement; keeps the position of the proposal, as one process is enough here."""

    def __init__(self, ir, meta):
        self.ir, self.meta = ir, meta
        self._proposal = None

    def __call__(self, params, timeout):
        assert params is None or isinstance(params, tuple)
        current.selections.append(self)
        return self._next(0, 0, params, timeout)

    def accept(self):
        place, _, _, _ = self._proposal
        self._proposal = None
        current.accepted += 1
        if place is not None:
            del current.mailbox[place]

    def reject(self):
        place, case, params, timeout = self._proposal
        current.rejected += 1
        return self._next(place, case + 1, params, timeout)

    async def _next(self, place, case, params, timeout):
        while place is not None:
            while place < len(current.mailbox):
                found = self._first(current.mailbox[place], case, params)
                if found is not None:
                    return self._found(found, place, params, timeout)
                place, case = place + 1, 0
            if not await _wait(timeout):
                place = None
                case = 0
        found = self._first(TIMEOUT, case, params)
        if found is None:
            raise ReceiveTimeout
        return self._found(found, None, params, timeout)

    def _first(self, subject, start, params):
        for index in range(start, len(self.ir)):
            slots = {}
            if matches(self.ir[index], subject, params or (), slots):
                assert sorted(slots) == list(range(self.meta[index].slots))
                return (index, *(slots[slot] for slot in sorted(slots)))
        return None

    def _found(self, found, place, params, timeout):
        if self.meta[found[0]].confirm:
            self._proposal = (place, found[0], params, timeout)
        elif place is not None:
            del current.mailbox[place]
        return found


def matches(pattern, subject, params, slots):
    """Interprets the IR over a Python object."""
    operation, *rest = pattern
    return _OPERATIONS[operation](subject, params, slots, *rest)


def _bind(subject, params, slots, slot, pattern):
    if not matches(pattern, subject, params, slots):
        return False
    slots[slot] = subject
    return True


def _python(subject, params, slots, slot):
    slots[slot] = subject
    return True


def _seq(subject, params, slots, before, star, after):
    if not isinstance(subject, tuple | list):
        return False
    fixed = len(before) + len(after)
    if len(subject) < fixed or (star is None and len(subject) != fixed):
        return False
    end = len(subject) - len(after)
    pairs = [*zip(before, subject, strict=False), *zip(after, subject[end:], strict=True)]
    if not all(matches(part, item, params, slots) for part, item in pairs):
        return False
    if star is not None and star >= 0:
        slots[star] = list(subject[len(before) : end])
    return True


def _map(subject, params, slots, pairs, rest):
    if not isinstance(subject, dict):
        return False
    for key, part in pairs:
        if key not in subject or not matches(part, subject[key], params, slots):
            return False
    if rest is not None:
        slots[rest] = {key: value for key, value in subject.items() if key not in dict(pairs)}
    return True


def _or(subject, params, slots, alternatives):
    for part in alternatives:
        tried = dict(slots)
        if matches(part, subject, params, tried):
            slots.update(tried)
            return True
    return False


def _type(subject, params, slots, name, pattern):
    kind = {**_BUILTINS, "Pid": Pid, "Atom": Atom}[name]
    return isinstance(subject, kind) and (
        pattern is None or matches(pattern, subject, params, slots)
    )


def _record(subject, params, slots, module, qualname, fields):
    kind = type(subject)
    if (kind.__module__, kind.__qualname__) != (module, qualname):
        return False
    return all(matches(part, getattr(subject, name), params, slots) for name, part in fields)


def _enum(subject, params, slots, module, qualname, member):
    kind = type(subject)
    same = isinstance(subject, enum.Enum) and (kind.__module__, kind.__qualname__) == (
        module,
        qualname,
    )
    return same and subject.name == member


_OPERATIONS = {
    "_": lambda subject, params, slots: True,
    "=": lambda subject, params, slots, value: subject == value,
    "param": lambda subject, params, slots, index: subject == params[index],
    "ref": lambda subject, params, slots, index: True,  # a hint; the guard decides
    "is": lambda subject, params, slots, value: subject is value,
    "timeout": lambda subject, params, slots: subject is TIMEOUT,
    "bind": _bind,
    "python": _python,
    "seq": _seq,
    "map": _map,
    "or": _or,
    "type": _type,
    "record": _record,
    "enum": _enum,
}


def process(function):
    """`@pyvm.process` for an `async def`."""
    return rewrite(function, make_selection=Selection, receive=receive, timeout=TIMEOUT)


def run(coroutine, mailbox=(), later=()):
    """Runs a body to its end: `(what it returns, the process)`."""
    global current
    current = Process(list(mailbox), list(later))
    answer = None
    try:
        while True:
            timeout = coroutine.send(answer)
            if current.later:
                current.mailbox.append(current.later.pop(0))
                answer = True
            elif timeout is None:
                coroutine.throw(Deadlock())
            else:
                answer = False
    except StopIteration as stop:
        return stop.value, current


def define(source, filename, *, keep_source=True, **names):
    """Runs a text as a module of that file name; returns its globals."""
    if keep_source:
        linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    else:
        linecache.cache.pop(filename, None)
    scope = {
        "__name__": "made",
        "process": process,
        "receive": receive,
        "TIMEOUT": TIMEOUT,
        **names,
    }
    exec(compile(source, filename, "exec", dont_inherit=True), scope)
    return scope
