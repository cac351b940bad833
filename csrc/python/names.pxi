# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#
# What goes by module and qualified name: functions, enum members, record classes. A name means what it means now: after a
# module was loaded again, or another took its place in sys.modules, values arrive as the new module's.

cdef dict _modules = sys.modules


@cython.final
cdef class Name:
    """A module and qualified name, and what it meant when last looked up."""
    cdef str module
    cdef str qualified_name
    cdef str head  # the first part of the qualified name
    cdef object loaded  # the module
    cdef dict namespace  # of the module; reloading keeps it
    cdef object head_value
    cdef object value

    @staticmethod
    cdef Name find(str module, str qualified_name):
        """Raises ImportError or AttributeError."""
        cdef Name name = Name.__new__(Name)
        name.module = sys.intern(module)
        name.qualified_name = qualified_name
        name.head = sys.intern(qualified_name.partition(".")[0])
        name.look_up()
        return name

    cdef look_up(self):
        value = _modules.get(self.module)
        if value is None:
            value = importlib.import_module(self.module)
        self.loaded = value
        self.namespace = value.__dict__
        first = True
        for part in self.qualified_name.split("."):
            value = getattr(value, part)
            if first:
                self.head_value = value
                first = False
        self.value = value

    cdef inline bint is_current(self) noexcept:
        if PyDict_GetItem(<PyObject*>_modules, <PyObject*>self.module) != <PyObject*>self.loaded:
            return False
        return PyDict_GetItem(<PyObject*>self.namespace, <PyObject*>self.head) == <PyObject*>self.head_value


cdef object resolve(str module, str qualified_name):
    """What the name means, or None."""
    try:
        return Name.find(module, qualified_name).value
    except Exception:  # importing runs any code
        return None


cdef enum TypeKind:
    kRefused
    kRecord
    kEnum
    kException
    kCallable


@cython.final
cdef class TypeInfo:
    """How objects of a type become terms; made once per type."""
    cdef TypeKind kind
    cdef Word class_bits  # records
    cdef tuple fields  # records: interned names
    cdef str refusal  # why not, or None where it depends on the object


cdef dict _types = {}  # type to TypeInfo
cdef dict _arrivals = {}  # bits of record classes, (module, qualified name) of enums: to Arrival
cdef dict _members = {}  # address of a literal enum member: (Arrival, member)
ctypedef PyObject* ObjectPointer
cdef unordered_map[ObjectPointer, Word] _member_literals
cdef list _kept_members = []  # members in _member_literals
cdef TermBuilder* _literals = new TermBuilder()  # never released: literals are for ever


cdef TypeInfo type_info(PyObject* o):
    cdef PyObject* known = PyDict_GetItem(<PyObject*>_types, <PyObject*>Py_TYPE(o))
    if known != NULL:
        return <TypeInfo>known
    if len(_types) > 4096:
        _types.clear()  # classes made in a loop must not stay for ever
    cls = <object><PyObject*>Py_TYPE(o)
    info = classify(cls)
    if info.kind != kRefused:  # what cannot be found yet may be found later
        _types[cls] = info
    return info


cdef TypeInfo classify(cls):
    cdef TypeInfo info = TypeInfo.__new__(TypeInfo)
    info.kind = kRefused
    if isinstance(cls, enum.EnumMeta):
        info.refusal = enum_refusal(cls)
        if info.refusal is None:
            info.kind = kEnum
    elif issubclass(cls, BaseException):
        info.kind = kException
    elif hasattr(cls, "__dataclass_fields__"):
        classify_record(info, cls)
    elif issubclass(cls, (int, float, str, bytes, tuple, list, dict, set, frozenset)):
        info.refusal = subclass_refusal(cls)
    elif any("__call__" in base.__dict__ for base in cls.__mro__):
        info.kind = kCallable
    else:
        info.refusal = type_refusal(cls)
    return info


