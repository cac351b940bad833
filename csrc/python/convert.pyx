# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
# cython: embedsignature=True
"""Conversion between Python objects and terms, and the Python types of addresses.

Promises to pyvm._core (through the capsule `_c_api`, see terms_api.h): every value of the contract goes in and comes back
equal, with its type, its sharing and its order; what cannot be sent is refused with a TypeError that names the path to it.
Neither direction recurses in C. Design: docs/design/python-terms.md.
"""
cimport cython
from cpython.object cimport Py_EQ, Py_GE, Py_GT, Py_LE, Py_LT, Py_NE
from cython.operator cimport dereference
from libc.stddef cimport size_t
from libcpp cimport bool
from libcpp.string cimport string
from libcpp.unordered_map cimport unordered_map

from pyvm cimport (
    BoxKind, OffHeap, RecordClass, Term, TermBuilder, Word, arity_of, atom_text, element, exact_words,
    header_flags, header_kind, header_of, intern_atom, intern_record_class, is_gt, is_lt, kAlias, kHeapBinaryMax, kLiteral,
    kNegative, optional_term, record_class, ref_value, string_view, word_span,
)
from pyvm cimport Pid as CPid, compare_terms as compare, copy_term, equal_terms as equal, hash_term as hash_of
from pyvm cimport print_term as print_bits

import dataclasses
import enum
import functools
import importlib
import linecache
import os
import sys
import time
import types

cdef extern from "Python.h":
    ctypedef struct PyInterpreterState
    PyInterpreterState* PyInterpreterState_Get()
    PyInterpreterState* PyInterpreterState_Main()

if PyInterpreterState_Get() != PyInterpreterState_Main():
    raise ImportError("pyvm works in the main interpreter only, and this is a subinterpreter: import it there")

# CPython with borrowed and stolen references told apart by hand: PyObject* throughout the hot paths.
cdef extern from "Python.h":
    ctypedef struct PyObject
    ctypedef struct PyTypeObject:
        PyObject* (*tp_new)(PyTypeObject*, PyObject*, PyObject*)
        void* tp_vectorcall
        unsigned long tp_flags
    ctypedef PyObject* (*newfunc)(PyTypeObject*, PyObject*, PyObject*)
    const unsigned long Py_TPFLAGS_BASETYPE
    const Py_ssize_t PY_SSIZE_T_MAX

    PyTypeObject PyUnicode_Type, PyLong_Type, PyBool_Type, PyFloat_Type, PyBytes_Type
    PyTypeObject PyTuple_Type, PyList_Type, PyDict_Type, PySet_Type, PyFrozenSet_Type

    PyObject* Py_None
    PyObject* Py_True
    PyTypeObject* Py_TYPE(PyObject*)
    Py_ssize_t Py_REFCNT(PyObject*)
    void Py_INCREF(PyObject*)
    void Py_DECREF(PyObject*)

    long long PyLong_AsLongLongAndOverflow(PyObject*, int*)
    PyObject* PyLong_FromLongLong(long long)
    double PyFloat_AS_DOUBLE(PyObject*)
    PyObject* PyFloat_FromDouble(double)
    Py_ssize_t PyBytes_GET_SIZE(PyObject*)
    const char* PyBytes_AS_STRING(PyObject*)
    Py_ssize_t PyUnicode_GET_LENGTH(PyObject*)
    const char* PyUnicode_AsUTF8AndSize(PyObject*, Py_ssize_t*)
    PyObject* PyUnicode_AsUTF8String(PyObject*)
    PyObject* PyUnicode_DecodeUTF8(const char*, Py_ssize_t, const char*)

    PyObject* PyTuple_New(Py_ssize_t)
    Py_ssize_t PyTuple_GET_SIZE(PyObject*)
    PyObject* PyTuple_GET_ITEM(PyObject*, Py_ssize_t)
    void PyTuple_SET_ITEM(PyObject*, Py_ssize_t, PyObject*)
    PyObject* PyList_New(Py_ssize_t)
    Py_ssize_t PyList_GET_SIZE(PyObject*)
    PyObject* PyList_GET_ITEM(PyObject*, Py_ssize_t)
    void PyList_SET_ITEM(PyObject*, Py_ssize_t, PyObject*)
    PyObject* PyDict_New()
    Py_ssize_t PyDict_GET_SIZE(PyObject*)
    int PyDict_Next(PyObject*, Py_ssize_t*, PyObject**, PyObject**)
    PyObject* PyDict_GetItem(PyObject*, PyObject*)  # borrowed; no exception
    int PyDict_SetItem(PyObject*, PyObject*, PyObject*)
    PyObject* PySet_New(PyObject*)
    PyObject* PyFrozenSet_New(PyObject*)
    int PySet_Add(PyObject*, PyObject*)

    PyObject* PyObject_GetAttr(PyObject*, PyObject*)
    int PyObject_GenericSetAttr(PyObject*, PyObject*, PyObject*)
    PyObject* PyErr_Occurred()
    int PyErr_ExceptionMatches(object)
    void PyErr_Clear()
    object PyCapsule_New(void*, const char*, void*)

cdef extern from "python_leaf.h" namespace "pyvm::python":
    const Word pid_tag
    Word compact_int_bits(PyObject* number)
    Word ascii_bits(PyObject* string, TermBuilder& builder, Py_ssize_t limit)
    Word utf8_bits(TermBuilder& builder, const char* bytes, size_t size, bool ascii)
    PyObject* str_from_term(Term string)
    double boxed_float(Term box)
    Word* open_box(TermBuilder& builder, BoxKind kind, Word arity)
    Word* open_indexed_box(TermBuilder& builder, BoxKind kind, Word entries)
    void mark_literal(Term box)
    void release_on_thread(TermBuilder& builder) nogil
    int raise_current() except -1  # an exception is set
    PyObject* object_new(PyTypeObject* cls)  # object.__new__ without its checks

    cdef cppclass ImmediateCache:
        PyObject* find(Word bits)
        void put(Word bits, PyObject* object)

