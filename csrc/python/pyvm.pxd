# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#
# Native bodies written in Cython (C++ mode): the installed headers, declared. The contracts stand in term/*.h, proc/*.h and
# sched/timers.h; docs/native-bodies.md is the guide, examples/native_cython a whole body.
#
#     from pyvm cimport Term, TermBuilder, is_tuple, element
from libc.stddef cimport size_t
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libcpp cimport bool
from libcpp.string cimport string
from libcpp.vector cimport vector

ctypedef uint64_t Word

cdef extern from "<string_view>" namespace "std" nogil:
    cdef cppclass string_view:
        string_view()
        string_view(const char*, size_t)
        const char* data() const
        size_t size() const

cdef extern from "<span>" namespace "std" nogil:
    cdef cppclass byte_span "std::span<const std::byte>":
        byte_span()
        byte_span(const byte*, size_t)
        const byte* data() const
        size_t size() const

    cdef cppclass term_span "std::span<const pyvm::Term>":
        term_span()
        term_span(const Term*, size_t)

    cdef cppclass word_span "std::span<const std::uint64_t>":
        word_span()
        word_span(const Word*, size_t)

cdef extern from "<cstddef>" namespace "std" nogil:
    cdef cppclass byte:
        pass

cdef extern from "term/term.h" namespace "pyvm" nogil:
    cdef cppclass Pid:
        Pid()
        Pid(uint32_t index, uint32_t serial)
        @staticmethod
        Pid from_value(Word value)
        uint32_t index() const
        uint32_t serial() const
        Word value() const

    cdef cppclass Term:
        Term()
        @staticmethod
        Term from_bits(Word bits)
        Word bits() const
        bool operator==(const Term&) const
        bool is_nothing() const
        bool is_boxed() const
        bool is_immediate() const

        @staticmethod
        Term none()
        @staticmethod
        Term boolean(bool value)
        @staticmethod
        Term timeout()
        bool is_none() const
        bool is_bool() const
        bool is_true() const
        bool is_timeout() const

        @staticmethod
        bool fits_small(int64_t value)
        @staticmethod
        Term small(int64_t value)
        bool is_small() const
        int64_t unchecked_small() const

        bool is_short_float() const
        @staticmethod
        Term try_short_float(double value)
        double unchecked_short_float() const

        @staticmethod
        Term atom(uint32_t index)
        bool is_atom() const
        uint32_t unchecked_atom_index() const
        @staticmethod
        Term pid(Pid pid)
        bool is_pid() const
        Pid unchecked_pid() const
        bool is_record_class() const
        uint32_t unchecked_class_index() const
        bool is_short_string() const
        @staticmethod
        Term short_string(const char* text)  # at most 7 bytes

        const Word* boxed() const  # the way back is Term.from_bits(<Word>header)

cdef extern from "term/boxed.h" namespace "pyvm" nogil:
    cdef enum class BoxKind(unsigned char):
        Float
        Big
        String
        Binary
        SharedBinary
        Opaque
        Tuple
        List
        Dict
        Set
        FrozenSet
        Record
        Ref
        Function
        EnumMember
        Exception

    const unsigned kNegative "pyvm::box_flag::kNegative"
    const unsigned kAscii "pyvm::box_flag::kAscii"
    const unsigned kAlias "pyvm::box_flag::kAlias"
    const unsigned kLiteral "pyvm::box_flag::kLiteral"
    const size_t kHeapBinaryMax

    BoxKind header_kind(Word header)
    unsigned header_flags(Word header)
    Word header_arity(Word header)
    Word header_of(Term term)
    bool is_box(Term term, BoxKind kind)
    Word arity_of(Term term)
    Term element(Term term, Word i)
    bool is_tuple(Term term)
    bool is_tuple(Term term, Word arity)
    bool is_string(Term term)
    bool is_ref(Term term)

    cdef cppclass RefValue:
        Word id
        Pid maker
    RefValue ref_value(Term ref)

cdef extern from "term/off_heap.h" namespace "pyvm" nogil:
    cdef cppclass OffHeap:
        void retain()
        void release()

cdef extern from "term/term_builder.h" namespace "pyvm" nogil:
    cdef cppclass TermBuilder:
        TermBuilder()
        TermBuilder(Word* first, Word* end)
        Word* allocate(Word words)
        Term make_int(int64_t value)
        Term make_uint(uint64_t value)
        Term make_big(bool negative, word_span limbs)
        Term make_float(double value)
        Term make_string(string_view utf8)
        Term make_string(const char* utf8)
        Term make_binary(byte_span bytes)
        Term make_opaque(OffHeap* handle, Word id)
        Term make_ref(Word id, Pid maker, bool alias)
        Term make_container(BoxKind kind, Word arity, Term** slots)
        void seal(Term dict_or_set)
        Term make_tuple(term_span elements)
        Term make_list(term_span elements)
        Term make_dict(term_span keys_and_values)
        Term make_set(BoxKind kind, term_span members)
        Term make_record(Term record_class, term_span fields)
        Term make_function(string_view module, string_view qualified_name)
        Term make_enum_member(string_view module, string_view qualified_name, string_view member)
        Term make_exception(string_view module, string_view qualified_name, string_view text)
        Term tuple(...)

    cdef cppclass OwnedTerm:
        OwnedTerm()
        OwnedTerm(Term source)  # a deep copy
        Term get() const
        bool operator bool() const
        bool operator!() const

