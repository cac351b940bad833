# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""pyvm: Erlang's processes for Python.

Processes are as cheap as objects and share nothing; they talk by asynchronous messages, fail
alone, and use every hardware thread. Everything public is named here.
"""

from importlib.metadata import version as _version
from importlib.util import find_spec as _find_spec
from pathlib import Path as _Path

if _find_spec("pyvm._core") is None:
    raise ImportError(
        f"{__file__} is a checkout, found before an installed pyvm, and has no native module beside it: "
        "start Python in another folder or as `python -P`, or install with `pip install -e .`"
    )

# First, for it refuses subinterpreters, in which the import of _core would hang.
from pyvm import _terms as _terms

# isort: split
from pyvm import _core, testing
from pyvm._code import explain
from pyvm._core import NativeBody, make_ref, native, self, send
from pyvm._loop import aio, offload
from pyvm._modules import module, reload
from pyvm._process import process, receive
from pyvm._python import python
from pyvm._relations import (
    ainfo,
    alias,
    cancel_timer,
    demonitor,
    erase,
    exit,
    get,
    is_alive,
    is_alive_after_signals,
    label,
    link,
    monitor,
    process_flag,
    process_info,
    processes,
    put,
    read_timer,
    register,
    registered,
    resume,
    send_after,
    sleep,
    start_timer,
    suspend,
    unalias,
    unlink,
    unregister,
    whereis,
    yield_now,
)
from pyvm._runtime import node, run, running, set_schedulers_online, start, stop, system_info
from pyvm._spawn import spawn, spawn_request, spawn_request_abandon
from pyvm._terms import (
    TIMEOUT,
    Alias,
    Atom,
    ForeignException,
    Function,
    Opaque,
    Pid,
    Ref,
    opaque,
)
from pyvm.errors import CompileError, ProcessDown, ProcessExit, ReceiveTimeout

__version__ = _version("pyvm-runtime")


def get_include() -> str:
    """The folder of the C++ headers and `pyvm.pxd`, for building native bodies."""
    return str(_Path(str(_core.__file__)).parent / "include")  # not beside this file when installed with -e


def get_library_dir() -> str:
    """The folder of libpyvm, to link native bodies; at run time `import pyvm` has loaded it."""
    return str(_Path(str(_core.__file__)).parent)


__all__ = [
    "TIMEOUT",
    "Alias",
    "Atom",
    "CompileError",
    "ForeignException",
    "Function",
    "NativeBody",
    "Opaque",
    "Pid",
    "ProcessDown",
    "ProcessExit",
    "ReceiveTimeout",
    "Ref",
    "__version__",
    "ainfo",
    "aio",
    "alias",
    "cancel_timer",
    "demonitor",
    "erase",
    "exit",
    "explain",
    "get",
    "get_include",
    "get_library_dir",
    "is_alive",
    "is_alive_after_signals",
    "label",
    "link",
    "make_ref",
    "module",
    "monitor",
    "native",
    "node",
    "offload",
    "opaque",
    "process",
    "process_flag",
    "process_info",
    "processes",
    "put",
    "python",
    "read_timer",
    "receive",
    "register",
    "registered",
    "reload",
    "resume",
    "run",
    "running",
    "self",
    "send",
    "send_after",
    "set_schedulers_online",
    "sleep",
    "spawn",
    "spawn_request",
    "spawn_request_abandon",
    "start",
    "start_timer",
    "stop",
    "suspend",
    "system_info",
    "testing",
    "unalias",
    "unlink",
    "unregister",
    "whereis",
    "yield_now",
]
