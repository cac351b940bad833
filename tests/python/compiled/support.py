# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Programs run both by CPython and from their images, and what came of it compared."""

from __future__ import annotations

import copy
import itertools
import linecache
import math
import re
import struct
import sys
import types
import warnings

import machine_kit
import pytest
import reference
from fake_vm import TIMEOUT
from reference import OPCODES, Machine

from pyvm.compiler.compiled import check, compile_image

SIGNATURES = {
    "len": "obj, /",
    "slice": "start, stop=0, step=1, /",
    "range": "start, stop=0, step=1, /",
    "enumerate": "iterable, start=0",
    "zip": "*iterables, strict=False",
    "sorted": "iterable, /, *, reverse=False",
    "reversed": "sequence, /",
    "next": "iterator, default=None, /",
    "getattr": "object, name, default=None, /",
    "min": "*args, default=None",
    "max": "*args, default=None",
    "sum": "iterable, /, start=0",
    "abs": "x, /",
    "all": "iterable, /",
    "any": "iterable, /",
    "int": "x=0, /, base=10",
    "float": "x=0, /",
    "str": "object='', encoding='', errors=''",
    "bool": "x=False, /",
    "bytes": "source=b'', /",
    "tuple": "iterable=(), /",
    "list": "iterable=(), /",
    "dict": "iterable=(), /",
    "set": "iterable=(), /",
    "frozenset": "iterable=(), /",
    "repr": "obj, /",
    "ord": "c, /",
    "chr": "i, /",
    "divmod": "x, y, /",
    "round": "number, ndigits=None",
    "pow": "base, exp, mod=None",
    "print": "*args, sep=' ', end='\\n'",
    "type": "object, /",
    "iter": "iterable, /",
    "format": "value, format_spec='', /",
    "math.sqrt": "x, /",
    "math.gcd": "*integers",
    "pyvm.compiler.library.natives.holds_method": "value, name, /",
    "pyvm.compiler.library.natives.sort_by": "keys, items, reverse, /",
    "pyvm.compiler.library.natives.type_name": "value, /",
}
BUILTINS = {name: (number, text) for number, (name, text) in enumerate(SIGNATURES.items())}
FUNCTIONS = [
    (getattr(sys.modules[name.rpartition(".")[0] or "builtins"], name.rpartition(".")[2]), text)
    for name, text in SIGNATURES.items()
]
_numbers = itertools.count()


def receive(*, timeout=None):
    """Stands for pyvm.receive."""
    raise RuntimeError("outside of a process")


def define(source, **names):
    """Runs a text as a module; returns its globals."""
    filename = f"<compiled {next(_numbers)}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    module = types.ModuleType("made")
    sys.modules[module.__name__] = module  # so that its classes are found by their names
    scope = vars(module)
    scope.update({"receive": receive, "math": math, **names})
    exec(compile(source, filename, "exec", dont_inherit=True), scope)
    return scope


def image_of(function, **options):
    check(function, receive=receive)
    image = compile_image(
        function,
        opcodes=OPCODES,
        builtins=BUILTINS,
        receive=receive,
        timeout=TIMEOUT,
        **options,
    )
    verify(image)
    return image


def machine_of(function, mailbox=(), **options):
    return Machine(image_of(function, **options), FUNCTIONS, mailbox)


def outcome(call, arguments):
    """What a call gives or raises, and what became of its arguments."""
    given = copy.deepcopy(arguments)
    try:
        result = ("value", shown(call(given)))
    except Exception as error:
        kind = NameError if isinstance(error, NameError) else type(error)
        text = in_words_of_3_11(str(error)).replace("+=", "+").replace("-=", "-")
        result = ("error", kind.__name__, shown(text), shown(error.__cause__))
    return (*result, shown(given))


def shown(value, within=()):
    """What tells values apart: their types too, and the order of dicts but not of sets."""
    if id(value) in within:
        return "what it is in"
    parts = (*within, id(value))
    if isinstance(value, set | frozenset):
        return (type(value).__name__, sorted(map(repr, value)))
    if isinstance(value, list | tuple):
        return (type(value).__name__, [shown(one, parts) for one in value])
    if isinstance(value, dict):
        return ("dict", [(shown(key, parts), shown(one, parts)) for key, one in value.items()])
    text = in_words_of_3_11(repr(value)).replace(" in enclosing scope", "").replace(" free ", " local ")
    return (type(value).__name__, text)  # some versions make functions of comprehensions


def in_words_of_3_11(text):
    """Texts of errors as the machine has them: later versions of Python say some otherwise."""
    text = text.replace("iterable argument is empty", "arg is an empty sequence")
    without = r"without an implementation for abstract method(s?) ('[^\"]*')"
    return re.sub(
        without, lambda found: f"with abstract method{found[1]} " + found[2].replace("'", ""), text
    )


