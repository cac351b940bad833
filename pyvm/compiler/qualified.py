# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Modules that code names with a dot, and so means as they are now (docs/design/module-table.md)."""

from __future__ import annotations

import sys
import types
from typing import Any, final


@final
class ModuleHandle:
    """A module by its name: its attributes are those that the module has now. See `pyvm.module`."""

    __slots__ = ("_pyvm_module_name",)

    def __init__(self, name: str) -> None:
        self._pyvm_module_name = name

    def __getattr__(self, attribute: str) -> Any:
        module = sys.modules.get(self._pyvm_module_name)
        if module is None:
            raise AttributeError(f"{self!r} is not imported any more: import it again")
        return getattr(module, attribute)

    def __repr__(self) -> str:
        return f"pyvm.module({self._pyvm_module_name!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ModuleHandle) and other._pyvm_module_name == self._pyvm_module_name

    def __hash__(self) -> int:
        return hash(self._pyvm_module_name)

    def __reduce__(self) -> tuple[type[ModuleHandle], tuple[str]]:
        return (ModuleHandle, (self._pyvm_module_name,))


def module_of(value: object) -> types.ModuleType | None:
    """The module that a value is, or is a handle of; None for any other value."""
    if isinstance(value, ModuleHandle):
        return sys.modules.get(value._pyvm_module_name)
    return value if isinstance(value, types.ModuleType) else None


def is_loaded_again(module: types.ModuleType) -> bool:
    """Whether calls into a module go through the module table: it is none of Python or pyvm."""
    package = module.__name__.partition(".")[0]
    return package != "pyvm" and package not in sys.stdlib_module_names
