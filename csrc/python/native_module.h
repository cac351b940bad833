// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// NativeModule: a Python module that holds nothing but the factories of native bodies, in one line and without a binding library.
//
//   PYVM_NATIVE_MODULE(_counters, counter, gauge)
//
// makes the module `_counters` whose attributes `counter` and `gauge` are what pyvm.native() takes. Each factory is a NativeFactory
// with the module's lifetime; the part of its name behind the last dot is the attribute's name.
// `import pyvm` must come before the import of the module: it loads libpyvm. A package does that in its __init__.py.
#pragma once

#include <Python.h>

#include <cstring>
#include <initializer_list>

#include "proc/native.h"

namespace pyvm::python {

inline PyObject* make_native_module(PyModuleDef& definition, std::initializer_list<const NativeFactory*> factories) {
  PyObject* module = PyModule_Create(&definition);
#ifdef Py_GIL_DISABLED
  if (module != nullptr) PyUnstable_Module_SetGIL(module, Py_MOD_GIL_NOT_USED);
#endif
  for (const NativeFactory* factory : factories) {
    if (module == nullptr) return nullptr;
    const char* dot = std::strrchr(factory->name, '.');
    PyObject* capsule = PyCapsule_New(const_cast<NativeFactory*>(factory), kNativeFactoryCapsule, nullptr);
    if (PyModule_AddObjectRef(module, dot == nullptr ? factory->name : dot + 1, capsule) < 0) Py_CLEAR(module);
    Py_XDECREF(capsule);
  }
  return module;
}

template <typename... Factories>
PyObject* make_native_module(PyModuleDef& definition, const Factories&... factories) {
  return make_native_module(definition, std::initializer_list<const NativeFactory*>{&factories...});
}

}  // namespace pyvm::python

#define PYVM_NATIVE_MODULE(module_name, ...)                                                            \
  PyMODINIT_FUNC PyInit_##module_name() {                                                               \
    static PyModuleDef definition = {                                                                   \
        PyModuleDef_HEAD_INIT, #module_name, nullptr, -1, nullptr, nullptr, nullptr, nullptr, nullptr}; \
    return pyvm::python::make_native_module(definition, __VA_ARGS__);                                   \
  }
