# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#
# Terms to objects. A container met inside another is remembered by its address, so one box becomes one object.

cdef ImmediateCache _strings
cdef ImmediateCache _pids


cdef PyObject* short_string_object(Word bits) except NULL:
    cdef PyObject* string = str_from_term(Term.from_bits(bits))
    if string == NULL:
        raise_current()
    _strings.put(bits, string)
    return string


cdef PyObject* pid_object(Word value) except NULL:
    cdef Word bits = (value << 8) | pid_tag
    cdef PyObject* known = _pids.find(bits)
    cdef Pid pid
    if known == NULL:
        pid = Pid.__new__(Pid)
        pid.value = value
        known = <PyObject*>pid
        _pids.put(bits, known)
    Py_INCREF(known)
    return known


cdef PyObject* ref_object(Word id, Word maker, int alias) except NULL:
    ref = new_ref(id, maker, alias)
    Py_INCREF(<PyObject*>ref)
    return <PyObject*>ref


cdef PyObject* constant_object(Word bits) except NULL:
    """None, bools, TIMEOUT, atoms."""
    cdef Term term = Term.from_bits(bits)
    cdef object value
    if term.is_none():
        value = None
    elif term.is_bool():
        value = term.is_true()
    elif term.is_timeout():
        value = TIMEOUT
    elif term.is_atom():
        value = atom_of(bits, None)
    else:
        raise SystemError(f"no object for the term {bits:#x}")
    Py_INCREF(<PyObject*>value)
    return <PyObject*>value


cdef inline PyObject* immediate_object(Word bits) except NULL:
    cdef Term term = Term.from_bits(bits)
    cdef PyObject* made
    if term.is_small():
        made = PyLong_FromLongLong(term.unchecked_small())
    elif term.is_short_string():
        made = _strings.find(bits)
        if made != NULL:
            Py_INCREF(made)
            return made
        return short_string_object(bits)
    elif term.is_pid():
        return pid_object(bits >> 8)
    elif term.is_short_float():
        made = PyFloat_FromDouble(term.unchecked_short_float())
    else:
        return constant_object(bits)
    if made == NULL:
        raise_current()
    return made


cdef object big_object(Term box):
    cdef object magnitude = int.from_bytes((<const char*>(box.boxed() + 1))[: 8 * arity_of(box)], "little")
    return -magnitude if header_flags(header_of(box)) & kNegative else magnitude


cdef PyObject* boxed_leaf(Term box) except? NULL:
    """Of a box without children; NULL and no exception for the others."""
    cdef BoxKind kind = header_kind(header_of(box))
    cdef PyObject* made
    if kind == BoxKind.String:
        made = str_from_term(box)
    elif kind == BoxKind.Float:
        made = PyFloat_FromDouble(boxed_float(box))
    elif kind == BoxKind.Binary or kind == BoxKind.SharedBinary:
        made = bytes_from_term(box)
    elif kind == BoxKind.Ref:
        return ref_object(ref_value(box).id, ref_value(box).maker.value(), header_flags(header_of(box)) & kAlias)
    elif kind == BoxKind.Big:
        value = big_object(box)
        made = <PyObject*>value
        Py_INCREF(made)
    elif kind == BoxKind.EnumMember:
        return enum_object(box.bits())
    elif kind == BoxKind.Function:
        return function_object(box.bits())
    elif kind == BoxKind.Opaque:
        made = handle_of(box).object()
        Py_INCREF(made)
    else:
        return NULL
    if made == NULL:
        raise_current()
    return made


