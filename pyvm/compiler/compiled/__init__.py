# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""A `def` under @pyvm.process becomes an image: code for the machine, as plain data.

Promise: what compiles behaves as in CPython; what does not is refused with its place and a cure.

Layers, each importing only from those before it:

- `ir`: basic blocks of instructions over registers.
- `scopes`: whose variable a name is, and which need a cell.
- `python_functions`: library functions that are asked of Python.
- `meanings`: what names around a function mean; constants, built-ins.
- `refusals`: what no compiled body may contain.
- `classes`, `library`: what classes have; functions that do what operators do with records.
- `lower_core`, `lower_operators`, `lower_displays`, `lower_functions`, `lower_calls`, `lower_patterns`,
  `lower_receive`, `lower_assignments`, `lower_exceptions`, `lower_with`, `lower`: a function becomes blocks.
- `liveness`, `flow`: what is known of registers: checks that are not needed, values that nobody reads.
- `jumps`, `copies`: ways without detours; who reads a copy reads the original.
- `loops`, `chains`: constants that stay in registers, tests at the ends of loops; floats kept unpacked.
- `emit`: blocks become bytes.
- `unit`, `reached`: the functions and the classes that an image is made of.
- `image`, `disassemble`: what is made, and how to read it.

What stands for Python's own functions that call back into the program is `pyvm.compiler.library`,
which imports nothing of these.

Design: docs/design/vm.md.
"""

from collections.abc import Callable, Iterable, Mapping
from types import FunctionType

from pyvm.compiler.compiled.classes import (
    CONSTANT,
    builtin_instances,
    enum_values,
    has_constructor,
    is_abstract,
    plain_defaults,
)
from pyvm.compiler.compiled.disassemble import disassemble
from pyvm.compiler.compiled.image import Image, check, compile_image, concerns
from pyvm.compiler.compiled.meanings import (
    ATOMS,
    NO_DEFAULT,
    Builtins,
    ContainerConstant,
    FunctionConstant,
    PythonCallable,
    QualifiedName,
    container_of,
    container_parts,
)
from pyvm.compiler.compiled.unit import combined


def explain(
    function: FunctionType,
    *,
    opcodes: Iterable[tuple[str, str]],
    builtins: Mapping[str, tuple[int, str]],
    receive: object,
    timeout: object,
    is_process: Callable[[object], bool] = lambda _: False,
) -> str:
    """Shows what a function is compiled to; the arguments are those of `compile_image`.

    Returns:
        Text: each function that it reaches, each line of it, and the instructions made of the line.

    Raises:
        CompileError: as `compile_image`.
    """
    table = tuple(opcodes)
    image = compile_image(
        function,
        opcodes=table,
        builtins=builtins,
        receive=receive,
        timeout=timeout,
        is_process=is_process,
    )
    names = {number: name for name, (number, _) in builtins.items()}
    return disassemble(image, opcodes=table, builtins=names)


__all__ = [
    "ATOMS",
    "CONSTANT",
    "NO_DEFAULT",
    "Builtins",
    "ContainerConstant",
    "FunctionConstant",
    "Image",
    "PythonCallable",
    "QualifiedName",
    "builtin_instances",
    "check",
    "combined",
    "compile_image",
    "concerns",
    "container_of",
    "container_parts",
    "disassemble",
    "enum_values",
    "explain",
    "has_constructor",
    "is_abstract",
    "plain_defaults",
]
