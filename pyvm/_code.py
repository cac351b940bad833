# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Plain `def` bodies: what the compiler must know of the machine, and the machine of what it made."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import logging
import sys
import threading
import types
from collections.abc import Iterable, Iterator
from typing import Any, Final, TextIO

from pyvm import _core
from pyvm._image import encoded
from pyvm._terms import TIMEOUT
from pyvm.compiler import compiled
from pyvm.compiler.errors import CompileError

_MARK: Final = "__pyvm_code__"
_OPCODES: Final = _core.opcodes()
_BUILTINS: Final = _core.builtins()
# Built-ins that need a library of the system.
_BY_LIBRARIES: Final = frozenset(
    ["hashlib.digest", "hashlib.hexdigest", "zlib.compress", "zlib.decompress"]
)
_WITH_LIBRARIES: Final = frozenset(name.partition(".")[0] for name in _BY_LIBRARIES)
_LOG: Final = logging.getLogger("pyvm")
_LONGEST_RELOAD: Final = 10.0  # seconds that a compilation waits for a module which is loaded again


@dataclasses.dataclass(frozen=True)
class _Published:
    """What a name means that was loaded again; its code was made for what it uses."""

    function: types.FunctionType | None
    uses: frozenset[str] = frozenset()


@functools.cache
def _builtins_with(modules: frozenset[str]) -> dict[str, tuple[int, str]]:
    """The built-ins of the machine, and of what needs libraries those of these modules that there are.

    The same object each time for the same modules: the compiler knows tables by what they are.
    """
    found = {}
    for name, built_in in _BUILTINS.items():
        is_loaded = name.partition(".")[0] in modules
        if name not in _BY_LIBRARIES or (is_loaded and _core.is_available(name)):
            found[name] = built_in
    return found


def _given() -> dict[str, Any]:
    """What the machine and the package hand to the compiler."""
    return {
        "opcodes": _OPCODES,
        "builtins": _builtins_with(_WITH_LIBRARIES.intersection(sys.modules)),
        "receive": _core.receive,
        "timeout": TIMEOUT,
    }


compiling: Final = threading.RLock()
"""Held while what names mean is compiled and published. Nobody wants another lock meanwhile."""
# The classes of all images, by module and qualified name; and what modules were loaded again with.
_met: Final[dict[tuple[str, str], type]] = {}
_published: Final[dict[str, dict[str, _Published]]] = {}


def declare(function: types.FunctionType) -> None:
    """Makes a plain function a process body: checked here, compiled when its first process is spawned.

    Raises:
        CompileError: what cannot be compiled, as far as the text tells.
    """
    compiled.check(function, receive=_core.receive)
    setattr(function, _MARK, None)


def is_compiled(function: object) -> bool:
    """Whether `declare` took it."""
    return isinstance(function, types.FunctionType) and _MARK in vars(function)


def load(function: types.FunctionType) -> Any:
    """Compiles a declared function and all that it reaches; gives its code, also for later spawns.

    Raises:
        CompileError: what cannot be compiled.
        TypeError: a plain function that is not under `@process`.
    """
    if not is_compiled(function):
        raise TypeError(f"spawn: {function!r} is not a process: put @pyvm.process above its def")
    code = _load(function)
    setattr(function, _MARK, code)
    return code


def _load(function: types.FunctionType) -> Any:
    before = reloads.steps
    try:
        return _compiled(function)
    except CompileError:
        # A module that is being loaded again has some old names and some new ones.
        if (reloads.steps == before and not reloads.is_going_on()) or not reloads.wait():
            raise
    return _compiled(function)


def _compiled(function: types.FunctionType) -> Any:
    with compiling:
        compilation = _Compilation()
        image = compilation.image(function)
        code = _core.load_code(encoded(image, _BUILTINS))
        if not reloads.is_going_on():  # whose names may go back to what they were
            for module, functions in compilation.stale.items():
                publish(module, functions)
        _meet(_classes_of([image]))
        return code


