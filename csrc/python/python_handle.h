// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// PythonHandle, PythonBytes: one reference to a Python object, held by an opaque term, or by a shared binary whose bytes are the object's.
//
//   create(object)            with the GIL; one count, owned by the caller
//   object()                  borrowed, while a count is held
//   release() of the last     any thread, no GIL, lock-free: queues the holder in the queue of its class
//   drain_released()          with the GIL: gives the queued references back; the python scheduler calls it, now and then
//
// H1  A Python reference is only ever dropped by drain_released, with the GIL held.
// H2  A queue is emptied all at once, so a holder is never popped singly and there is no ABA.
// H3  What waits in the queue of bytes is given back whenever more bytes are shared, which runs no Python code. So it is bounded by what
//     was shared since, also where a thread sends without end and the python scheduler sleeps.
#pragma once

#include <Python.h>

#include "base/atomic.h"
#include "term/binary.h"
#include "term/boxed.h"
#include "term/off_heap.h"

namespace pyvm::python {

/// The reference of a `Holder`, which derives from this and calls queue() when its last count is gone.
template <typename Holder>
class HeldObject {
 public:
  PyObject* object() const { return object_; }

  static bool has_released() { return released_.load_relaxed() != nullptr; }  // advisory

  static std::size_t drain_released() {
    // Pairs with the exchange in queue(): the links and objects written before each push are seen here.
    Holder* holder = released_.exchange_acq_rel(nullptr);
    std::size_t count = 0;
    while (holder != nullptr) {
      Holder* next = holder->next_;
      PyObject* object = holder->object_;
      delete holder;
      Py_DECREF(object);  // H1; may run any Python code, a nested drain included
      holder = next;
      ++count;
    }
    return count;
  }

 protected:
  explicit HeldObject(PyObject* object) : object_(Py_NewRef(object)) {}
  ~HeldObject() = default;

  static void queue(Holder* holder) {
    Holder* head = released_.load_relaxed();  // a guess: the exchange below checks it
    do {
      holder->next_ = head;
    } while (!released_.compare_exchange_acq_rel(head, holder));
  }

 private:
  inline static Atomic<Holder*> released_{nullptr};

  PyObject* object_;
  Holder* next_ = nullptr;
};

class PythonHandle final : public OffHeap, public HeldObject<PythonHandle> {
 public:
  static PythonHandle* create(PyObject* object) { return new PythonHandle(object); }

 private:
  friend HeldObject;
  explicit PythonHandle(PyObject* object) : HeldObject(object) {}
  ~PythonHandle() override = default;
  void destroy() override { queue(this); }
};

/// Of an opaque term that was made from a Python object.
inline PythonHandle* handle_of(Term box) { return static_cast<PythonHandle*>(reinterpret_cast<OffHeap*>(box.boxed()[2])); }

/// The bytes of an exact bytes object, which are not copied on the way to other processes and are the same object where they arrive.
class PythonBytes final : public SharedBytes, public HeldObject<PythonBytes> {
 public:
  static PythonBytes* create(PyObject* bytes) {
    if (has_released()) drain_released();  // H3
    return new PythonBytes(bytes);
  }

 private:
  friend HeldObject;
  explicit PythonBytes(PyObject* bytes)
      : SharedBytes(reinterpret_cast<std::byte*>(PyBytes_AS_STRING(bytes)), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes))),
        HeldObject(bytes) {}
  ~PythonBytes() override = default;
  void destroy() override { queue(this); }
};

/// A binary as bytes, a new reference: the object that it was made of, where it still is all of it.
inline PyObject* bytes_from_term(Term binary) {
  const std::span<const std::byte> bytes = binary_bytes(binary);
  if (header_kind(header_of(binary)) == BoxKind::SharedBinary) {
    const auto* held = dynamic_cast<PythonBytes*>(shared_bytes(binary));
    if (held != nullptr && held->size() == bytes.size()) return Py_NewRef(held->object());
  }
  return PyBytes_FromStringAndSize(reinterpret_cast<const char*>(bytes.data()), static_cast<Py_ssize_t>(bytes.size()));
}

/// Exact bytes as a binary. From where one is shared at all, sharing is as quick as copying: docs/design/python-terms.md.
inline Word binary_bits(PyObject* bytes, TermBuilder& builder) {
  const auto size = static_cast<std::size_t>(PyBytes_GET_SIZE(bytes));
  if (size > kHeapBinaryMax) return builder.make_shared_binary(PythonBytes::create(bytes), 0, size).bits();
  return builder.make_binary({reinterpret_cast<const std::byte*>(PyBytes_AS_STRING(bytes)), size}).bits();
}

inline bool has_released() { return PythonHandle::has_released() || PythonBytes::has_released(); }
inline std::size_t drain_released() { return PythonHandle::drain_released() + PythonBytes::drain_released(); }

}  // namespace pyvm::python
