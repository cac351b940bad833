# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
# cython: language_level=3
# distutils: language=c++
"""Running statistics of numbers, by Welford's method, in constant memory. spawn(statistics) or spawn(statistics, reply_to, seconds)

    ("add", x)                         counts an int or float
    ("get", reply_to)                  (count, mean, standard deviation, least, most); None where there is no number yet
    ("every", reply_to, seconds)       the same to reply_to again and again, as ("statistics", (count, ...)); 0 seconds ends that
    "reset"                            forgets all numbers
    "stop"                             ends normally
    anything else                      is dropped

Everything between `run` and the module's last lines is without the GIL: no Python object is touched.
"""
from cpython.pycapsule cimport PyCapsule_New
from libc.math cimport sqrt
from libc.stdint cimport int64_t, uint64_t
from libcpp cimport bool
from libcpp.string cimport string

from pyvm cimport (
    BodyFunctions, Message, NativeFactory, Outcome, OwnedTerm, Process, Term, TermBuilder, arity_of, element,
    emplace_function_body, float_value, is_float, is_tuple, kNativeFactoryCapsule, monotonic_ns, receive, reply,
    term_span,
)


cdef cppclass Statistics:
    int64_t count
    double mean, squares, least, most
    OwnedTerm listener       # nothing: nobody listens
    uint64_t every_ns, next_ns

    __init__() noexcept nogil:
        this.every_ns = 0
        this.next_ns = 0
        this.reset()

    void reset() noexcept nogil:
        this.count = 0
        this.mean = this.squares = this.least = this.most = 0.0

    void add(double x) noexcept nogil:
        this.count += 1
        cdef double delta = x - this.mean
        this.mean += delta / this.count
        this.squares += delta * (x - this.mean)
        if this.count == 1 or x < this.least:
            this.least = x
        if this.count == 1 or x > this.most:
            this.most = x

    Term summary(TermBuilder& builder) noexcept nogil:
        cdef Term fields[5]
        cdef int i
        fields[0] = builder.make_int(this.count)
        for i in range(1, 5):
            fields[i] = Term.none()
        if this.count > 0:
            fields[1] = builder.make_float(this.mean)
            fields[2] = builder.make_float(sqrt(this.squares / this.count))
            fields[3] = builder.make_float(this.least)
            fields[4] = builder.make_float(this.most)
        return builder.make_tuple(term_span(fields, 5))


cdef bool read_number(Term term, double* number) noexcept nogil:
    if term.is_small():
        number[0] = <double> term.unchecked_small()
        return True
    if is_float(term):
        number[0] = float_value(term)
        return True
    return False


cdef void begin_listening(Statistics* state, Process& self) noexcept nogil:
    state.next_ns = monotonic_ns() + state.every_ns
    self.set_deadline(state.next_ns)


cdef void listen(Statistics* state, Process& self, Term listener, Term seconds) noexcept nogil:
    cdef double period
    if not read_number(seconds, &period):
        return
    self.clear_deadline()
    state.every_ns = <uint64_t> (period * 1e9) if period > 0 else 0
    if state.every_ns == 0:
        return
    state.listener = OwnedTerm(listener)
    begin_listening(state, self)


cdef void tell_listener(Statistics* state, Process& self) noexcept nogil:
    cdef TermBuilder builder
    cdef Term fields[2]
    fields[0] = builder.make_string(b"statistics")
    fields[1] = state.summary(builder)
    reply(state.listener.get(), builder.make_tuple(term_span(fields, 2)))
    state.next_ns += state.every_ns  # from the time that was due, so that it does not drift
    self.set_deadline(state.next_ns)


cdef void handle(Statistics* state, Process& self, Term message) noexcept nogil:
    cdef TermBuilder builder
    cdef double number
    if message == Term.short_string("reset"):
        state.reset()
    elif not is_tuple(message):
        return
    elif arity_of(message) == 2 and element(message, 0) == Term.short_string("add"):
        if read_number(element(message, 1), &number):
            state.add(number)
    elif arity_of(message) == 2 and element(message, 0) == Term.short_string("get"):
        reply(element(message, 1), state.summary(builder))
    elif arity_of(message) == 3 and element(message, 0) == Term.short_string("every"):
        listen(state, self, element(message, 1), element(message, 2))


cdef Outcome run(void* memory, Process& self) noexcept nogil:
    cdef Statistics* state = <Statistics*> memory
    cdef Message message
    if state.every_ns != 0 and state.next_ns == 0:
        begin_listening(state, self)  # asked for at spawn; deadlines are set by a process that runs
    if self.timed_out:
        tell_listener(state, self)
    while True:
        message = receive(self)
        if not message:
            return Outcome.Wait
        if message.term() == Term.short_string("stop"):
            return Outcome.Exit
        handle(state, self, message.term())
        if not self.spend():
            return Outcome.Yield


cdef void free_state(void* memory) noexcept nogil:
    cdef Statistics* state = <Statistics*> memory
    del state


cdef BodyFunctions functions
functions.name = "pyvm_statistics.statistics"
functions.run = run
functions.free = free_state


cdef bool make(Process& process, Term arguments, string& error) noexcept nogil:
    cdef double seconds
    if arity_of(arguments) != 0 and (arity_of(arguments) != 2 or not read_number(element(arguments, 1), &seconds)):
        error.assign(b"arguments are none, or whom to tell and every how many seconds")
        return False
    cdef Statistics* state = new Statistics()
    if arity_of(arguments) == 2 and seconds > 0:
        state.listener = OwnedTerm(element(arguments, 0))
        state.every_ns = <uint64_t> (seconds * 1e9)
    emplace_function_body(process, functions, state)
    return True


cdef NativeFactory factory
factory.name = functions.name
factory.make = make
statistics = PyCapsule_New(&factory, kNativeFactoryCapsule, NULL)