cdef classify_record(TypeInfo info, cls):
    cdef RecordClass shape
    cdef str name = type_name(cls)
    if "__dataclass_params__" not in cls.__dict__:
        info.refusal = f"{name} extends a dataclass without being one; decorate it with @dataclass(frozen=True)"
        return
    if not cls.__dataclass_params__.frozen:
        info.refusal = f"{name} can change after it was sent; declare it with @dataclass(frozen=True)"
        return
    found = resolve(cls.__module__, cls.__qualname__)
    if found is not cls and not is_record_type(found):
        info.refusal = f"{name} cannot be found by the receiver as {cls.__module__}.{cls.__qualname__}; define it at module level"
        return
    try:
        object.__new__(cls)
    except TypeError:
        info.refusal = f"{name} extends a built-in type besides being a dataclass; make that value a field"
        return
    info.fields = tuple([sys.intern(field.name) for field in dataclasses.fields(cls)])
    shape.module = cls.__module__.encode()
    shape.qualified_name = cls.__qualname__.encode()
    for field in info.fields:
        shape.fields.push_back(field.encode())
    info.class_bits = intern_record_class(shape).bits()
    info.kind = kRecord


cdef bint is_record_type(found) except -1:
    return isinstance(found, type) and "__dataclass_params__" in found.__dict__ and found.__dataclass_params__.frozen


cdef object record_fields(PyObject* o, TypeInfo info):
    cdef tuple fields = info.fields
    cdef Py_ssize_t i
    cdef PyObject* value
    cdef PyObject* values = PyTuple_New(len(fields))
    if values == NULL:
        raise MemoryError
    for i in range(len(fields)):
        value = PyObject_GetAttr(o, PyTuple_GET_ITEM(<PyObject*>fields, i))
        if value == NULL:
            Py_DECREF(values)
            raise_current()
        PyTuple_SET_ITEM(values, i, value)
    return steal(values)


@cython.final
cdef class Arrival:
    """How terms of a record or enum class become objects; `name` says whether it still holds."""
    cdef Name name
    cdef PyTypeObject* cls  # owned by the name
    cdef tuple fields  # of the term, in order
    cdef tuple missing  # (field, default or factory, whether it is a factory): fields the term does not have
    cdef tuple unknown  # indices of fields the class does not have


cdef Arrival record_arrival(Word class_bits):
    cdef PyObject* known
    cdef object key = class_bits
    known = PyDict_GetItem(<PyObject*>_arrivals, <PyObject*>key)
    if known != NULL and (<Arrival>known).name.is_current():
        return <Arrival>known
    arrival = new_record_arrival(record_class(Term.from_bits(class_bits)))
    _arrivals[key] = arrival
    return arrival


cdef Arrival new_record_arrival(const RecordClass& shape):
    cdef Arrival arrival = Arrival.__new__(Arrival)
    module, qualified_name = shape.module.decode(), shape.qualified_name.decode()
    try:
        arrival.name = Name.find(module, qualified_name)
    except Exception as error:
        raise TypeError(f"a record {module}.{qualified_name} has come, and its class cannot be imported here: {error}") from None
    cls = arrival.name.value
    if not is_record_type(cls):
        raise TypeError(f"a record {module}.{qualified_name} has come, which is not a frozen dataclass here")
    arrival.cls = <PyTypeObject*>cls
    names = []
    for i in range(shape.fields.size()):
        names.append(sys.intern(shape.fields[i].decode()))
    arrival.fields = tuple(names)
    own = {field.name: field for field in dataclasses.fields(cls)}
    arrival.unknown = tuple([i for i, name in enumerate(names) if name not in own])
    missing = []
    for field in own.values():
        if field.name in names:
            continue
        if field.default is not dataclasses.MISSING:
            missing.append((field.name, field.default, False))
        elif field.default_factory is not dataclasses.MISSING:
            missing.append((field.name, field.default_factory, True))
        else:
            raise TypeError(f"a record {module}.{qualified_name} has come without the field {field.name!r}, which has no default here")
    arrival.missing = tuple(missing)
    return arrival


