# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""`disassemble`: the instructions of an image beside the lines that they come from."""

from __future__ import annotations

import linecache
import struct
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from pyvm.compiler.compiled.image import Image
from pyvm.compiler.compiled.meanings import FunctionConstant, QualifiedName

_NO_REGISTER = 65535


def disassemble(
    image: Image,
    *,
    opcodes: Iterable[tuple[str, str]],
    builtins: Mapping[int, str] = MappingProxyType({}),
) -> str:
    """Shows an image for people.

    Args:
        image: what `compile_image` made.
        opcodes: as it was made with.
        builtins: the names of the built-ins by their numbers.

    Returns:
        Text: each function with its lines, and under each line its instructions.
    """
    table = tuple(opcodes)
    _, _, module, sources, functions, *_ = image
    main = sources[functions[0][11]][1]
    lines = [f"module {module}, {main}"]
    for number, function in enumerate(functions):
        filename = sources[function[11]][1]
        elsewhere = [filename] if filename != main else []
        lines += ["", *elsewhere, *_function(number, function, filename, table, functions, builtins)]
    return "\n".join(lines) + "\n"


def _function(
    number: int,
    function: tuple[Any, ...],
    filename: str,
    opcodes: tuple[tuple[str, str], ...],
    functions: tuple[Any, ...],
    builtins: Mapping[int, str],
) -> Iterator[str]:
    _, qualified, _, shape, _, captures, registers, code, constants, lines, handlers, _ = function
    names, _, _, rest, further = shape
    given = [*names, *["*"] * rest, *["**"] * further]
    words = f"function {number} {qualified}({', '.join(given)}): {registers} registers"
    yield words + (f", {captures} captured" if captures else "")
    starts = dict(lines)
    for place, (op, a, b, c) in enumerate(struct.iter_unpack("<4H", code)):
        if place in starts:
            text = linecache.getline(filename, starts[place]).strip()
            yield f"{starts[place]:6} | {text}"
        name, kinds = opcodes[op]
        shown = _operands(kinds, (a, b, c), place, constants, functions, builtins)
        yield f"       {place:5}  {name:<20} {shown}".rstrip()
    for begin, end, target, register in handlers:
        yield f"       {begin} to {end - 1}: exceptions go to {target}, in r{register}"


def _operands(
    kinds: str,
    fields: tuple[int, int, int],
    place: int,
    constants: tuple[Any, ...],
    functions: tuple[Any, ...],
    builtins: Mapping[int, str],
) -> str:
    shown: list[str] = []
    for kind, field in zip(kinds, fields, strict=True):
        signed = field - 65536 if field > 32767 else field
        match kind:
            case "R" | "D" | "W":
                shown.append(f"r{field}")
            case "X":
                shown.append("-" if field == _NO_REGISTER else f"r{field}")
            case "K" | "M":
                one = constants[field]
                match one:
                    case FunctionConstant(number):
                        shown.append(functions[number][1])
                    case QualifiedName(module, qualified):
                        shown.append(f"{module}.{qualified}")
                    case _:
                        shown.append(repr(one))
            case "F":
                shown.append(functions[field][1])
            case "B":
                shown.append(builtins.get(field, f"built-in {field}"))
            case "P":
                shown.append(f"program {field}")
            case "I":
                shown.append(str(signed))
            case "N":
                shown.append(str(field))
            case "J":
                shown.append(f"-> {place + 1 + signed}")
            case "L":
                far = fields[1] | fields[2] << 16
                shown.append(f"-> {place + 1 + (far - (1 << 32) if far >> 31 else far)}")
                break
    return ", ".join(shown)
