// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Awaitable: the slots that make a C type awaitable, around one step function.
//
// `Step(self, &result)` completes with PYGEN_RETURN, asks to be resumed with PYGEN_NEXT (CoroutineBody::pause), or fails with PYGEN_ERROR.
// CPython 3.11 resumes through am_send; from 3.12 on the interpreter takes tp_iternext where None is sent.
#pragma once

#include "python/core.h"

namespace pyvm::python {

template <PySendResult (*Step)(PyObject*, PyObject**)>
struct Awaitable {
  static PySendResult send(PyObject* self, PyObject*, PyObject** result) { return Step(self, result); }

  static PyObject* next(PyObject* self) {
    PyObject* result = nullptr;
    switch (Step(self, &result)) {
      case PYGEN_NEXT:
        return result;
      case PYGEN_ERROR:
        return nullptr;
      default:
        break;
    }
    if (result != Py_None) {
      PyObject* stop =
          PyObject_CallOneArg(PyExc_StopIteration, result);  // around, for a tuple given to SetObject would be unpacked
      if (stop != nullptr) PyErr_SetObject(PyExc_StopIteration, stop);
      Py_XDECREF(stop);
    }
    Py_DECREF(result);
    return nullptr;
  }

  static PyObject* self(PyObject* self) { return Py_NewRef(self); }
};

#define PYVM_AWAITABLE_SLOTS(Step)                                                                                             \
  {Py_am_await, reinterpret_cast<void*>(Awaitable<Step>::self)}, {Py_am_send, reinterpret_cast<void*>(Awaitable<Step>::send)}, \
      {Py_tp_iter, reinterpret_cast<void*>(Awaitable<Step>::self)}, {                                                          \
    Py_tp_iternext, reinterpret_cast<void*>(Awaitable<Step>::next)                                                             \
  }

/// The type of a spec, added to the module under its own name. Null on failure.
inline PyTypeObject* add_type(PyObject* module, PyType_Spec& spec) {
  auto* type = reinterpret_cast<PyTypeObject*>(PyType_FromModuleAndSpec(module, &spec, nullptr));
  if (type != nullptr && PyModule_AddType(module, type) < 0) return nullptr;
  return type;
}

template <typename T>
void deallocate(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  reinterpret_cast<T*>(self)->~T();
  type->tp_free(self);
  Py_DECREF(type);
}

/// The same for a type that the cyclic collector sees.
template <typename T>
void deallocate_tracked(PyObject* self) {
  PyObject_GC_UnTrack(self);
  deallocate<T>(self);
}

/// A new object of `type` whose fields are default-constructed; T begins with PyObject_HEAD and adds fields through a base-less struct.
template <typename T>
T* allocate_object(PyTypeObject* type) {
  PyObject* object = type->tp_alloc(type, 0);
  if (object == nullptr) return nullptr;
  const PyObject head = *object;
  auto* made = new (object) T;
  made->ob_base = head;
  return made;
}

}  // namespace pyvm::python
