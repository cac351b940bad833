# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Code that takes a register for what it does not hold is refused before it runs."""

import machine_kit
import pytest

import pyvm

pytestmark = pytest.mark.skipif(
    not machine_kit.HAS_MACHINE, reason="the native module is not built"
)

REGISTERS = 8
CODE, SIZE, HANDLERS, CONSTANTS = 7, 6, 10, 8  # fields of a function in an image


def plain(a):
    return a


def load(*lines, handlers=(), constants=()):
    """Loads a function of one parameter, R[0], with these instructions."""
    from pyvm import _code, _core

    numbers = {name: number for number, (name, _) in enumerate(_core.opcodes())}
    image = list(_code.image_of(pyvm.process(plain)))
    function = list(image[4][0])
    words = []
    for line in lines:
        name, *operands = line.split()
        words += [
            numbers[name],
            *(int(one) & 0xFFFF for one in operands),
            *[0] * (3 - len(operands)),
        ]
    function[CODE] = b"".join(word.to_bytes(2, "little") for word in words)
    function[SIZE] = REGISTERS
    function[HANDLERS] = handlers
    function[CONSTANTS] = constants
    image[4] = (tuple(function), *image[4][1:])
    return _core.load_code(tuple(image))


@pytest.mark.parametrize(
    "lines",
    [
        ("Move 1 0", "Return 1"),
        ("Move 3 0", "Call 1 0 1", "Return 1"),
        ("MakeList 1 0 1", "Append 1 0", "Return 1"),
        ("Iterate 1 0", "Next 1 4 1", "LoopJump 0 -2 -1", "Return 0"),
        ("Unset 1 1", "JumpIfTrue 0 1 0", "LoadInt 1 1", "JumpIfSet 1 1 0", "Return 0", "Return 1"),
        ("MakeDict 1 0 0", "Update 1 0", "Return 1"),
        ("LoadNone 1", "MakeCell 1 1", "SetCell 1 0", "Return 0"),
    ],
)
def test_what_holds_on_every_way_is_taken(lines):
    load(*lines)


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        (("Return 1",), "register 1 may hold no value"),
        (("GetCell 1 0", "Return 0"), "register 0 may hold no cell"),
        (("SetCell 0 0", "Return 0"), "register 0 may hold no cell"),
        (("MakeCell 1 0", "Add 1 1 0", "Return 1"), "register 1 may hold no value"),
        (("Append 0 0", "Return 0"), "register 0 may hold no list of its own"),
        (("MakeList 1 0 1", "AddToSet 1 0", "Return 1"), "register 1 may hold no set of its own"),
        (("Update 0 0", "Return 0"), "register 0 may hold no set or dict of its own"),
        (("Next 0 4 0", "Return 0"), "register 0 may hold no state of an iteration"),
        (("Iterate 1 0", "LoadInt 2 7", "Next 1 4 0", "Return 0"), "register 2 may hold no state"),
        (("Iterate 1 0", "Iterate 2 0", "Next 1 5 0", "Return 0"), "register 2 may hold no state"),
        (("Iterate 1 0", "Return 2"), "register 2 may hold no value"),
        (("Reraise 0",), "register 0 may hold no exception"),
        (("JumpIfTrue 0 1 0", "LoadInt 1 1", "Return 1"), "register 1 may hold no value"),
        (
            ("JumpIfTrue 0 1 0", "MakeCell 1 0", "GetCell 2 1", "Return 0"),
            "register 1 may hold no cell",
        ),
        (("Move 2 0", "CallMethod 2 0 1", "Return 0"), "no name among the constants"),
        (("Move 3 0", "Call 1 0 1", "Return 3"), "register 3 may hold no value"),
        (("MultiplyKeepLeft 1 0 0", "Add 1 0 0", "Return 1"), "does not take what it keeps"),
        (("MultiplyKeepLeft 1 0 0", "Add 2 1 1", "Return 2"), "does not take what it keeps"),
        (("MultiplyKeepLeft 1 0 0", "Add 2 0 1", "Return 2"), "does not take what it keeps"),
        (("MultiplyKeepLeft 1 0 0", "Return 1"), "does not take what it keeps"),
        (("Jump 0 1", "Return 0", "MultiplyKeepLeft 1 0 0"), "nothing takes what it keeps"),
        (
            ("MultiplyKeepRight 1 0 0", "JumpIfLess 1 0 0", "Return 0"),
            "does not take what it keeps",
        ),
        (("MultiplyKeepLeft 1 0 0", "Add 2 1 0", "Return 1"), "register 1 may hold no value"),
        (
            ("JumpIfTrue 0 1 0", "MultiplyKeepLeft 1 0 0", "Add 2 1 0", "Return 0"),
            "a jump leads behind it",
        ),
        (("ReceiveAny 0 0", "Return 0"), "asked for again after a wait"),
        (("LoadInt 1 1", "Jump 0 -2 -1"), "a jump backwards that is no safepoint"),
        (
            ("LoadInt 1 1", "JumpIfTrue 0 -2 -1", "Return 1"),
            "a jump backwards that is no safepoint",
        ),
    ],
)
def test_what_may_fail_is_refused(lines, what):
    with pytest.raises(ValueError, match=what):
        load(*lines)


