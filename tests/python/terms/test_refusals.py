# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What cannot be sent is refused: a TypeError with the path to it and what to do instead."""

import collections
import dataclasses
import decimal
import enum
import functools
import re
import socket
import typing
from datetime import datetime

import pytest

from pyvm import _terms
from pyvm._terms import roundtrip

PlainPair = collections.namedtuple("PlainPair", "a b")


class TypedPair(typing.NamedTuple):
    a: int


@dataclasses.dataclass
class Mutable:
    x: int


@dataclasses.dataclass(frozen=True)
class Frozen:
    x: object = 0


class Undecorated(Frozen):
    pass


@dataclasses.dataclass(frozen=True)
class OverInt(int):
    x: int = 0


class MyList(list):
    pass


class MyInt(int):
    pass


class Callable:
    def __call__(self):
        pass

    def method(self):
        pass


def refusal(message, **kwargs):
    with pytest.raises(TypeError) as caught:
        roundtrip(message, **kwargs)
    return str(caught.value)


def test_the_path_leads_to_the_culprit():
    with socket.socket() as conn:
        text = refusal(("add", {"conn": conn}))
    assert text.startswith("message[1]['conn']: a socket (socket.socket) cannot be sent; ")


@pytest.mark.parametrize(
    ("message", "path"),
    [
        (object(), "message"),
        ([0, (1, object())], "message[1][1]"),
        ({1: {2.5: object()}}, "message[1][2.5]"),
        ({"k": 1, object(): 2}, "list(message)[1]"),
        ((1, {object()}), "list(message[1])[0]"),
        (Frozen((Frozen(object()),)), "message.x[0].x"),
        ({"k" * 100: object()}, f"message['{'k' * 56}...]"),
    ],
)
def test_paths_are_python_expressions(message, path):
    assert refusal(message).startswith(f"{path}: an object cannot be sent; ")


def test_the_caller_names_the_root():
    assert refusal([object()], root="reply").startswith("reply[0]: ")


def test_a_deep_path_is_shortened_in_the_middle():
    deep = object()
    for _ in range(60_000):
        deep = (deep,)
    text = refusal(deep)
    steps = "[0]" * 20
    assert text.startswith(f"message{steps}[...59960 levels...]{steps}: an object")


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        (bytearray(b"x"), r"a bytearray cannot be sent; send bytes\(x\)"),
        (memoryview(b"x"), r"send bytes\(x\)"),
        (PlainPair(1, 2), r"PlainPair \(.*\) is a namedtuple .* use @dataclass\(frozen=True\), or"),
        (PlainPair(1, 2), r"send tuple\(x\)"),
        (TypedPair(1), r"is a namedtuple"),
        (MyList(), r"a MyList \(.*\) is a subclass of list .* send list\(x\)"),
        (MyInt(5), r"is a subclass of int .* send int\(x\)"),
        (collections.OrderedDict(), r"is a subclass of dict .* send dict\(x\)"),
        (collections.Counter(), r"send dict\(x\)"),
        (Mutable(1), r"can change after it was sent; declare it with @dataclass\(frozen=True\)"),
        (Undecorated(1), r"extends a dataclass without being one"),
        (OverInt(), r"extends a built-in type"),
        (lambda: 0, r"a lambda cannot be sent: .* def at module level"),
        (Callable().method, r"a method \(Callable.method\) cannot be sent"),
        (Callable(), r"a Callable \(.*\) cannot be sent"),
        (functools.partial(len), r"send \(function, args\)"),
        ([].append, r"a builtin_function_or_method cannot be sent"),
        ((x for x in ()), r"a generator cannot be sent; send list\(x\)"),
        (1j, r"a complex cannot be sent; send \(x.real, x.imag\)"),
        (decimal.Decimal(1), r"send str\(x\)"),
        (datetime(2020, 1, 1), r"send x.timestamp\(\) or x.isoformat\(\)"),
        (re, r"a module cannot be sent; send its name"),
        (object(), r"pyvm.opaque\(x\), a handle valid inside this OS process only"),
        ("a\ud800", r"a str with a lone surrogate at 1"),
    ],
)
def test_refusals_say_what_to_do(value, hint):
    assert re.search(hint, refusal(value))
    assert refusal([1, value]).startswith("message[1]: ")


def test_what_is_defined_inside_a_function_is_refused_by_name():
    def local():
        pass

    class Local(enum.Enum):
        A = 1

    @dataclasses.dataclass(frozen=True)
    class Record:
        pass

    assert "local is defined inside a function" in refusal(local)
    assert "Record is defined inside a function" in refusal(Record)
    assert "an enum defined inside a function" in refusal(Local.A)
    assert "cannot be found by the receiver" in refusal(Record())


def test_a_replaced_function_is_not_sent_in_the_name_of_the_new_one(monkeypatch):
    old = re.escape
    monkeypatch.setattr(re, "escape", lambda x: x)
    assert "re.escape is not what that name means now" in refusal(old)


ITSELF = "that contains itself cannot be sent: this is"


def cycle_list():
    ring = [1]
    ring.append(ring)
    return ring


def cycle_dict():
    ring = {}
    ring["self"] = [ring]
    return ring


def cycle_record():
    ring = Frozen([])
    ring.x.append((ring,))
    return ring


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (cycle_list(), f"message[1]: a list {ITSELF} message again"),
        ((cycle_list(),), f"message[0][1]: a list {ITSELF} message[0] again"),
        (cycle_dict(), f"message['self'][0]: a dict {ITSELF} message again"),
        (cycle_record(), f"message.x[0][0]: a Frozen {ITSELF} message again"),
    ],
)
def test_cycles_are_refused_with_their_path(message, text):
    assert refusal(message) == text


def test_a_cycle_through_the_tuple_at_the_root_is_refused():
    inner = []
    ring = (inner,)
    inner.append(ring)
    assert "contains itself" in refusal(ring)


def test_a_long_cycle_is_refused():
    ring = first = []
    for _ in range(10_000):
        ring.append([])
        ring = ring[0]
    ring.append(first)
    assert "this is message again" in refusal(first)


def test_what_is_met_twice_without_a_cycle_is_no_cycle():
    shared = [1]
    assert roundtrip([shared, shared, {"a": shared}]) == [[1], [1], {"a": [1]}]


def test_an_exception_in_a_property_passes_through():
    @dataclasses.dataclass(frozen=True)
    class Lazy:
        x: int

        def __getattribute__(self, name):
            raise KeyboardInterrupt

    Lazy.__qualname__ = "Lazy"
    globals()["Lazy"] = Lazy
    with pytest.raises(KeyboardInterrupt):
        roundtrip([Lazy(1)])


def test_a_record_whose_class_is_gone_says_so(monkeypatch):
    @dataclasses.dataclass(frozen=True)
    class Vanishing:
        x: int = 0

    Vanishing.__qualname__ = "Vanishing"
    monkeypatch.setitem(globals(), "Vanishing", Vanishing)
    roundtrip(Vanishing())
    monkeypatch.delitem(globals(), "Vanishing")
    expected = r"a record .*\.Vanishing has come, and its class cannot be imported here"
    assert re.search(expected, refusal(Vanishing()))


def test_opaque_handles_cannot_be_pickled_or_made_by_hand():
    with pytest.raises(TypeError, match="one OS process"):
        __import__("pickle").dumps(_terms.opaque(1))
    with pytest.raises(TypeError, match="use opaque"):
        _terms.Opaque()
