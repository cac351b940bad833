# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What the runtime reports through `logging`: crashes and processes that hold their thread.

One record a crash on the logger "pyvm.crash", with the facts as attributes of the record too
(`pid`, `reason`, `process`). One record a slow step on "pyvm.slow".
"""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Any, Final

_crash: Final = logging.getLogger("pyvm.crash")
_slow: Final = logging.getLogger("pyvm.slow")

_quiet: set[Any] = set()


def do_not_report(pid: Any) -> None:
    """Whoever runs this process hears of its end in another way."""
    _quiet.add(pid)


def report_crash(pid: Any, info: dict[str, Any], reason: Any) -> None:
    """Logs that a process failed."""
    if pid in _quiet:
        _quiet.discard(pid)
        return
    name = info["registered_name"]
    lines = [
        f"process {pid}{f' ({name})' if name else ''} failed: {_one_line(reason)}",
        f"  initial call: {info['initial_call']}",
        f"  mailbox: {info['message_queue_len']} messages, links: {info['links']}",
    ]
    if isinstance(reason, BaseException):
        lines += ["  " + line for line in _trace_of(reason)]
    extra = {"pid": pid, "reason": reason, "process_info": info}
    _crash.error("\n".join(lines), extra=extra)


def _one_line(reason: Any) -> str:
    if isinstance(reason, BaseException):
        return "".join(traceback.format_exception_only(reason)).strip().splitlines()[0]
    return repr(reason)


def _trace_of(reason: BaseException) -> list[str]:
    """The traceback text that came with an exception that was sent, or that it still has."""
    notes = getattr(reason, "__notes__", ())
    text = "\n".join(notes) if notes else "".join(traceback.format_exception(reason))
    return text.rstrip().splitlines()


def report_slow(pid: Any, seconds: float, where: int | str) -> None:
    """Logs that a process holds the thread of the coroutine processes, with its stack.

    Args:
        pid: the process.
        seconds: for how long it has.
        where: the thread's identifier, or what it does.
    """
    text = f"process {pid} has held the thread of all coroutine processes for {seconds:.2f} s"
    if isinstance(where, str):
        _slow.warning("%s (%s)", text, where)
        return
    frame = sys._current_frames().get(where)
    stack = "".join(traceback.format_stack(frame)) if frame is not None else ""
    cure = "use await pyvm.offload(fn, *args) for blocking calls, or await pyvm.yield_now()"
    _slow.warning("%s; %s\n%s", text, cure, stack, extra={"pid": pid, "seconds": seconds})
