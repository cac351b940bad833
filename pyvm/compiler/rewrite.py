# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""`rewrite`: makes each `match await receive(...)` of a process body a selective receive.

Promise: the function that comes back differs from the one given in nothing but that, and in the
mark that says a bare `await receive()` is legal in it.
"""

from __future__ import annotations

import functools
import inspect
import types
from typing import Any, TypeVar, cast

from pyvm.compiler.assemble import compile_body, function_like, is_process_body, marked
from pyvm.compiler.body import Tools, rewrite_body
from pyvm.compiler.bytecode import receive_as_subject
from pyvm.compiler.errors import CompileError, error_in
from pyvm.compiler.scope import Names
from pyvm.compiler.selection import MakeSelection
from pyvm.compiler.source import find_source

_Function = TypeVar("_Function")

_ASYNC = inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR


def rewrite(
    function: _Function, *, make_selection: MakeSelection, receive: object, timeout: object
) -> _Function:
    """Makes the receives of an `async def` selective.

    What decorators below put around the function (`functools.wraps`, `staticmethod`, `partial`)
    stays around it.

    Args:
        function: the function under the decorator; what is no Python function comes back as it is.
        make_selection: called once for each match with the patterns and the `CaseMeta` of its
            cases; makes the object that the rewritten function awaits.
        receive: the function that a match subject must call to be rewritten.
        timeout: the TIMEOUT object.

    Returns:
        A new function that shares the closure cells of the old one, its code marked with BODY_MARK.
        The old one is not changed.

    Raises:
        CompileError: for a receive that cannot be selective as written, or whose source is missing.
    """
    return cast(_Function, _rewrite(function, Tools(make_selection, receive, timeout))[0])


def _rewrite(function: Any, tools: Tools) -> tuple[Any, bool]:
    """The function to use instead; whether matches in it, or in what it wraps, were replaced."""
    if isinstance(function, staticmethod | classmethod):
        inner, changed = _rewrite(function.__func__, tools)
        return _with_attributes(type(function)(inner), function), changed
    if isinstance(function, types.MethodType):
        inner, changed = _rewrite(function.__func__, tools)
        return types.MethodType(inner, function.__self__), changed
    if type(function) is functools.partial:
        inner, changed = _rewrite(function.func, tools)
        made = functools.partial(inner, *function.args, **function.keywords)
        return _with_attributes(made, function), changed
    if not isinstance(function, types.FunctionType):
        return function, False
    body, changed = _rewrite_body(function, tools)
    wrapped = function.__dict__.get("__wrapped__")
    inner, changed_inside = _rewrite(wrapped, tools)
    if inner is not wrapped and _relinked(body, wrapped, inner, required=changed_inside):
        changed = changed or changed_inside
    return body, changed


def _rewrite_body(function: types.FunctionType, tools: Tools) -> tuple[types.FunctionType, bool]:
    code = function.__code__
    if not code.co_flags & _ASYNC or is_process_body(code):
        return function, False
    source = find_source(function)
    if source is None:
        place = receive_as_subject(code, Names(function), tools.receive)
        if place is not None:
            raise error_in(
                code.co_filename,
                *place,
                f"`match await receive()` in {code.co_qualname} needs the source that is running,"
                " which is missing or has changed: put it in a file, or take the message with"
                " `msg = await receive(pattern)`",
            )
        return function_like(function, marked(code)), False
    rewritten = rewrite_body(function, source, tools)
    if rewritten.cells:
        code = compile_body(rewritten.node, code, source.place, rewritten.cells)
    return function_like(function, marked(code), rewritten.cells), bool(rewritten.cells)


def _relinked(wrapper: types.FunctionType, old: object, new: object, *, required: bool) -> bool:
    """Makes a wrapper call `new` where it called `old`, which it keeps in its closure."""
    cells = [cell for cell in wrapper.__closure__ or () if _contents(cell) is old]
    for cell in cells:
        cell.cell_contents = new
    if cells:
        wrapper.__dict__["__wrapped__"] = new
    elif required:
        code = wrapper.__code__
        raise CompileError(
            f"{code.co_qualname} wraps a function with `match await receive()` and does not keep it"
            " in its closure: put @pyvm.process next to the function",
            (code.co_filename, code.co_firstlineno, None, None),
        )
    return bool(cells)


def _contents(cell: types.CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:
        return None


def _with_attributes(made: Any, like: Any) -> Any:
    vars(made).update({name: value for name, value in vars(like).items() if name not in vars(made)})
    return made