class Reloads:
    """One module at a time is loaded again; others may wait until it is."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self.steps = 0  # beginnings and ends

    @contextlib.contextmanager
    def one(self) -> Iterator[None]:
        """While a module is loaded again, which may load another one meanwhile."""
        with self._lock:
            self._depth += 1
            self.steps += self._depth == 1
            try:
                yield
            finally:
                self._depth -= 1
                self.steps += self._depth == 0

    def is_going_on(self) -> bool:
        """Whether a module is being loaded again."""
        return self.steps % 2 == 1

    def wait(self) -> bool:
        """Waits until none is loaded again; not for ever, for whoever asks may be waited for."""
        found = self._lock.acquire(timeout=_LONGEST_RELOAD)
        if found:
            self._lock.release()
        return found


reloads: Final = Reloads()


class _Compilation:
    """Compiles functions, and finds names that were published and mean something else now.

    Args:
        module, functions: what its names are about to mean.
    """

    def __init__(
        self, module: str = "", functions: dict[str, types.FunctionType | None] | None = None
    ) -> None:
        self.stale: dict[str, dict[str, types.FunctionType | None]] = {}
        self._module, self._functions = module, functions or {}

    def image(
        self,
        function: types.FunctionType,
        classes: Iterable[type] = (),
        uses: set[str] | None = None,
    ) -> compiled.Image:
        return compiled.compile_image(
            function,
            **_given(),
            is_process=is_compiled,
            classes=classes,
            note_qualified=self._note,
            uses=uses,
        )

    def _note(self, module: str, name: str, meaning: Any) -> None:
        if module == self._module and name in self._functions:
            return
        known = _published.get(module, {}).get(name)
        if known is not None and known.function is not meaning:
            self.stale.setdefault(module, {})[name] = meaning


def publish(module: str, functions: dict[str, types.FunctionType | None]) -> None:
    """Makes functions what names of a module mean to code that has them with a dot; None: nothing.

    They are compiled with all classes that code has met, for they may be given objects of any.

    Raises:
        CompileError: what cannot be compiled of all of them; nothing is published then.
    """
    with compiling:
        classes = {_name_of(one): one for one in map(_as_now, [*_met.values()]) if one is not None}
        compilation = _Compilation(module, functions)
        while True:
            uses: dict[str, set[str]] = {name: set() for name in functions}
            images = _images(compilation, functions, classes.values(), uses)
            found = _classes_of(images.values())
            if all(classes.get(key) is kind for key, kind in found.items()):
                break
            classes.update(found)  # what one of them makes may be given to another
        codes = {name: _core.load_code(encoded(image, _BUILTINS)) for name, image in images.items()}
        _core.publish(module, {name: codes.get(name) for name in functions})
        _published.setdefault(module, {}).update(
            (name, _Published(function, frozenset(uses[name])))
            for name, function in functions.items()
        )
        for other, stale in compilation.stale.items():
            publish(other, stale)
        _meet(found)


def _images(
    compilation: _Compilation,
    functions: dict[str, types.FunctionType | None],
    classes: Iterable[type],
    uses: dict[str, set[str]],
) -> dict[str, compiled.Image]:
    """Images of the functions by name; the errors of all are one."""
    errors: list[CompileError] = []
    images: dict[str, compiled.Image] = {}
    for name, function in functions.items():
        try:
            if function is not None:
                images[name] = compilation.image(function, classes, uses[name])
        except CompileError as error:
            errors.append(error)
    if errors:
        raise compiled.combined(errors, errors[0].filename or "")
    return images


def _meet(found: dict[tuple[str, str], type]) -> None:
    """Remembers classes; what was published is compiled again if it may be given objects of new ones."""
    new = [kind for key, kind in found.items() if _met.get(key) is not kind]
    _met.update(found)
    for module, names in [*_published.items()]:
        concerned: dict[str, types.FunctionType | None] = {
            name: one.function
            for name, one in names.items()
            if any(compiled.concerns(kind, {*one.uses}) for kind in new)
        }
        if not concerned or module not in sys.modules:
            continue
        try:
            publish(module, concerned)
        except CompileError as error:  # its source has changed, for one
            _LOG.warning(
                "%s, which was loaded again, is not told of classes that code has met since, and may"
                " fail at operators of their objects: %s",
                module,
                error,
            )


def _classes_of(images: Iterable[compiled.Image]) -> dict[tuple[str, str], type]:
    return {_name_of(kind): kind for image in images for kind, *_ in image[-1]}


def _name_of(kind: type) -> tuple[str, str]:
    return (kind.__module__, kind.__qualname__)


def _as_now(kind: type) -> type | None:
    """The class that has the name of `kind` now; None if none has."""
    found: Any = sys.modules.get(kind.__module__)
    for part in kind.__qualname__.split("."):
        found = getattr(found, part, None)
    return found if isinstance(found, type) else None


def explain(function: types.FunctionType, *, file: TextIO | None = None) -> None:
    """Prints the instructions of a plain function and of all that it reaches beside the source.

    Args:
        function: with or without `@process`.
        file: where to, as for `print`; standard output if it is None.

    Raises:
        CompileError: what cannot be compiled.
    """
    with compiling:
        text = compiled.explain(function, **_given(), is_process=is_compiled)
    print(text, file=file)


def image_of(function: types.FunctionType) -> tuple[Any, ...]:
    """The image of a function as `_core.load_code` takes it; nothing is loaded.

    Raises:
        CompileError: what cannot be compiled.
    """
    with compiling:
        return encoded(_Compilation().image(function), _BUILTINS)
