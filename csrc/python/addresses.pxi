# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#
# The Python types of values that have no counterpart in Python: addresses, atoms, TIMEOUT, handles, unresolved functions.
# All are immutable. An Atom or TIMEOUT of one value is one object.

cdef object _call = None
cdef object _acall = None
cdef bytes _incarnation = os.urandom(8)


def _begin_incarnation():
    global _incarnation
    _incarnation = os.urandom(8)


os.register_at_fork(after_in_child=_begin_incarnation)  # a child is another node


def install(*, call=None, acall=None):
    """Installs the functions behind `Pid.call` and `Pid.acall`: `call(pid, request, timeout)`, and its awaitable twin."""
    global _call, _acall
    if call is not None:
        _call = call
    if acall is not None:
        _acall = acall


cdef check_incarnation(bytes incarnation, str what):
    if incarnation != _incarnation:
        raise ValueError(
            f"{what} was pickled in another OS process and names nothing here; "
            "addresses travel between nodes inside messages, not inside pickles"
        )


@cython.final
@cython.freelist(256)
cdef class Pid:
    """The address of a process on this node. Equal when it names the same process; ordered, hashable."""
    cdef Word value  # first and only field: PidObject in terms_api.h

    def __init__(self):
        raise TypeError("pids come from spawn(), self() and messages; they cannot be made")

    @property
    def index(self):
        """The slot in the process table."""
        return self.value & 0x7FFFFFF

    @property
    def serial(self):
        """How often the slot was taken before."""
        return self.value >> 27

    def call(self, request, timeout=5.0):
        """Sends `request` and waits for the reply, at most `timeout` seconds."""
        if _call is None:
            raise RuntimeError("Pid.call needs a running pyvm: import pyvm")
        return _call(self, request, timeout)

    def acall(self, request, timeout=5.0):
        """An awaitable that sends `request` and gives the reply, after at most `timeout` seconds."""
        if _acall is None:
            raise RuntimeError("Pid.acall needs a running pyvm: import pyvm")
        return _acall(self, request, timeout)

    def __repr__(self):
        return f"<0.{self.value & 0x7FFFFFF}.{self.value >> 27}>"

    def __hash__(self):
        return <Py_hash_t>self.value

    def __richcmp__(self, other, int op):
        if Py_TYPE(<PyObject*>other) != <PyTypeObject*>Pid:
            return NotImplemented
        return ordered(self.value, (<Pid>other).value, op)

    def __reduce__(self):
        return _unpickle_pid, (self.value, _incarnation)


cdef bint ordered(Word left, Word right, int op) noexcept:
    if op == Py_EQ:
        return left == right
    if op == Py_NE:
        return left != right
    if op == Py_LT:
        return left < right
    if op == Py_LE:
        return left <= right
    if op == Py_GT:
        return left > right
    return left >= right


def _unpickle_pid(Word value, bytes incarnation):
    cdef Pid pid = Pid.__new__(Pid)
    pid.value = value
    check_incarnation(incarnation, repr(pid))
    return pid


@cython.freelist(64)
cdef class Ref:
    """A unique value: of a monitor, a timer, a request. Equal only to itself and to the alias of the same number."""
    cdef Word id
    cdef Word maker

    def __init__(self):
        raise TypeError("references come from make_ref(), monitor() and messages; they cannot be made")

    def __repr__(self):
        return f"#Ref<0.{self.maker & 0x7FFFFFF}.{self.id}>"

    def __hash__(self):
        return <Py_hash_t>(self.id & 0x7FFFFFFFFFFFFFFF)

    def __richcmp__(self, other, int op):
        if not is_ref_object(<PyObject*>other):
            return NotImplemented
        return ordered(self.id, (<Ref>other).id, op)

    def __reduce__(self):
        return _unpickle_ref, (self.id, self.maker, is_alias_object(<PyObject*>self), _incarnation)


@cython.final
cdef class Alias(Ref):
    """A reference that is also an address, until its maker revokes it or the one reply has come."""


cdef inline bint is_alias_object(PyObject* o) noexcept:
    return Py_TYPE(o) == <PyTypeObject*>Alias


cdef inline bint is_ref_object(PyObject* o) noexcept:
    return Py_TYPE(o) == <PyTypeObject*>Ref or is_alias_object(o)


cdef Ref new_ref(Word id, Word maker, bint alias):
    cdef Ref ref = Alias.__new__(Alias) if alias else Ref.__new__(Ref)
    ref.id = id
    ref.maker = maker
    return ref


def _unpickle_ref(Word id, Word maker, bint alias, bytes incarnation):
    cdef Ref ref = new_ref(id, maker, alias)
    check_incarnation(incarnation, repr(ref))
    return ref


