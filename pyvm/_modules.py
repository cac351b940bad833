# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Modules while processes run in them: handles that mean the newest version, and loading one again."""

from __future__ import annotations

import importlib
import inspect
import sys
import types
from typing import Any

from pyvm import _code, _core
from pyvm.compiler.errors import error_in
from pyvm.compiler.qualified import ModuleHandle, is_loaded_again, module_of


def module(name: str) -> ModuleHandle:
    """A module by its name, whose functions are the newest when they are called.

    With `here = pyvm.module(__name__)`, `here.loop(state)` goes to the newest `loop` of the module
    itself, where `loop(state)` stays in the version that runs; so does `othermodule.f(x)` for a
    module that was imported (Erlang: fully qualified calls; OTP, Reference Manual, "Compilation
    and Code Loading"). In Python code, `async def` or not, it looks the attribute up.

    Args:
        name: of a module that is imported, or is being imported.

    Raises:
        TypeError: the name is no string.
        ModuleNotFoundError: no module of that name is imported.
    """
    if not isinstance(name, str):
        raise TypeError(f"module: a name is wanted, as __name__, not {name!r}")
    if name not in sys.modules:
        raise ModuleNotFoundError(f"module: {name} is not imported: import it first", name=name)
    return ModuleHandle(name)


def reload(module: types.ModuleType | ModuleHandle) -> types.ModuleType:
    """Loads a module again, as `importlib.reload`, while processes run in it.

    Compiled code that names a function of it with a dot finds the new one from then on, as value
    and in calls; all names change at once. What runs goes on in its version until it makes such a
    call: unqualified calls, and `from module import f`, stay (Erlang's rule). Classes are known by
    their names: members of enums and exceptions are at once what the new ones say, and methods of
    records are those of the version that calls them. What a dotted name meant that was no plain
    function then, a class or a constant, stays. A function that is gone is an AttributeError to
    compiled code, and stays in the module, as `importlib.reload` leaves it.

    Args:
        module: the module, or a handle of it. Any thread may ask; in a coroutine process, whose
            thread executes the module, the others wait meanwhile.

    Returns:
        The module, the same object with new contents.

    Raises:
        TypeError: it is no module.
        ValueError: it is the main program, or a module of Python or pyvm, which compiled code does
            not look up again.
        ModuleNotFoundError: it is a handle, and no module of its name is imported.
        CompileError: a function that compiled code names is not to be compiled any more.
        Exception: what the source of the module raises, or ImportError if it is gone.
            In each case the module has what it had before, and nothing changes for who runs.
    """
    found = module_of(module)
    if isinstance(module, ModuleHandle) and found is None:
        raise ModuleNotFoundError(f"reload: {module!r} is not imported any more: import it again")
    if found is None:
        raise TypeError(f"reload: a module is wanted, not {module!r}")
    if found.__name__ == "__main__":
        raise ValueError("reload: the main program cannot be loaded again: move its functions to a module")
    if not is_loaded_again(found):
        raise ValueError(f"reload: {found.__name__} is part of Python or pyvm, which stay as they are")
    with _code.reloads.one():
        before = dict(vars(found))
        try:
            loaded = importlib.reload(found)
            with _code.compiling:  # so that no code asks for another name meanwhile
                _code.publish(found.__name__, _meanings(loaded, before))
        except BaseException:
            vars(found).update(before)
            for name in vars(found).keys() - before.keys():
                del vars(found)[name]
            raise
    return loaded


def _meanings(
    loaded: types.ModuleType, before: dict[str, Any]
) -> dict[str, types.FunctionType | None]:
    """What the names that compiled code asks for mean now; None for those that are gone."""
    meanings: dict[str, types.FunctionType | None] = {}
    for name in _core.names_asked_for(loaded.__name__):
        function = getattr(loaded, name, None)
        if function is None or _is_left_over(loaded, function, before.get(name)):
            meanings[name] = None
            continue
        is_async = inspect.iscoroutinefunction(function)
        if isinstance(function, types.FunctionType) and not is_async:
            meanings[name] = function
        else:
            kind = "an `async def`" if is_async else f"of type {type(function).__name__}"
            raise error_in(
                loaded.__file__ or loaded.__name__,
                1,
                None,
                f"{loaded.__name__}.{name} is {kind} now, and compiled code calls it:"
                " keep a def of that name",
            )
    return meanings


def _is_left_over(loaded: types.ModuleType, function: object, before: object) -> bool:
    """Whether it is there only because loading a module again removes nothing: its `def` is gone."""
    return function is before and getattr(function, "__module__", None) == loaded.__name__
