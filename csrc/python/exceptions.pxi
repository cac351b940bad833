# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#
# Exceptions as terms. They are never refused: an exit reason must always arrive. What cannot be sent inside the args is
# replaced by its repr; a cause that leads back to itself ends there.

cdef enum:
    kMaxTracebackFrames = 64  # the outermost and innermost halves of a longer one


class ForeignException(Exception):
    """An exception whose class is not here, or cannot be made from its args. Sent on, it is the original again."""

    def __init__(self, module, qualified_name, args, text):
        super().__init__(module, qualified_name, args, text)
        self.module = module
        self.qualified_name = qualified_name
        self.foreign_args = args
        self.text = text

    def __str__(self):
        return f"{self.module}.{self.qualified_name}: {self.text}"


cdef str sendable_text(text):
    """A str without surrogates."""
    return str(text).encode("utf-8", "backslashreplace").decode()


cdef str safe_repr(value):
    try:
        text = sendable_text(repr(value))
    except Exception:
        return f"<{type(value).__name__} whose repr() fails>"
    return text if len(text) <= 4096 else text[:4093] + "..."


cdef str safe_str(error):
    try:
        return sendable_text(error)
    except Exception:
        return f"<{type(error).__name__} whose str() fails>"


cdef tuple exception_parts(error, bint with_cause):
    """(module, qualified name, args, text, traceback, cause): the words of the box; a dict of attributes if it has some."""
    args = BaseException.args.__get__(error)
    if type(error) is ForeignException:
        module, qualified_name, text = error.module, error.qualified_name, error.text
        args = error.foreign_args
    else:
        module, qualified_name, text = type(error).__module__, type(error).__qualname__, safe_str(error)
        if isinstance(error, OSError) and len(args) == 2 and error.filename is not None:
            args = (*args, error.filename)  # which OSError keeps apart
    cause = cause_of(error) if with_cause else None
    parts = sendable_text(module), sendable_text(qualified_name), args, text, traceback_frames(error), cause
    details = details_of(error)
    return (*parts, details) if details else parts


cdef dict details_of(error):
    """The attributes of an exception, without the traceback that came with it."""
    details = {}
    for name, value in getattr(error, "__dict__", {}).items():
        if name == "__notes__":
            value = [note for note in value if not (isinstance(note, str) and note.startswith(SENT_TRACE))]
        if name != "__pyvm_traceback__" and type(error) is not ForeignException and not (name == "__notes__" and not value):
            details[sendable_text(name)] = value
    return details


SENT_TRACE = "Traceback in the process that raised it:"


cdef object cause_of(error):
    if error.__cause__ is not None or error.__suppress_context__:
        return error.__cause__
    return error.__context__


cdef list traceback_frames(error):
    """[(file, line, function, source line), ...], outermost first; what an earlier process recorded comes before."""
    frames = list(getattr(error, "__pyvm_traceback__", ()))
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append((code.co_filename, trace.tb_lineno, code.co_qualname, trace.tb_frame.f_globals))
        trace = trace.tb_next
    if len(frames) > kMaxTracebackFrames:
        half = kMaxTracebackFrames // 2
        frames = frames[:half] + [("...", 0, f"{len(frames) - 2 * half} frames left out", "")] + frames[-half:]
    return [sendable_frame(file, line, function, source) for file, line, function, source in frames]


cdef tuple sendable_frame(file, line, function, source):
    if type(source) is dict:  # the frame's globals: linecache may need their __loader__
        source = linecache.getline(file, line or 0, source).strip()
    return sendable_text(file), line or 0, sendable_text(function), sendable_text(source)


cdef object exception_object(tuple parts):
    """An exception of the named class if it can be made from the args, else a ForeignException; the traceback as a note."""
    module, qualified_name, args, text, frames, cause = parts[:6]
    details = parts[6] if len(parts) > 6 else {}
    error = None
    cls = resolve(module, qualified_name)
    if isinstance(cls, type) and issubclass(cls, BaseException):
        try:
            error = with_details(cls, args, details) if details else cls(*args)
        except Exception:
            error = None
    if not isinstance(error, BaseException):
        error = ForeignException(module, qualified_name, args, text)
    if isinstance(cause, BaseException):
        error.__cause__ = cause
    if frames:
        attach_traceback(error, frames)
    return error


cdef object with_details(cls, args, details):
    """An exception with the attributes that it had, whatever the arguments of its __init__ are."""
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(details)
    return error


cdef attach_traceback(error, frames):
    # Compiled code knows places, not texts: they are looked up where the exception is shown first.
    frames = [(file, line, function, source or linecache.getline(file, line).strip()) for file, line, function, source in frames]
    lines = [SENT_TRACE]
    for file, line, function, source in frames:
        lines.append(f'  File "{file}", line {line}, in {function}')
        if source:
            lines.append(f"    {source}")
    try:
        error.__pyvm_traceback__ = tuple(frames)
        error.add_note("\n".join(lines))
    except Exception:
        pass  # a class that takes no attributes does without
