# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What `@pyvm.process` does to an `async def` before it runs; for a plain def see `compiled`.

Promises: a function keeps its name, closure, defaults and source positions; what cannot be
kept is refused with the file, the line and the cure, never changed silently.

Layers, each importing only from those before it:

- `errors`: the one error, with its place.
- `scope`: what a name means in a function when it is decorated.
- `terms`: what a Python object means to the native matcher: a type, a record, an enum member.
- `patterns`: `case` patterns as data, for the native matcher.
- `object_patterns`: Python objects as the same data, for `await receive(pattern)`.
- `assemble`: a changed body becomes a code object and a function like the old one.
- `source`: the `async def` that a function was made from.
- `bytecode`: what can be told of a function whose source is missing.
- `selection`: the statements that stand for `match await receive()`.
- `body`: one `async def` body, its matches found, checked and replaced.
- `rewrite`: the entry point, for functions and what wraps them.

Nothing here imports the native module: what it needs is passed in.
Design: docs/design/receive-rewrite.md.
"""

from pyvm.compiler.assemble import BODY_MARK, is_process_body
from pyvm.compiler.errors import CompileError
from pyvm.compiler.object_patterns import pattern_of_object
from pyvm.compiler.rewrite import rewrite
from pyvm.compiler.selection import CaseMeta, MakeSelection, Selection

__all__ = [
    "BODY_MARK",
    "CaseMeta",
    "CompileError",
    "MakeSelection",
    "Selection",
    "is_process_body",
    "pattern_of_object",
    "rewrite",
]