cdef PyObject* record_object(Word class_bits, PyObject* values) except NULL:
    """A new object of the class, without calling __init__; `values` is a tuple."""
    cdef Arrival arrival = record_arrival(class_bits)
    cdef Py_ssize_t i
    cdef PyObject* made = object_new(arrival.cls)
    if made == NULL:
        raise_current()
    for i in range(PyTuple_GET_SIZE(values)):
        if arrival.unknown and i in arrival.unknown:
            continue
        if PyObject_GenericSetAttr(made, PyTuple_GET_ITEM(<PyObject*>arrival.fields, i), PyTuple_GET_ITEM(values, i)) < 0:
            Py_DECREF(made)
            raise_current()
    if arrival.missing:
        record = steal(made)
        for field, default, is_factory in arrival.missing:
            object.__setattr__(record, field, default() if is_factory else default)
        made = <PyObject*>record
        Py_INCREF(made)
    return made


cdef str enum_refusal(cls):
    if resolve(cls.__module__, cls.__qualname__) is not None:
        return None
    return f"{type_name(cls)} is an enum defined inside a function; define it at module level"


cdef Word enum_bits(PyObject* o) except 0:
    """The member's literal, made once."""
    cdef unordered_map[ObjectPointer, Word].iterator known = _member_literals.find(o)
    cdef Term literal
    cdef int i
    if known != _member_literals.end():
        return dereference(known).second
    member = <object>o
    cls = type(member)
    # A flag of several bits has no name of its own: its value stands for it, in digits, which begin no name.
    name = member._name_ if member._name_ in cls.__members__ else str(int(member._value_))
    module, qualified_name, name = cls.__module__.encode(), cls.__qualname__.encode(), name.encode()
    literal = _literals.make_enum_member(view_of(module), view_of(qualified_name), view_of(name))
    for i in range(3):
        mark_literal(element(literal, i))
    mark_literal(literal)
    _kept_members.append(member)
    _member_literals[o] = literal.bits()
    return literal.bits()


cdef PyObject* enum_object(Word bits) except NULL:
    cdef Term box = Term.from_bits(bits)
    cdef PyObject* known
    cdef object key = bits
    cdef bint literal = (header_flags(header_of(box)) & kLiteral) != 0
    if literal:
        known = PyDict_GetItem(<PyObject*>_members, <PyObject*>key)
        if known != NULL and (<Arrival>PyTuple_GET_ITEM(known, 0)).name.is_current():
            known = PyTuple_GET_ITEM(known, 1)
            Py_INCREF(known)
            return known
    arrival = enum_arrival(str_of(element(box, 0)), str_of(element(box, 1)))
    member = enum_member(arrival.name.value, str_of(element(box, 2)))
    if literal:
        _members[key] = (arrival, member)
    Py_INCREF(<PyObject*>member)
    return <PyObject*>member


cdef Arrival enum_arrival(str module, str qualified_name):
    cdef Arrival arrival = _arrivals.get((module, qualified_name))
    if arrival is not None and arrival.name.is_current():
        return arrival
    arrival = Arrival.__new__(Arrival)
    try:
        arrival.name = Name.find(module, qualified_name)
    except Exception as error:
        raise TypeError(f"a member of the enum {module}.{qualified_name} has come, which cannot be imported here: {error}") from None
    _arrivals[(module, qualified_name)] = arrival
    return arrival


cdef object enum_member(cls, str name):
    try:
        if name[:1].isdigit() or name[:1] == "-":
            return cls(int(name))
        return cls[name]
    except (KeyError, ValueError, TypeError):
        raise TypeError(f"{cls.__module__}.{cls.__qualname__} has no member {name} here") from None


cdef bint is_importable(function) except -1:
    """Whether its module and qualified name lead back to it."""
    module, qualified_name = getattr(function, "__module__", None), getattr(function, "__qualname__", None)
    if type(module) is not str or type(qualified_name) is not str:
        return False
    return resolve(module, qualified_name) is function


cdef Word function_bits(str module, str qualified_name, TermBuilder* builder) except 0:
    cdef bytes module_utf8 = module.encode()
    cdef bytes name_utf8 = qualified_name.encode()
    return builder.make_function(view_of(module_utf8), view_of(name_utf8)).bits()


cdef PyObject* function_object(Word bits) except NULL:
    cdef Term box = Term.from_bits(bits)
    module, qualified_name = str_of(element(box, 0)), str_of(element(box, 1))
    found = resolve(module, qualified_name)
    if found is None:
        found = Function(module, qualified_name)
    Py_INCREF(<PyObject*>found)
    return <PyObject*>found
