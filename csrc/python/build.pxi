# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#
# Objects to terms. Leaves are told by exact type, most frequent first; containers are walked on an explicit stack (walk.h).
# A container that may be met twice (its reference count is above one) is remembered: so sharing is kept and cycles are found.

cdef enum Begun:
    kLeaf  # the term is there
    kEntered  # a frame was pushed
    kRefuse
    kCycle


cdef inline Word leaf_bits(PyObject* o, TermBuilder* builder) noexcept:
    """The term of what needs no look at its class, or 0. Runs no Python code and sets no exception."""
    cdef PyTypeObject* cls = Py_TYPE(o)
    cdef Word bits
    if cls == &PyUnicode_Type:
        return ascii_bits(o, builder[0], 64)
    if cls == &PyLong_Type:
        bits = compact_int_bits(o)
        return bits if bits != 0 else int64_bits(o, builder)
    if o == Py_None:
        return Term.none().bits()
    if cls == <PyTypeObject*>Pid:
        return ((<PidObject*>o).value << 8) | pid_tag
    if cls == &PyBool_Type:
        return Term.boolean(o == Py_True).bits()
    if cls == &PyFloat_Type:
        bits = Term.try_short_float(PyFloat_AS_DOUBLE(o)).bits()
        return bits if bits != 0 else builder.make_float(PyFloat_AS_DOUBLE(o)).bits()
    if cls == &PyBytes_Type and PyBytes_GET_SIZE(o) <= <Py_ssize_t>kHeapBinaryMax:
        return binary_bits(o, builder[0])
    if o == timeout_object:
        return Term.timeout().bits()
    return 0


cdef inline Word int64_bits(PyObject* o, TermBuilder* builder) noexcept:
    cdef int overflow = 0
    cdef long long value = PyLong_AsLongLongAndOverflow(o, &overflow)
    return builder.make_int(value).bits() if overflow == 0 else 0


cdef Word big_bits(object o, TermBuilder* builder) except 0:
    cdef bint negative = o < 0
    cdef object magnitude = -o if negative else o
    cdef size_t limbs = (magnitude.bit_length() + 63) // 64
    cdef bytes image = magnitude.to_bytes(8 * limbs, "little")
    return builder.make_big(negative, word_span(<const Word*><const char*>image, limbs)).bits()


cdef Word text_bits(PyObject* o, TermBuilder* builder) noexcept:
    """Of a str of any length and kind; 0 when it has surrogates."""
    cdef Word bits = ascii_bits(o, builder[0], PY_SSIZE_T_MAX)
    cdef Py_ssize_t size
    cdef const char* utf8
    cdef PyObject* image
    if bits != 0:
        return bits
    if PyUnicode_GET_LENGTH(o) <= 64:  # CPython keeps the UTF-8 with the str; not wanted for long ones
        utf8 = PyUnicode_AsUTF8AndSize(o, &size)
        if utf8 == NULL:
            PyErr_Clear()
            return 0
        return utf8_bits(builder[0], utf8, size, False)
    image = PyUnicode_AsUTF8String(o)
    if image == NULL:
        PyErr_Clear()
        return 0
    bits = utf8_bits(builder[0], PyBytes_AS_STRING(image), PyBytes_GET_SIZE(image), False)
    Py_DECREF(image)
    return bits


cdef Begun recall(BuildWalk* walk, PyObject* o, PointerMap.Entry* entry, Word* out) noexcept:
    """kLeaf or kCycle when `o` was met before; else kEntered, and it is remembered as in progress."""
    cdef Word known
    entry[0] = walk.memo.find(o)
    if entry[0] < 0:
        entry[0] = walk.remember(o, kInProgress)
        return kEntered
    known = walk.memo.get(entry[0])
    if known == kInProgress:
        return kCycle
    if known == kWithReplaced or (known & kWithReplaced and not walk.stack.top().lenient):
        walk.memo.set(entry[0], kInProgress)  # outside of an exception nothing is replaced: convert it again, strictly
        return kEntered
    out[0] = known & ~<Word>kWithReplaced
    return kLeaf


cdef inline bint is_plain_container(PyTypeObject* cls) noexcept:
    return cls == &PyTuple_Type or cls == &PyList_Type or cls == &PyDict_Type


cdef Begun begin_plain(BuildWalk* walk, PyObject* o, TermBuilder* builder, Word* out) noexcept:
    """Starts on a tuple, list or dict. Runs no Python code."""
    cdef PyTypeObject* cls = Py_TYPE(o)
    cdef PointerMap.Entry memo = -1
    cdef Word* box
    cdef Py_ssize_t size
    cdef Begun begun
    # A cycle through a tuple leads through something that can change, so the tuple at the root need not be remembered.
    if Py_REFCNT(o) > 1 and (cls != &PyTuple_Type or (not walk.stack.empty() and PyTuple_GET_SIZE(o) > 0)):
        begun = recall(walk, o, &memo, out)
        if begun != kEntered:
            return begun
    if cls == &PyTuple_Type:
        size = PyTuple_GET_SIZE(o)
        box = open_box(builder[0], BoxKind.Tuple, size)
        walk.enter(o, o, kBuildTuple, size, box + 1, <Word>box).memo = memo
    elif cls == &PyList_Type:
        size = PyList_GET_SIZE(o)
        box = open_box(builder[0], BoxKind.List, size)
        walk.enter(o, o, kBuildList, size, box + 1, <Word>box).memo = memo
    else:
        size = PyDict_GET_SIZE(o)
        box = open_indexed_box(builder[0], BoxKind.Dict, size)
        walk.enter(o, o, kBuildDict, 2 * size, box + 1, <Word>box).memo = memo
    return kEntered


