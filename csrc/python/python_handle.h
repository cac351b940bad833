// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// PythonHandle: one reference to a Python object, held by an opaque term.
//
//   create(object)            with the GIL; one count, owned by the caller
//   object()                  borrowed, while a count is held
//   release() of the last     any thread, no GIL, lock-free: queues the handle
//   drain_released_handles()  with the GIL: gives the queued references back; the Python schedulers call it
//
// H1  A Python reference is only ever dropped by drain_released_handles, with the GIL held.
// H2  The queue is emptied all at once, so a handle is never popped singly and there is no ABA.
#pragma once

#include <Python.h>

#include "base/atomic.h"
#include "term/boxed.h"
#include "term/off_heap.h"

namespace pyvm::python {

class PythonHandle final : public OffHeap {
 public:
  static PythonHandle* create(PyObject* object) { return new PythonHandle(object); }
  PyObject* object() const { return object_; }

  static bool has_released() { return released_.load_relaxed() != nullptr; }  // advisory

  static std::size_t drain_released() {
    // Pairs with the exchange in destroy(): the links and objects written before each push are seen here.
    PythonHandle* handle = released_.exchange_acq_rel(nullptr);
    std::size_t count = 0;
    while (handle != nullptr) {
      PythonHandle* next = handle->next_;
      PyObject* object = handle->object_;
      delete handle;
      Py_DECREF(object);  // H1; may run any Python code, a nested drain included
      handle = next;
      ++count;
    }
    return count;
  }

 private:
  explicit PythonHandle(PyObject* object) : object_(Py_NewRef(object)) {}
  ~PythonHandle() override = default;

  void destroy() override {
    PythonHandle* head = released_.load_relaxed();  // a guess: the exchange below checks it
    do {
      next_ = head;
    } while (!released_.compare_exchange_acq_rel(head, this));
  }

  inline static Atomic<PythonHandle*> released_{nullptr};

  PyObject* object_;
  PythonHandle* next_ = nullptr;
};

/// Of an opaque term that was made from a Python object.
inline PythonHandle* handle_of(Term box) { return static_cast<PythonHandle*>(reinterpret_cast<OffHeap*>(box.boxed()[2])); }

}  // namespace pyvm::python