def qualified(places, names=()):
    return ("qualified", "a_module", "a_name", places, names)


def test_a_call_of_a_qualified_name_is_taken():
    for name in (qualified((0,)), qualified(()), qualified((0,), ("a",))):
        load("Move 3 0", "CallNewest 1 0 0", "Return 1", constants=(name,))
        load("Move 3 0", "TailCallNewest 1 0 0", constants=(name,))
    load("LoadNewest 1 0 1", "Return 1", constants=(("function", 0), qualified(())))


@pytest.mark.parametrize(
    ("lines", "constant", "what"),
    [
        (("Move 3 0", "CallNewest 1 0 0", "Return 1"), ("value", 5), "no qualified name"),
        (("Move 3 0", "CallNewest 1 0 1", "Return 1"), qualified((0,)), "no such constant"),
        (("Move 3 0", "CallNewest 1 1 0", "Return 1"), qualified((0,)), "no such function"),
        (("CallNewest 6 0 0", "Return 0"), qualified((0,)), "more registers than there are"),
        (("CallNewest 1 0 0", "Return 1"), qualified((0,)), "register 3 may hold no value"),
        (("Move 3 0", "CallNewest 1 0 0", "Return 3"), qualified((0,)), "register 3 may hold no value"),
        (("Move 3 0", "CallNewest 1 0 0", "Return 1"), qualified((1,)), "an argument at no parameter"),
        (("Move 3 0", "CallNewest 1 0 0", "Return 1"), qualified((0, 0)), "more arguments than parameters"),
        (("Move 3 0", "TailCallNewest 1 0 0"), qualified((0, 0)), "more arguments than parameters"),
        (("Move 3 0", "CallNewest 1 0 0"), qualified((0,)), "runs off its end"),
        (("LoadNewest 1 0 0", "Return 1"), ("value", 5), "no qualified name"),
        (("Return 0",), qualified((0,), ("a", "b")), "a qualified name is"),
        (("Return 0",), qualified((0,), (5,)), "a name of an argument is no string"),
        (("Return 0",), qualified(("x",)), "the place of an argument is no number"),
        (("Return 0",), qualified((70000,)), "the place of an argument is no number"),
    ],
)
def test_a_wrong_qualified_name_is_refused_and_asked_for_by_nobody(lines, constant, what):
    from pyvm import _core

    kind, *fields = constant
    if kind == "qualified":
        constant = (kind, "another_module", *fields[1:])
    with pytest.raises(ValueError, match=what):
        load(*lines, constants=(constant,))
    assert _core.names_asked_for("another_module") == []


def test_a_handler_sees_what_was_before_or_after():
    lines = ("LoadInt 1 1", "Add 1 0 0", "MakeCell 1 0", "Add 2 0 0", "Return 0", "Return 1")
    load(*lines, handlers=((1, 2, 5, 3),))
    with pytest.raises(ValueError, match="register 1 may hold no value"):
        load(*lines, handlers=((1, 4, 5, 3),))
    with pytest.raises(ValueError, match="a handler before what it handles"):
        load(*lines, handlers=((1, 4, 0, 3),))
