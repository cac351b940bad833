// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// pyvm._core: the runtime for Python. Hot operations are plain C functions and types, the control plane is pybind11.
#include <pybind11/pybind11.h>

#include "python/core.h"

namespace pyvm::python {

void add_control(pybind11::module_& module);       // control.cc
void add_outside_call(pybind11::module_& module);  // outside_call.cc
void add_runtime(pybind11::module_& module);       // runtime.cc

}  // namespace pyvm::python

PYBIND11_MODULE(_core, module) {
  using namespace pyvm::python;
  terms = import_terms();
  if (terms == nullptr) throw pybind11::error_already_set();
  PyObject* raw = module.ptr();
  if (!add_selection(raw) || !add_awaitables(raw) || !add_operations(raw) || !add_code(raw)) throw pybind11::error_already_set();
  add_control(module);
  add_outside_call(module);
  add_runtime(module);
}