cdef Begun begin(BuildWalk* walk, PyObject* o, TermBuilder* builder, Word* out) except? kRefuse:
    """Starts on any other object. The caller owns a reference of its own to `o`: here, more than two mean it may come again."""
    cdef PyTypeObject* cls = Py_TYPE(o)
    if cls == &PyUnicode_Type or cls == &PyBytes_Type:
        return begin_bytes(walk, o, builder, out)
    if cls == &PySet_Type or cls == &PyFrozenSet_Type:
        return begin_set(walk, o, builder, out)
    if cls == &PyLong_Type:
        out[0] = big_bits(<object>o, builder)
    elif cls == <PyTypeObject*>Atom:
        out[0] = (<Atom>o).bits
    elif is_ref_object(o):
        out[0] = builder.make_ref((<Ref>o).id, CPid.from_value((<Ref>o).maker), is_alias_object(o)).bits()
    elif cls == <PyTypeObject*>Opaque:
        out[0] = builder.make_opaque(PythonHandle.create(o), (<Opaque>o).id).bits()
    elif cls == <PyTypeObject*>Function:
        out[0] = function_bits((<Function>o).module, (<Function>o).qualified_name, builder)
    else:
        return begin_classified(walk, o, builder, out)
    return kLeaf


cdef Begun begin_bytes(BuildWalk* walk, PyObject* o, TermBuilder* builder, Word* out) except? kRefuse:
    """A str that is long or not ASCII, or bytes to be shared; what may come twice is built once."""
    cdef PointerMap.Entry memo = -1
    cdef Begun begun
    if Py_REFCNT(o) > 2 and not walk.stack.empty():
        begun = recall(walk, o, &memo, out)
        if begun != kEntered:
            return begun
    if Py_TYPE(o) == &PyUnicode_Type:
        out[0] = text_bits(o, builder)
    else:
        out[0] = binary_bits(o, builder[0])
    if out[0] == 0:
        return kRefuse
    if memo >= 0:
        walk.memo.set(memo, out[0])
    return kLeaf


cdef Begun begin_set(BuildWalk* walk, PyObject* o, TermBuilder* builder, Word* out) except? kRefuse:
    cdef PointerMap.Entry memo = -1
    cdef Begun begun
    cdef Word* box
    cdef tuple members
    cdef Py_ssize_t size
    if Py_REFCNT(o) > 2:
        begun = recall(walk, o, &memo, out)
        if begun != kEntered:
            return begun
    members = tuple(<object>o)
    size = len(members)
    box = open_indexed_box(builder[0], BoxKind.Set if Py_TYPE(o) == &PySet_Type else BoxKind.FrozenSet, size)
    walk.enter(o, <PyObject*>members, kBuildSet, size, box + 1, <Word>box).memo = memo
    return kEntered


cdef Begun begin_classified(BuildWalk* walk, PyObject* o, TermBuilder* builder, Word* out) except? kRefuse:
    """What its class tells: records, enum members, exceptions, functions, and what is refused."""
    cdef TypeInfo info = type_info(o)
    cdef PointerMap.Entry memo = -1
    cdef Begun begun
    cdef Word* box
    cdef object children
    cdef Py_ssize_t size
    if info.kind == kEnum:
        out[0] = enum_bits(o)
        return kLeaf
    if info.kind == kCallable and is_importable(<object>o):
        out[0] = function_bits((<object>o).__module__, (<object>o).__qualname__, builder)
        return kLeaf
    if info.kind != kRecord and info.kind != kException:
        return kRefuse
    if Py_REFCNT(o) > 2:
        begun = recall(walk, o, &memo, out)
        if begun != kEntered:
            return begun
    if info.kind == kRecord:
        children = record_fields(o, info)
        size = len(children)
        box = open_box(builder[0], BoxKind.Record, 1 + size)
        box[1] = info.class_bits
        walk.enter(o, <PyObject*>children, kBuildRecord, size, box + 2, <Word>box).memo = memo
    else:
        children = exception_parts(<object>o, not leads_back(walk, <object>o))
        size = len(children)
        box = open_box(builder[0], BoxKind.Exception, size)
        walk.enter(o, <PyObject*>children, kBuildException, size, box + 1, <Word>box).memo = memo
    return kEntered


cdef bint leads_back(BuildWalk* walk, error) except -1:
    """Whether the cause of an exception is one on the path here."""
    cdef PointerMap.Entry entry
    cause = cause_of(error)
    if cause is None:
        return False
    entry = walk.memo.find(<PyObject*>cause)
    return entry >= 0 and walk.memo.get(entry) == kInProgress


