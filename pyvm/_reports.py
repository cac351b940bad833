# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What the runtime reports through `logging`: crashes and processes that hold their thread.

One record a crash on the logger "pyvm.crash", with the facts as attributes of the record too
(`pid`, `reason`, and `process_info` with the name, initial call, mailbox and links). One record a
slow step on "pyvm.slow".
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


def forget() -> None:
    """The runtime has stopped."""
    _quiet.clear()


def report_crash(pid: Any, info: dict[str, Any] | str, reason: Any) -> None:
    """Logs that a process failed.

    Args:
        pid: the process.
        info: as `process_info` gives it; as text where it holds what cannot be made an object here.
        reason: why it ended.
    """
    if pid in _quiet:
        _quiet.discard(pid)
        return
    name = info["registered_name"] if isinstance(info, dict) else None
    lines = [f"process {pid}{f' ({name})' if name else ''} failed: {_one_line(reason)}"]
    if isinstance(info, dict):
        lines.append(f"  initial call: {info['initial_call']}")
        lines.append(f"  mailbox: {info['message_queue_len']} messages, links: {info['links']}")
    else:
        lines.append(f"  {info}")
    if isinstance(reason, BaseException):
        lines += ["  " + line for line in _trace_of(reason)]
    extra = {"pid": pid, "reason": reason, "process_info": info}
    _crash.error("\n".join(lines), extra=extra)


def _one_line(reason: Any) -> str:
    if isinstance(reason, BaseException):
        return "".join(traceback.format_exception_only(reason)).strip().splitlines()[0]
    try:
        return repr(reason)
    except Exception as error:
        return f"<{type(reason).__name__} whose repr() fails: {type(error).__name__}>"


_SENT_TRACE: Final = "Traceback in the process that raised it:"


def _trace_of(reason: BaseException) -> list[str]:
    """What CPython prints of an exception: with it may have come where it was raised, in other processes."""
    return _chain(reason, set())


def _chain(error: BaseException, seen: set[int]) -> list[str]:
    """An exception below those that it was raised from, or while they were handled."""
    seen.add(id(error))
    before, words = error.__cause__, "The above exception was the direct cause of the following exception:"
    if before is None and not error.__suppress_context__:
        before, words = error.__context__, "During handling of the above exception, another exception occurred:"
    lines = [] if before is None or id(before) in seen else [*_chain(before, seen), "", words, ""]
    return lines + _one_exception(error)


def _one_exception(error: BaseException) -> list[str]:
    lines = []
    for file, line, function, source in getattr(error, "__pyvm_traceback__", ()):
        lines.append(f'  File "{file}", line {line}, in {function}')
        lines += [f"    {source}"] if source else []
    lines += "".join(traceback.format_tb(error.__traceback__)).splitlines()
    only = "".join(traceback.format_exception_only(error))
    for note in getattr(error, "__notes__", ()):
        if isinstance(note, str) and note.startswith(_SENT_TRACE):
            only = only.replace(note, "")  # its lines are above
    head = ["Traceback (most recent call last):"] if lines else []
    return [*head, *lines, *only.strip().splitlines()]


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


def report_left_behind(running: tuple[Any, int] | None, seconds: float) -> None:
    """Logs that the interpreter ends without waiting for a process any longer."""
    if running is None:
        _slow.warning("the runtime has not stopped within %.0f s; the interpreter does not wait", seconds)
        return
    pid, where = running
    frame = sys._current_frames().get(where)
    stack = "".join(traceback.format_stack(frame)) if frame is not None else ""
    text = f"process {pid} does not give up its thread; the interpreter ends without waiting for it"
    _slow.warning("%s\n%s", text, stack, extra={"pid": pid, "seconds": seconds})