@cython.final
cdef class Atom:
    """A name compared by number, as on a BEAM node: `Atom("ok")`. Equal only to the same atom, never to a str."""
    cdef Word bits
    cdef readonly str text
    """The name."""

    def __repr__(self):
        return f"Atom({self.text!r})"

    def __str__(self):
        return self.text

    def __reduce__(self):
        return Atom, (self.text,)


cdef list _atoms = []  # by index in the atom table, None where nobody asked


cdef Atom atom_of(Word bits, str text):
    cdef Py_ssize_t index = <Py_ssize_t>(bits >> 8)
    if index < len(_atoms) and _atoms[index] is not None:
        return <Atom>_atoms[index]
    if text is None:
        text = text_of(atom_text(Term.from_bits(bits)))
    while len(_atoms) <= index:
        _atoms.append(None)
    cdef Atom atom = Atom.__new__(Atom)
    atom.bits = bits
    atom.text = text
    _atoms[index] = atom
    return atom


def _intern_atom(text, /):
    cdef optional_term interned
    cdef bytes utf8
    if type(text) is not str:
        raise TypeError(f"the text of an atom is a str, not a {type(text).__name__}")
    utf8 = text.encode()
    interned = intern_atom(view_of(utf8))
    if not interned.has_value():
        if len(text) > 255:
            raise ValueError(f"an atom has at most 255 characters, not {len(text)}")
        raise ValueError("the atom table is full; atoms are for names in the program, not for data")
    return atom_of(interned.value().bits(), text)


@cython.final
cdef class TimeoutType:
    """The type of TIMEOUT, what a receive gives when its time is over."""

    def __repr__(self):
        return "TIMEOUT"

    def __reduce__(self):
        return "TIMEOUT"


TIMEOUT = TimeoutType.__new__(TimeoutType)
cdef PyObject* timeout_object = <PyObject*>TIMEOUT


cdef Word _next_opaque = 0


@cython.final
cdef class Opaque:
    """A handle to any Python object: passes through messages by reference, inside this OS process only."""
    cdef Word id
    cdef readonly object value
    """The object."""

    __class_getitem__ = classmethod(types.GenericAlias)  # Opaque[T] in annotations

    def __repr__(self):
        return f"opaque({safe_repr(self.value)})"

    def __reduce__(self):
        raise TypeError("an opaque handle is valid in one OS process only and cannot be pickled")


cdef Opaque new_opaque(value):
    global _next_opaque
    cdef Opaque handle = Opaque.__new__(Opaque)
    _next_opaque += 1
    handle.id = _next_opaque
    handle.value = value
    return handle


def opaque(value, /):
    """A handle that passes `value` by reference. Every receiver in this OS process gets the same object: share it with care."""
    return new_opaque(value)


@cython.final
cdef class Function:
    """A function that cannot be imported here, by name: it can be sent on, not called."""
    cdef readonly str module
    cdef readonly str qualified_name

    def __init__(self, str module not None, str qualified_name not None):
        self.module = module
        self.qualified_name = qualified_name

    def __call__(self, *args, **kwargs):
        raise ImportError(f"{self.module}.{self.qualified_name} cannot be imported here")

    def __repr__(self):
        return f"Function({self.module!r}, {self.qualified_name!r})"

    def __eq__(self, other):
        if type(other) is not Function:
            return NotImplemented
        return self.module == (<Function>other).module and self.qualified_name == (<Function>other).qualified_name

    def __hash__(self):
        return hash((self.module, self.qualified_name))

    def __reduce__(self):
        return Function, (self.module, self.qualified_name)


cdef PyObject* atom_new(PyTypeObject* cls, PyObject* args, PyObject* kwargs) except NULL:
    made = _intern_atom(*<object>args) if kwargs == NULL else _intern_atom(*<object>args, **<object>kwargs)
    Py_INCREF(<PyObject*>made)
    return <PyObject*>made


cdef PyObject* timeout_new(PyTypeObject* cls, PyObject* args, PyObject* kwargs) except NULL:
    Py_INCREF(timeout_object)
    return timeout_object


cdef PyObject* opaque_new(PyTypeObject* cls, PyObject* args, PyObject* kwargs) except NULL:
    raise TypeError("use opaque(x)")


cdef void replace_constructor(PyTypeObject* cls, newfunc constructor) noexcept:
    cls.tp_new = constructor
    cls.tp_vectorcall = NULL  # a second way in, which newer Cython offers


# One object per atom, one TIMEOUT, whoever asks: the slots are replaced once the types are ready.
replace_constructor(<PyTypeObject*>Atom, <newfunc>atom_new)
replace_constructor(<PyTypeObject*>TimeoutType, <newfunc>timeout_new)
replace_constructor(<PyTypeObject*>Opaque, <newfunc>opaque_new)
(<PyTypeObject*>Ref).tp_flags &= ~Py_TPFLAGS_BASETYPE  # exact checks suffice: Ref or Alias