cdef PyObject* begin_reading(ReadWalk* walk, Term box) except? NULL:
    """The object of a box, or NULL and no exception when a frame was pushed for it."""
    cdef BoxKind kind = header_kind(header_of(box))
    cdef Py_ssize_t size = arity_of(box)
    cdef const Word* children = box.boxed() + 1
    cdef PyObject* made
    cdef ReadKind read
    cdef PointerMap.Entry entry
    if kind < BoxKind.Tuple or kind == BoxKind.Ref or kind == BoxKind.Function or kind == BoxKind.EnumMember:
        if kind != BoxKind.SharedBinary and (kind != BoxKind.String or size <= 64):
            return boxed_leaf(box)
    if not walk.stack.empty():
        entry = walk.memo.find(box.boxed())
        if entry >= 0:
            made = <PyObject*>walk.memo.get(entry)
            Py_INCREF(made)
            return made
        if kind == BoxKind.SharedBinary or kind == BoxKind.String:
            made = boxed_leaf(box)
            walk.remember(box.bits(), made)
            return made
    elif kind == BoxKind.SharedBinary or kind == BoxKind.String:
        return boxed_leaf(box)
    if kind == BoxKind.Tuple:
        read = kReadTuple
        made = PyTuple_New(size)
    elif kind == BoxKind.List:
        read = kReadList
        made = PyList_New(size)
    elif kind == BoxKind.Dict:
        read = kReadDict
        made = PyDict_New()
        size *= 2
    elif kind == BoxKind.Set:
        read = kReadSet
        made = PySet_New(NULL)
    elif kind == BoxKind.FrozenSet:
        read = kReadFrozenSet
        made = PyFrozenSet_New(NULL)
    elif kind == BoxKind.Record:
        read = kReadRecord
        size -= 1
        children += 1
        made = PyTuple_New(size)
    elif kind == BoxKind.Exception:
        read = kReadException
        made = PyTuple_New(size)
    else:
        raise SystemError(f"no object for a box of kind {<int>kind}")
    if made == NULL:
        raise_current()
    walk.enter(box.bits(), children, read, size, made)
    return NULL


cdef inline int give(ReadFrame* frame, PyObject* value) except -1:
    """The object of the child at hand; takes it over."""
    if frame.kind == kReadTuple or frame.kind >= kReadRecord:
        PyTuple_SET_ITEM(frame.object, frame.index, value)
    elif frame.kind == kReadList:
        PyList_SET_ITEM(frame.object, frame.index, value)
    else:
        give_hashed(frame, value)
    frame.index += 1
    return 0


cdef int give_hashed(ReadFrame* frame, PyObject* value) except -1:
    """To a dict or set; may run Python code."""
    cdef int failed
    if frame.kind == kReadDict and frame.index & 1 == 0:
        frame.key = value
        return 0
    if frame.kind == kReadDict:
        failed = PyDict_SetItem(frame.object, frame.key, value)
        Py_DECREF(frame.key)
        frame.key = NULL
    else:
        failed = PySet_Add(frame.object, value)
    Py_DECREF(value)
    if failed < 0:
        raise_current()
    return 0


cdef PyObject* complete(ReadWalk* walk) except NULL:
    """The object of the top frame, all of whose children are there; a new reference."""
    cdef ReadFrame frame = walk.stack.top()
    cdef PyObject* made = frame.object
    if frame.kind == kReadRecord:
        made = record_object(Term.from_bits(frame.box).boxed()[1], frame.object)
        Py_DECREF(frame.object)
    elif frame.kind == kReadException:
        error = exception_object(<tuple>frame.object)
        made = <PyObject*>error
        Py_INCREF(made)
        Py_DECREF(frame.object)
    walk.stack.pop()
    if not walk.stack.empty() and frame.size > 0:
        walk.remember(frame.box, made)
    return made


cdef PyObject* walk_objects(Term root) except NULL:
    cdef ReadWalk walk
    cdef ReadFrame* frame
    cdef PyObject* made = begin_reading(&walk, root)
    cdef Term term
    if made != NULL:
        return made
    while True:
        frame = &walk.stack.top()
        while frame.index < frame.size:
            term = Term.from_bits(frame.children[frame.index])
            if term.is_boxed():
                made = begin_reading(&walk, term)
                if made == NULL:
                    break
            else:
                made = immediate_object(term.bits())
            give(frame, made)
        else:
            made = complete(&walk)
            if walk.stack.empty():
                return made
            give(&walk.stack.top(), made)


cdef PyObject* object_from_bits(Word bits) except NULL:
    return walk_objects(Term.from_bits(bits)) if Term.from_bits(bits).is_boxed() else immediate_object(bits)