cdef extern from "python_handle.h" namespace "pyvm::python":
    cdef cppclass PythonHandle(OffHeap):
        @staticmethod
        PythonHandle* create(PyObject* object)
        PyObject* object()
    Word binary_bits(PyObject* bytes, TermBuilder& builder)
    PyObject* bytes_from_term(Term binary)
    bool has_released()
    size_t drain_released()
    PythonHandle* handle_of(Term box)

cdef extern from "walk.h" namespace "pyvm::python":
    cdef cppclass PointerMap:
        ctypedef Py_ssize_t Entry
        Entry find(const void* key)
        Entry add(const void* key, Word value)
        Word get(Entry entry)
        void set(Entry entry, Word value)

    cdef cppclass BuildStack "pyvm::SmallStack<pyvm::python::BuildFrame, 16>":
        void pop()
        BuildFrame& top()
        BuildFrame& at "operator[]"(size_t level)
        Py_ssize_t depth "size"()
        bool empty()

    cdef cppclass ReadStack "pyvm::SmallStack<pyvm::python::ReadFrame, 16>":
        void pop()
        ReadFrame& top()
        bool empty()

    const Word kInProgress
    const Word kWithReplaced

    cdef enum BuildKind:
        kBuildTuple
        kBuildList
        kBuildDict
        kBuildSet
        kBuildRecord
        kBuildException

    cdef cppclass BuildFrame:
        PyObject* source
        PyObject* children
        PyObject* key
        PyObject* value
        Word* slots
        Py_ssize_t index
        Py_ssize_t size
        Py_ssize_t position
        PointerMap.Entry memo
        Word box
        Word replaced
        BuildKind kind
        bool lenient
        void hold(PyObject* key, PyObject* value)

    cdef cppclass BuildWalk:
        BuildStack stack
        PointerMap memo
        Word replaced
        PointerMap.Entry remember(PyObject* object, Word value)
        void forget(PyObject* object)
        BuildFrame* enter(PyObject* source, PyObject* children, BuildKind kind, Py_ssize_t size, Word* slots, Word box)
        void leave()

    cdef enum ReadKind:
        kReadTuple
        kReadList
        kReadDict
        kReadSet
        kReadFrozenSet
        kReadRecord
        kReadException

    cdef cppclass ReadFrame:
        const Word* children
        Word box
        PyObject* object
        PyObject* key
        Py_ssize_t index
        Py_ssize_t size
        ReadKind kind

    cdef cppclass ReadWalk:
        ReadStack stack
        PointerMap memo
        void remember(Word box, PyObject* object)
        void enter(Word box, const Word* children, ReadKind kind, Py_ssize_t size, PyObject* object)

cdef extern from "terms_api.h" namespace "pyvm::python":
    cdef cppclass PidObject:
        Word value

    cdef cppclass TermsApi:
        unsigned version
        PyTypeObject* pid_type
        PyTypeObject* ref_type
        PyTypeObject* atom_type
        PyObject* timeout
        Word (*bits_from_object)(PyObject*, TermBuilder*, const char*) except 0
        PyObject* (*object_from_bits)(Word) except NULL
        PyObject* (*pid_object)(Word) except NULL
        PyObject* (*ref_object)(Word, Word, int) except NULL
        int (*ref_parts)(PyObject*, Word*, Word*, int*) noexcept
        size_t (*drain_releases)() noexcept
        bool (*has_releases)() noexcept
    Word build_once(const TermsApi& api, PyObject* object, Word* first, Word* end) except 0
    const unsigned kTermsApiVersion "pyvm::python::TermsApi::kVersion"
    const char* kTermsApiCapsule


cdef object steal(PyObject* made):
    """Takes over a new reference."""
    value = <object>made
    Py_DECREF(made)
    return value


cdef str text_of(string_view utf8):
    return utf8.data()[: utf8.size()].decode()


cdef string_view view_of(bytes utf8):
    """Lives as long as the bytes."""
    return string_view(<const char*>utf8, len(utf8))


cdef str str_of(Term string):
    cdef PyObject* made = str_from_term(string)
    if made == NULL:
        raise_current()
    return steal(made)


include "addresses.pxi"
include "refusals.pxi"
include "names.pxi"
include "exceptions.pxi"
include "build.pxi"
include "read.pxi"
include "testing.pxi"


def drain_releases():
    """Drops what other threads have released of Python objects since the last call; how many. For the python scheduler."""
    return drain_released()


cdef int ref_parts(PyObject* o, Word* id, Word* maker, int* alias) noexcept:
    if not is_ref_object(o):
        return 0
    id[0] = (<Ref>o).id
    maker[0] = (<Ref>o).maker
    alias[0] = is_alias_object(o)
    return 1


cdef TermsApi _api
_api.version = kTermsApiVersion
_api.pid_type = <PyTypeObject*>Pid
_api.ref_type = <PyTypeObject*>Ref
_api.atom_type = <PyTypeObject*>Atom
_api.timeout = timeout_object
_api.bits_from_object = bits_from_object
_api.object_from_bits = object_from_bits
_api.pid_object = pid_object
_api.ref_object = ref_object
_api.ref_parts = ref_parts
_api.drain_releases = drain_released
_api.has_releases = has_released
_c_api = PyCapsule_New(&_api, kTermsApiCapsule, NULL)

if Pid.__basicsize__ != sizeof(PidObject):
    raise SystemError("Pid and PidObject differ in layout")
