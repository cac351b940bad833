# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""The exceptions of pyvm. Bad arguments are Python's own ValueError and TypeError."""

from __future__ import annotations

from typing import Any

from pyvm.compiler.errors import CompileError

__all__ = ["CompileError", "ProcessDown", "ProcessExit", "ReceiveTimeout"]


class ReceiveTimeout(Exception):
    """No message matched in time, and no case takes TIMEOUT."""


class ProcessDown(Exception):
    """The process that was called has ended; `reason` says why: "noproc", "killed", ..."""

    def __init__(self, reason: Any = None) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"the process ended with reason {self.reason!r}"


class ProcessExit(BaseException):
    """Ends the process that raises it, with that reason; `exit(reason)` raises it.

    It is no `Exception`, so that `except Exception` does not keep a process alive that wants to end.
    """

    def __init__(self, reason: Any = "normal") -> None:
        super().__init__(reason)
        self.reason = reason