cdef inline PyObject* child(BuildFrame* frame) except NULL:
    """The child at hand, borrowed."""
    if frame.kind == kBuildList:
        if PyList_GET_SIZE(frame.source) != frame.size:
            raise RuntimeError("a list changed its size while it was sent")
        return PyList_GET_ITEM(frame.source, frame.index)
    if frame.kind == kBuildDict:
        return dict_child(frame)
    return PyTuple_GET_ITEM(frame.source if frame.children == NULL else frame.children, frame.index)


cdef PyObject* dict_child(BuildFrame* frame) except NULL:
    """Keys and values in turn. The frame owns both: converting the key may run code that changes the dict."""
    cdef PyObject* key
    cdef PyObject* value
    if frame.index & 1:
        return frame.value
    if 2 * PyDict_GET_SIZE(frame.source) != frame.size or not PyDict_Next(frame.source, &frame.position, &key, &value):
        raise RuntimeError("a dict changed its size while it was sent")
    frame.hold(key, value)
    return key


cdef Word stand_in(BuildWalk* walk, PyObject* o, TermBuilder* builder) except 0:
    """Inside an exception: the repr of what cannot be sent."""
    cdef str text
    Py_INCREF(o)
    text = safe_repr(<object>o)
    Py_DECREF(o)
    walk.replaced += 1
    return text_bits(<PyObject*>text, builder)


cdef Word finish(BuildWalk* walk, TermBuilder* builder) except 0:
    """The term of the top frame, all of whose children are there."""
    cdef BuildFrame* frame = &walk.stack.top()
    cdef Word bits = frame.box
    if frame.kind == kBuildDict or frame.kind == kBuildSet:
        builder.seal(Term.from_bits(bits))
    if frame.memo >= 0:
        walk.memo.set(frame.memo, bits | (kWithReplaced if walk.replaced != frame.replaced else 0))
    walk.leave()
    return bits


cdef Word child_bits(BuildWalk* walk, PyObject* o, TermBuilder* builder, const char* root) except 0:
    """The term of a child that is no plain leaf, or kInProgress when a frame was pushed for it."""
    cdef Word bits = 0
    cdef Begun begun
    if is_plain_container(Py_TYPE(o)):
        begun = begin_plain(walk, o, builder, &bits)
        return bits if begun == kLeaf else kInProgress if begun == kEntered else failed_bits(walk, o, builder, root, begun)
    Py_INCREF(o)  # Python code may run, and change what the parent holds
    bits = owned_child_bits(walk, o, builder, root)
    Py_DECREF(o)
    if bits == 0:
        raise_current()
    return bits


ctypedef Begun (*Begin)(BuildWalk*, PyObject*, TermBuilder*, Word*) noexcept  # the exception, if any, is looked at in failed_bits
ctypedef Word (*Failed)(BuildWalk*, PyObject*, TermBuilder*, const char*, Begun) noexcept  # and after that by child_bits


cdef Word owned_child_bits(BuildWalk* walk, PyObject* o, TermBuilder* builder, const char* root) noexcept:
    cdef Word bits = 0
    cdef Begun begun = (<Begin>begin)(walk, o, builder, &bits)
    if begun == kLeaf:
        return bits
    return kInProgress if begun == kEntered else (<Failed>failed_bits)(walk, o, builder, root, begun)


cdef Word failed_bits(BuildWalk* walk, PyObject* o, TermBuilder* builder, const char* root, Begun begun) except 0:
    """What could not be begun: its stand-in inside an exception, else a TypeError, or the exception that is set."""
    if PyErr_Occurred() != NULL and not PyErr_ExceptionMatches(Exception):
        return 0
    if not walk.stack.empty() and walk.stack.top().lenient:
        PyErr_Clear()
        if begun != kCycle:
            walk.forget(o)
        return stand_in(walk, o, builder)
    if PyErr_Occurred() == NULL:
        raise_refusal(walk, o, root, begun == kCycle)
    return 0


cdef Word walk_bits(PyObject* o, TermBuilder* builder, const char* root) except 0:
    cdef BuildWalk walk
    cdef BuildFrame* frame
    cdef Word bits = child_bits(&walk, o, builder, root)
    if bits != kInProgress:
        return bits
    while True:
        frame = &walk.stack.top()
        while frame.index < frame.size:
            o = child(frame)
            bits = leaf_bits(o, builder)
            if bits == 0:
                bits = child_bits(&walk, o, builder, root)
                if bits == kInProgress:
                    break
            frame.slots[frame.index] = bits
            frame.index += 1
        else:
            bits = finish(&walk, builder)
            if walk.stack.empty():
                return bits
            frame = &walk.stack.top()
            frame.slots[frame.index] = bits
            frame.index += 1


cdef Word bits_from_object(PyObject* o, TermBuilder* builder, const char* root) except 0:
    cdef Word bits = leaf_bits(o, builder)
    return bits if bits != 0 else walk_bits(o, builder, root)