cdef extern from "term/binary.h" namespace "pyvm" nogil:
    bool is_binary(Term term)
    byte_span binary_bytes(Term binary)
    string_view string_view_of(const Term& string)  # of a variable, not of a temporary

cdef extern from "term/hash.h" namespace "pyvm" nogil:
    uint64_t hash_term "pyvm::hash"(Term term)
    Term dict_get(Term dict, Term key)
    bool set_has(Term set, Term member)

cdef extern from "<compare>" namespace "std" nogil:
    cdef cppclass weak_ordering:  # of an expression only: it has no default
        pass
    bool is_lt(weak_ordering)
    bool is_gt(weak_ordering)

cdef extern from "term/compare.h" namespace "pyvm" nogil:
    bool equal_terms "pyvm::equal"(Term left, Term right)
    bool equal_exact(Term left, Term right)
    weak_ordering compare_terms "pyvm::compare"(Term left, Term right)

cdef extern from "term/copy.h" namespace "pyvm" nogil:
    Word exact_words(Term term)
    Term copy_term "pyvm::copy"(Term term, TermBuilder& builder)

cdef extern from "term/print.h" namespace "pyvm" nogil:
    string print_term "pyvm::print"(Term term, size_t limit_bytes)
    string print_pid "pyvm::print"(Pid pid)

cdef extern from "<optional>" namespace "std" nogil:
    cdef cppclass optional_term "std::optional<pyvm::Term>":
        bool has_value() const
        Term value() const

cdef extern from "term/atom_table.h" namespace "pyvm" nogil:
    optional_term intern_atom(string_view utf8)
    string_view atom_text(Term atom)

    cdef cppclass RecordClass:
        string module
        string qualified_name
        vector[string] fields
    Term intern_record_class(const RecordClass& shape)
    const RecordClass& record_class(Term class_term)

cdef extern from "term/number.h" namespace "pyvm" nogil:
    bool is_number(Term term)
    bool is_float(Term term)
    double float_value(Term term)

cdef extern from "base/clock.h" namespace "pyvm" nogil:
    uint64_t monotonic_ns()

cdef extern from "proc/body.h" namespace "pyvm" nogil:
    cdef enum class Outcome(unsigned char):
        Wait
        Yield
        Exit

cdef extern from "proc/signal.h" namespace "pyvm" nogil:
    cdef enum class SignalKind(unsigned char):
        Message
        Down

    cdef cppclass Signal:
        SignalKind kind
        Word ref
        Term term
        @staticmethod
        Signal* with_copy(SignalKind kind, Term term)
        void destroy()

cdef extern from "proc/process.h" namespace "pyvm" nogil:
    cdef cppclass Mailbox:
        uint32_t length() const
        void rewind()

    cdef cppclass Process:
        bool trap_exit
        const bool exiting
        const bool timed_out
        const uint64_t deadline_ns
        Mailbox mailbox
        Pid pid() const
        Term pid_term() const
        bool spend()
        bool spend(int reductions)
        void set_exit(OwnedTerm reason)  # OwnedTerm(...) in the call: it cannot be copied
        void set_deadline(uint64_t deadline_ns)
        void clear_deadline()

cdef extern from "proc/delivery.h" namespace "pyvm" nogil:
    cdef enum class Delivery(unsigned char):
        Sent
        NoProcess
        Dropped
    Delivery send(Pid to, Term message)

cdef extern from "proc/link_monitor.h" namespace "pyvm" nogil:
    Word make_ref(Process& self)
    void link(Process& self, Pid to)
    void unlink(Process& self, Pid to)
    Word monitor(Process& self, Pid to)
    bool demonitor(Process& self, Word ref, bool flush)
    void send_exit(Pid sender, Pid to, Term reason)

cdef extern from "proc/native.h" namespace "pyvm" nogil:
    cdef cppclass Message:
        Message()
        bool operator bool() const
        bool operator!() const
        Term term() const
        const Signal& signal() const

    Message receive(Process& self)
    Message receive_reply(Process& self, Word ref, bool first)
    void reply(Term to, Term message)

    cdef cppclass NativeFactory:
        const char* name
        bool (*make)(Process& process, Term arguments, string& error) noexcept nogil
    const char* kNativeFactoryCapsule

cdef extern from "proc/function_body.h" namespace "pyvm" nogil:
    cdef cppclass BodyFunctions:
        const char* name
        Outcome (*run)(void* state, Process& self) noexcept nogil
        void (*kill)(void* state, Process& self) noexcept nogil
        void (*free)(void* state) noexcept nogil
    void emplace_function_body(Process& process, const BodyFunctions& functions, void* state)
    Message receive_accepted(Process& self, bool (*accepts)(void* state, Term message) noexcept nogil, void* state)

cdef extern from "sched/timers.h" namespace "pyvm" nogil:
    cdef cppclass TimerRef:
        Word id
        Word slot
    TimerRef send_later(uint64_t deadline_ns, Pid to, Signal* message)  # Signal.with_copy(SignalKind.Message, term)
    void cancel_later(TimerRef ref)
