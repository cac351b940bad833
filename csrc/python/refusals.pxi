# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#
# Refusals: why an object cannot be sent, and where in the message it stands. Only ever run on the way to a TypeError.

cdef dict _hints = {
    "builtins.bytearray": "send bytes(x)",
    "builtins.memoryview": "send bytes(x)",
    "builtins.complex": "send (x.real, x.imag)",
    "builtins.range": "send list(x), or its start, stop and step",
    "builtins.slice": "send its start, stop and step",
    "builtins.generator": "send list(x)",
    "builtins.dict_keys": "send list(x)",
    "builtins.dict_values": "send list(x)",
    "builtins.dict_items": "send list(x)",
    "builtins.module": "send its name",
    "array.array": "send x.tobytes()",
    "collections.deque": "send list(x)",
    "datetime.datetime": "send x.timestamp() or x.isoformat()",
    "datetime.date": "send x.isoformat()",
    "datetime.timedelta": "send x.total_seconds()",
    "decimal.Decimal": "send str(x)",
    "fractions.Fraction": "send (x.numerator, x.denominator)",
    "uuid.UUID": "send x.bytes or str(x)",
    "pathlib.PosixPath": "send str(x)",
    "numpy.ndarray": "send x.tobytes() with its shape and type",
    "numpy.bool": "send bool(x)",
}
cdef str kOpaqueHint = "send the data it stands for, or pyvm.opaque(x), a handle valid inside this OS process only"


cdef str type_name(cls):
    """A socket (socket.socket); built-in types without the bracket."""
    name = getattr(cls, "__name__", "?")
    article = "an" if name[:1].lower() in ("a", "e", "i", "o", "u") else "a"
    if cls.__module__ == "builtins":
        return f"{article} {name}"
    return f"{article} {name} ({cls.__module__}.{cls.__qualname__})"


cdef str subclass_refusal(cls):
    base = next(b for b in (int, float, str, bytes, tuple, list, dict, set, frozenset) if issubclass(cls, b))
    if base is tuple and hasattr(cls, "_fields"):
        return f"{type_name(cls)} is a namedtuple and would arrive as a plain tuple; use @dataclass(frozen=True), or send tuple(x)"
    return f"{type_name(cls)} is a subclass of {base.__name__} and would arrive without its class; send {base.__name__}(x)"


cdef str type_refusal(cls):
    hint = _hints.get(f"{cls.__module__}.{cls.__qualname__}")
    if hint is None and cls.__module__.partition(".")[0] == "numpy" and hasattr(cls, "item"):
        hint = "send x.item()"
    return f"{type_name(cls)} cannot be sent; {hint or kOpaqueHint}"


cdef str callable_refusal(function):
    name = getattr(function, "__name__", None)
    qualified_name = getattr(function, "__qualname__", None)
    if isinstance(function, types.MethodType):
        return f"a method ({qualified_name}) cannot be sent: its object would go with it; send the object and the name"
    if isinstance(function, functools.partial):
        return "a partial cannot be sent; send (function, args)"
    if name == "<lambda>":
        return "a lambda cannot be sent: functions go by module and name; write a def at module level"
    if type(qualified_name) is str and "<locals>" in qualified_name:
        return f"{qualified_name} is defined inside a function: functions and classes go by module and name; define it at module level"
    if type(qualified_name) is str and not isinstance(function, type(len)):
        return f"{function.__module__}.{qualified_name} is not what that name means now: functions and classes go by module and name"
    return type_refusal(type(function))


cdef str refusal_of(object o):
    """Why `o` itself, not something inside it, is refused."""
    cdef TypeInfo info
    if type(o) is str:
        return surrogate_refusal(o)
    info = type_info(<PyObject*>o)
    return info.refusal if info.refusal is not None else callable_refusal(o)


cdef str surrogate_refusal(str text):
    at = next((i for i, c in enumerate(text) if "\ud800" <= c <= "\udfff"), -1)
    return (
        f"a str with a lone surrogate at {at} is no text and cannot be sent; "
        'send x.encode("utf-8", "surrogateescape"), or decode its source with errors="replace"'
    )


cdef str key_text(key):
    try:
        text = repr(key)
    except Exception:
        return "?"
    return text if len(text) <= 60 else text[:57] + "..."


cdef str step(BuildFrame* frame, str path):
    """The path of the child at hand of a frame that stands at `path`: an expression in Python."""
    if frame.kind == kBuildDict and frame.index % 2 == 1:
        return f"{path}[{key_text(<object>frame.key)}]"
    if frame.kind == kBuildDict:
        return f"list({path})[{frame.index // 2}]"
    if frame.kind == kBuildSet:
        return f"list({path})[{frame.index}]"
    if frame.kind == kBuildRecord:
        return f"{path}.{type_info(frame.source).fields[frame.index]}"
    if frame.kind == kBuildException:
        return f"{path}.{('', '', 'args', '', '', '__cause__')[frame.index]}"
    return f"{path}[{frame.index}]"


cdef str path_to(BuildWalk* walk, Py_ssize_t levels, str root):
    """Of the child at hand of frame `levels - 1`; deep ones are shortened in the middle."""
    cdef Py_ssize_t level
    path = root
    for level in range(levels):
        if levels > 40 and 20 <= level < levels - 20:
            if level == 20:
                path += f"[...{levels - 40} levels...]"
            continue
        path = step(&walk.stack.at(level), path)
    return path


cdef int raise_refusal(BuildWalk* walk, PyObject* o, const char* root, bint cycle) except -1:
    cdef Py_ssize_t level
    cdef str name = root.decode()
    path = path_to(walk, walk.stack.depth(), name)
    if not cycle:
        raise TypeError(f"{path}: {refusal_of(<object>o)}")
    for level in range(walk.stack.depth()):
        if walk.stack.at(level).source == o:
            break
    again = path_to(walk, level, name)
    raise TypeError(f"{path}: a {type(<object>o).__name__} that contains itself cannot be sent: this is {again} again")
