# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What names around a function mean: functions of other modules, built-ins of modules, processes."""

import sys
import types

import pytest
from fake_vm import TIMEOUT
from support import OPCODES, assert_same, define, image_of, receive

from pyvm.compiler import CompileError
from pyvm.compiler.compiled import FunctionConstant, compile_image, disassemble


@pytest.fixture
def vm(monkeypatch):
    """A module whose functions are built-ins of the machine."""
    module = types.ModuleType("made_vm")
    exec(
        "def send(to, message, priority=False): pass\ndef spawn(function, *args): pass",
        vars(module),
    )
    monkeypatch.setitem(sys.modules, "made_vm", module)
    return module


def compiled(function, **options):
    builtins = {
        "made_vm.send": (7, "to, message, priority=False"),
        "made_vm.spawn": (8, "function, /, *args"),
    }
    return compile_image(
        function, opcodes=OPCODES, builtins=builtins, receive=receive, timeout=TIMEOUT, **options
    )


def operands(image, name):
    code = memoryview(image[4][0][7]).cast("H")
    steps = [code[i : i + 4].tolist() for i in range(0, len(code), 4)]
    return [fields for op, *fields in steps if OPCODES[op][0] == name]


def test_a_built_in_is_found_by_identity(vm):
    source = "def f(x):\n    send(x, 1)\n    made.send(message=1, to=x)\n    renamed(x, 2, priority=True)\n"
    image = compiled(define(source, send=vm.send, renamed=vm.send, made=vm)["f"])
    assert [fields[1:] for fields in operands(image, "CallBuiltin")] == [[7, 3]] * 3


def test_the_rest_of_the_arguments_stands_at_the_end(vm):
    image = compiled(define("def f(x):\n    spawn(f, x, 1, 2)\n", spawn=vm.spawn)["f"])
    assert [fields[1:] for fields in operands(image, "CallBuiltin")] == [[8, 4]]
    assert FunctionConstant(0) in image[4][0][8]


def test_a_variable_hides_what_is_around(vm):
    image = compiled(define("def f(send):\n    return [send(1)]\n", send=vm.send)["f"])
    assert operands(image, "CallBuiltin") == []


def test_a_process_of_another_module_is_a_value():
    other = define("def worker():\n    pass\nasync def coroutine():\n    pass\n")
    worker, coroutine = other["worker"], other["coroutine"]
    function = define(
        "def f():\n    return [worker, coroutine]\n", worker=worker, coroutine=coroutine
    )["f"]
    image = compiled(function, is_process=lambda one: one is worker)
    assert image[4][0][8] == (worker, coroutine)


def test_a_process_of_another_module_is_spawned_and_called_here(vm):
    worker = define("def worker(x):\n    return x\n")["worker"]
    source = "def f(x):\n    spawn(worker, x)\n    worker(x)\n"
    function = define(source, worker=worker, spawn=vm.spawn)["f"]
    image = compiled(function, is_process=lambda one: one is worker)
    assert [one[0] for one in image[4]] == ["f", "worker"]
    assert FunctionConstant(1) in image[4][0][8]
    assert [fields[1] for fields in operands(image, "Call")] == [1]


HELPERS = """
import math

LIMIT = 10

def limited(n):
    return min(n, LIMIT) + inner(n)

def inner(n):
    if n == 0:
        return missing[0]
    return math.gcd(n, 12)

missing = {}
"""


def test_functions_of_other_modules_see_their_own_names():
    limited = define(HELPERS)["limited"]
    source = "LIMIT = 1\ndef f(n):\n    return limited(n), helpers.limited(n + 1), LIMIT\n"
    assert_same(source, (3,), (30,), (0,), limited=limited, helpers=module(limited))


def module(limited):
    made = types.ModuleType("helpers")
    made.limited = limited
    return made


def test_each_function_knows_its_file():
    limited = define(HELPERS)["limited"]
    image = image_of(define("def f(n):\n    return limited(n)\n", limited=limited)["f"])
    sources, functions = image[3], image[4]
    files = [sources[function[11]][1] for function in functions]
    assert [function[0] for function in functions] == ["f", "limited", "inner"]
    assert files[1] == files[2] == limited.__code__.co_filename != files[0]
    text = disassemble(image, opcodes=OPCODES)
    assert f"\n{files[1]}\nfunction 1 limited(n)" in text
    assert " 7 | return min(n, LIMIT) + inner(n)" in text


def test_errors_are_shown_in_the_file_of_the_function_at_fault():
    other = define("def helper(x):\n    return x\n\ndef worse(x):\n    yield x\n")
    source = "def f(x):\n    return helper(worse(x))\n"
    with pytest.raises(CompileError, match="no generator") as caught:
        image_of(define(source, **{name: other[name] for name in ("helper", "worse")})["f"])
    assert caught.value.filename == other["worse"].__code__.co_filename
    assert (caught.value.lineno, caught.value.offset) == (5, 5)


def test_a_lambda_of_the_module_is_a_function():
    source = """
double = lambda x, k=2: x * k
pair: object = lambda *x: x
def f(x):
    return double(x), double(k=3, x=x), pair(1, x), [g(x) for g in (double, pair)]
"""
    assert_same(source, (3,), ("a",), (None,))


def test_functions_in_constants():
    source = """
from operator import itemgetter

def twice(x):
    return x * 2

def apply(x, function=twice, *more, then=max):
    return then([function(x), x], key=twice)

CASES = {"twice": twice, "both": [twice, apply], "deep": (1, {"in": (apply, None)})}
KEYS = (("first", itemgetter), ("plain", sorted))

def f(name, x):
    found = [apply(x), apply(x, repr, then=min), CASES is CASES, CASES["both"] is CASES["both"]]
    found += [one(x) for one in CASES["both"]]
    function = CASES[name]
    return found, function(x), CASES["deep"][1]["in"][0](x), KEYS[0][1](0)([x]), KEYS[1][1]([x])
"""
    assert_same(source, ("twice", 3), ("twice", "a"), ("both", 1))
    changed = "def g(x):\n    return x\nTABLE = [g]\ndef f():\n    TABLE.append(1)\n"
    image = image_of(define(changed)["f"])
    assert [function[0] for function in image[4]] == ["f", "g"]


def test_a_lambda_that_is_not_alone_is_refused():
    for text in (
        "a, b = (lambda x: x), (lambda x: x)",
        "a = [lambda x: x][0]",
        "a = id(0) and (lambda x: x)",
    ):
        with pytest.raises(CompileError, match="write a def"):
            image_of(define(text + "\ndef f(x):\n    return a(x)\n")["f"])


def test_a_coroutine_function_is_not_called():
    with pytest.raises(CompileError, match=r"g is an `async def`.*spawn it"):
        image_of(define("def f():\n    return g()\nasync def g():\n    pass\n")["f"])


def test_constants_that_change_are_kept_as_they_are():
    table = {"a": [1, {2}], (1, 2): frozenset()}
    image = image_of(define("def f(x):\n    return TABLE[x]\n", TABLE=table)["f"])
    assert image[4][0][8] == (table,)
