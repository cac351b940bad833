# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What names around a function mean: functions of other modules, built-ins of modules, processes."""

import sys
import types

import pytest
from fake_vm import TIMEOUT
from support import OPCODES, define, image_of, receive

from pyvm.compiler import CompileError
from pyvm.compiler.compiled import compile_image


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
    assert [fields[1] for fields in operands(image, "MakeFunction")] == [0]


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
    with pytest.raises(CompileError, match=r"made\.worker is a function of another module"):
        compiled(function)


def test_a_coroutine_function_is_not_called():
    with pytest.raises(CompileError, match=r"g is an `async def`.*spawn it"):
        image_of(define("def f():\n    return g()\nasync def g():\n    pass\n")["f"])


def test_constants_that_change_are_kept_as_they_are():
    table = {"a": [1, {2}], (1, 2): frozenset()}
    image = image_of(define("def f(x):\n    return TABLE[x]\n", TABLE=table)["f"])
    assert image[4][0][8] == (table,)