def assert_same(source, *calls, name="f", by_reference=True, **names):
    """Runs function `name` of a module in CPython, by the reference interpreter and on the machine."""
    function = define(source, **names)[name]
    machine = machine_of(function) if by_reference else None
    program = machine_kit.Program(define, source, name, **names)
    for arguments in calls or [()]:
        wanted = outcome(lambda given: function(*given), arguments)
        if wanted[1] == "RecursionError":
            continue  # where it comes is not part of the language
        if machine is not None:
            entry = reference.Closure(machine, 0, ())
            got = outcome(lambda given: entry(*given), arguments)  # noqa: B023
            assert got == wanted, f"{source}\n{arguments}\n{got}\n{wanted}"
        if machine_kit.HAS_MACHINE:
            assert_machine_does(wanted, program, arguments, must_compile=not by_reference)


def assert_same_programs(seeds, text_of, *calls, by_reference=True):
    """Runs the program that `text_of(seed)` gives for each seed, both ways; a failure shows the seed.

    The reference interpreter is slow, so that it runs one of ten where the machine runs them all.
    """
    for seed in seeds:
        text = text_of(seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                compile(text, "<random>", "exec")
            except SyntaxError:
                continue  # a name may be declared after its use, and the like
            try:
                interpreted = by_reference and (seed % 10 == 0 or not machine_kit.HAS_MACHINE)
                assert_same(text, *calls, by_reference=interpreted)
            except BaseException as error:
                pytest.fail(f"seed {seed}: {error!r}\n{text}")


def assert_machine_does(wanted, program, arguments, *, must_compile=False):
    """The machine, in a process of its own, gives what CPython gives."""
    try:
        kind, result, given = program.run(arguments)
    except machine_kit.Refused as refused:
        if must_compile and isinstance(refused, machine_kit.DoesNotCompile):
            raise
        return
    if kind == "error" and str(result).startswith("compiled code calls a __str__, __repr__ or"):
        return  # docs/compiled.md: what differs

    def call(copies):
        copies[:] = given
        if kind == "error":
            raise result
        return result

    got = outcome(call, list(given))
    wanted = (*wanted[:-1], ("list", wanted[-1][1]))
    assert got == wanted, f"on the machine: {program.source}\n{arguments}\n{got}\n{wanted}"


def names_of_opcodes(image, number=0):
    return [OPCODES[op][0] for op, *_ in struct.iter_unpack("<4H", image[4][number][7])]


def verify(image):
    """Checks what the loader's verifier will: that all operands are where they must be."""
    _, _, _, _, functions, programs, _ = image
    for function in functions:
        registers, code, constants, handlers = function[6], function[7], function[8], function[10]
        steps = list(struct.iter_unpack("<4H", code))
        ends = ("Jump", "LoopJump", "Return", "Raise", "Reraise", "TailCall", "TailCallValue")
        ends = (*ends, "TailCallSpread", "TailCallNewest")
        assert OPCODES[steps[-1][0]][0] in (*ends, "AssertionFailed", "RejectMessage")
        limits = {"R": registers, "D": registers, "W": registers, "K": len(constants)}
        limits |= {"M": len(constants), "F": len(functions), "P": len(programs), "B": len(BUILTINS)}
        for place, (op, *fields) in enumerate(steps):
            name, kinds = OPCODES[op]
            for kind, field in zip(kinds, fields, strict=True):
                if kind in limits:
                    assert field < limits[kind], (name, fields)
                elif kind == "X":
                    assert field == 65535 or field < registers, (name, fields)
                elif kind == "J":
                    assert 0 <= place + 1 + reference.signed(field) < len(steps), (name, fields)
                elif kind == "_" and "L" not in kinds:
                    assert field == 0, (name, fields)
                elif kind == "L":
                    distance = fields[1] | fields[2] << 16
                    distance -= (distance >> 31) << 32
                    assert 0 <= place + 1 + distance < len(steps), (name, fields)
                    assert distance < 0 if name == "LoopJump" else distance >= 0, (name, distance)
                    break
            if kinds[0] == "W":
                by_value = "CallValue" in name or "Spread" in name or name == "Replace"
                count = fields[1] if by_value else fields[2]
                if "Newest" in name:
                    names, _, _, rest, further = functions[fields[1]][3]
                    count = len(names) + rest + further
                assert fields[0] + 2 + count <= registers, (name, fields)
        for begin, end, target, register in handlers:
            assert 0 <= begin < end <= len(steps)
            assert target < len(steps)
            assert register < registers
