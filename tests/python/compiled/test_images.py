# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What an image looks like where that is the point: its form, the instructions chosen, `explain`."""

import struct

from fake_vm import TIMEOUT
from reference import Machine
from support import (
    BUILTINS,
    OPCODES,
    assert_same,
    define,
    image_of,
    names_of_opcodes,
    receive,
    verify,
)  # fmt: skip

from pyvm.compiler.compiled import explain
from pyvm.compiler.compiled.emit import emit
from pyvm.compiler.compiled.ir import Block, Instruction


def codes(source, number=0):
    return names_of_opcodes(image_of(define(source)["f"]), number)


def test_the_form_of_an_image():
    source = "def f(a, /, b=2, *, c, d=4):\n    return (lambda x: x + a)(b)\n".replace("b=2", "b")
    image = image_of(define(source)["f"])
    kind, version, module, ((home, filename),), functions, programs, classes = image
    assert (kind, version, module, programs, classes) == ("pyvm code", 1, "made", (), ())
    assert home == "made"
    assert filename.startswith("<compiled")
    name, qualified, line, parameters, defaults, captures, *_ = functions[0]
    assert (name, qualified, line) == ("f", "f", 1)
    assert parameters == (("a", "b", "c", "d"), 1, 2, False, False)
    assert (defaults, captures) == ((4,), 0)
    assert functions[1][1] == "f.<locals>.<lambda>"
    assert functions[1][5] == 1
    assert [function[11] for function in functions] == [0, 0]


def test_parameters_that_take_what_is_left_stand_behind_the_others():
    source = "def f(a, *b, c=1, **d):\n    return a, b, c, d\n"
    image = image_of(define(source)["f"])
    assert image[4][0][3] == (("a", "c"), 0, 1, True, True)


def test_defaults_that_are_computed_are_a_count():
    source = "def f(n):\n    def g(a, b=1, c=n):\n        return a, b, c, n\n    return g\n"
    image = image_of(define(source)["f"])
    assert image[4][1][4:6] == (2, 1)


def test_parameters_behind_the_star_without_default_go_first():
    source = "def f(*, a=1, b):\n    return g(b=2), g(a=3, b=4), (a, b)\ndef g(*, a=1, b):\n    return a, b\n"
    image = image_of(define(source)["f"])
    assert image[4][0][3] == (("b", "a"), 0, 2, False, False)
    assert image[4][0][4] == (1,)
    assert_same("def f():\n    return g(b=2), g(a=3, b=4)\n" + source[source.index("def g") :], ())


def test_constants_that_are_equal_and_differ():
    assert_same(
        "def f():\n    return [1, True, 1.0, 0.0, -0.0, (1,), (True,), (1.0,), 100000, 100000.0]\n"
    )


def test_superinstructions():
    source = "def f(n):\n    for i in range(n):\n        if i < 3:\n            n += 1\n    return n - 1\n"
    assert codes(source) == [
        "LoadInt", "Move", "LoadInt", "IterateRange", "Next", "JumpIfNotLessInt", "InPlaceAddInt", "LoopNext",
        "AddInt", "Return",
    ]  # fmt: skip


def test_a_union_of_classes_is_a_constant():
    image = image_of(define("def f(x):\n    return isinstance(x, int | None)\n")["f"])
    assert image[4][0][8] == ((int, type(None)),)


def test_a_loop_ends_in_a_jump_that_costs():
    source = "def f(n):\n    while n:\n        if n == 2:\n            continue\n        n -= 1\n"
    assert codes(source).count("LoopJump") == 2


def test_variables_that_surely_have_a_value_are_not_checked():
    sure = "def f(n):\n    if n:\n        x = 1\n    else:\n        x = 2\n"
    sure += "    for i in [x]:\n        y = i\n        n = y\n    return x\n"
    assert "CheckSet" not in codes(sure)
    assert "CheckSet" in codes("def f(n):\n    for i in n:\n        pass\n    return i\n")
    assert "JumpIfSet" not in codes("def f(n):\n    k = n\n    return lambda: k\n", 1)
    assert "JumpIfSet" in codes("def f(n):\n    if n:\n        k = n\n    return lambda: k\n", 1)


def test_what_is_captured_and_never_changed_is_copied():
    assert "MakeCell" not in codes("def f(n):\n    k = n\n    return lambda: k + n\n")
    assert "MakeCell" in codes("def f(n):\n    g = lambda: k\n    k = n\n    return g\n")


def test_tail_calls():
    source = """
def f(n):
    match n:
        case 1:
            return g(1)
        case 2:
            return g(2) if n else h(n)
    try:
        return g(3)
    except ValueError:
        return g(4)

def g(n):
    return n

h = None
"""
    source = source.replace("h(n)", "(lambda: 5)()").replace("h = None\n", "")
    assert [name for name in codes(source) if "Call" in name] == [
        "TailCall", "TailCall", "TailCallValue", "Call", "TailCall",
    ]  # fmt: skip


def test_code_beyond_the_reach_of_a_short_jump():
    """A jump of 16 bits goes around a long one."""
    far, near = Block(), Block()
    first = Block(code=[Instruction("JumpIfLessInt", 0, 5, 0, 1, far)])
    near.code = [Instruction("LoadInt", 0, 7, 0, 2) for _ in range(40000)]
    near.code.append(Instruction("Return", 0, 0, 0, 3))
    far.code = [Instruction("Return", 0, 0, 0, 4)]
    numbers = {name: number for number, (name, _) in enumerate(OPCODES)}
    made = emit([first, near, far], numbers, dict(OPCODES))
    parameters = (("a",), 0, 0, False, False)
    function = ("f", "f", 1, parameters, (), 0, 1, made.code, (), made.lines, made.handlers, 0)
    image = ("pyvm code", 1, "made", (("made", "made.py"),), (function,), (), ())
    verify(image)
    assert Machine(image).call(0, [3]) == 3
    assert Machine(image).call(0, [6]) == 7
    assert made.lines == ((0, 1), (3, 2), (40003, 3), (40004, 4))


def test_lines_are_in_order_of_instructions():
    image = image_of(
        define("def f(a):\n    b = [\n        a,\n        a + 1,\n    ]\n    return b\n")["f"]
    )
    lines = image[4][0][9]
    assert [line for _, line in lines] == [3, 4, 2, 6]
    assert [first for first, _ in lines] == sorted(first for first, _ in lines)


def test_explain_shows_lines_and_instructions():
    function = define("def f(n):\n    return len(g(n)) + 1\ndef g(n):\n    return [n, 'x']\n")["f"]
    text = explain(function, opcodes=OPCODES, builtins=BUILTINS, receive=receive, timeout=TIMEOUT)
    assert "function 0 f(n)" in text
    assert "2 | return len(g(n)) + 1" in text
    for words in (
        "Call                 r3, g, 1",
        "CallBuiltin          r1, len, 1",
        "AddInt",
        "'x'",
    ):
        assert words in text


def test_every_instruction_is_four_fields():
    image = image_of(define("def f(n):\n    return n\n")["f"])
    assert list(struct.iter_unpack("<4H", image[4][0][7]))[-1][0] == [n for n, _ in OPCODES].index(
        "Return"
    )
