# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#
# Test hooks: the verbs of csrc/term over Python objects, and the speed of the conversions.

cdef class _Built:
    """A term of an object, with its storage."""
    cdef TermBuilder builder
    cdef Term term

    def __init__(self, value, bytes root=b"message"):
        self.term = Term.from_bits(bits_from_object(<PyObject*>value, &self.builder, root))


def roundtrip(value, *, str root="message"):
    """Object to term, deep copy, and back, with the first term gone by then. Refusals begin their path with `root`."""
    cdef _Built built = _Built(value, root.encode())
    cdef TermBuilder target
    cdef Term copied = copy_term(built.term, target)
    built = None
    return steal(object_from_bits(copied.bits()))


def size_words(value):
    """Words of the boxes of the term, shared ones counted once."""
    cdef _Built built = _Built(value)
    return exact_words(built.term)


def equal_terms(a, b):
    """Whether the terms are equal, as Python's == is."""
    cdef _Built left = _Built(a)
    cdef _Built right = _Built(b)
    return equal(left.term, right.term)


def compare_terms(a, b):
    """-1, 0 or 1: the total order of terms."""
    cdef _Built left = _Built(a)
    cdef _Built right = _Built(b)
    if is_lt(compare(left.term, right.term)):
        return -1
    return 1 if is_gt(compare(left.term, right.term)) else 0


def hash_term(a):
    """The term's hash; differs from run to run."""
    cdef _Built built = _Built(a)
    return hash_of(built.term)


def print_term(a, size_t limit_bytes=4096):
    """The term as it is printed in reports."""
    cdef _Built built = _Built(a)
    return print_bits(built.term, limit_bytes).decode("utf-8", "replace")


def make_pid(unsigned int index, unsigned int serial=0):
    """A pid of those parts, whether or not there is such a process."""
    return steal(pid_object(CPid(index, serial).value()))


def make_ref(Word number, Pid maker not None, bint alias=False):
    """A reference or alias of those parts."""
    return new_ref(number, maker.value, alias)


def release_on_thread_without_gil(value):
    """Builds the term and releases it on another thread, as schedulers do."""
    cdef _Built built = _Built(value)
    with nogil:
        release_on_thread(built.builder)


def measure_conversion(value, Py_ssize_t rounds=1_000_000):
    """(ns to the term, ns back and dropped again), each the mean over `rounds`, by the calls that pyvm._core makes."""
    cdef Word memory[512]
    cdef _Built built = _Built(value)
    cdef Py_ssize_t i
    start = time.perf_counter_ns()
    for i in range(rounds):
        build_once(_api, <PyObject*>value, memory, memory + 512)
    middle = time.perf_counter_ns()
    for i in range(rounds):
        Py_DECREF(_api.object_from_bits(built.term.bits()))
    end = time.perf_counter_ns()
    return (middle - start) / rounds, (end - middle) / rounds
