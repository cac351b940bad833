// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// TermsApi: what pyvm._terms offers to the other native modules: Python objects to terms and back. A table of functions in a
// capsule, written by hand, so that neither side needs a generated header of the other.
//
//   import_terms()         once, with the GIL, at module initialisation; nullptr with an exception set on failure
//   term_from_object(o, b) a term built in b, or Term() (nothing) with an exception set; refusals are TypeError naming the path
//   object_from_term(t)    a new reference, or nullptr with an exception set
//
// Every function wants the GIL. On failure the builder may hold half-built boxes: drop it with the message.
// A term handed to object_from_term must stay alive and unmoved until it returns: it may run Python code (imports, constructors).
// Design: docs/design/python-terms.md.
#pragma once

#include <Python.h>

#include "term/term_builder.h"

namespace pyvm::python {

/// The layout of a Pid object.
struct PidObject {
  PyObject ob_base;
  Word value;
};

struct TermsApi {
  static constexpr unsigned kVersion = 1;

  unsigned version;
  PyTypeObject* pid_type;  // exact: Pid cannot be subclassed
  PyTypeObject* ref_type;  // Alias is its only subclass
  PyTypeObject* atom_type;
  PyObject* timeout;  // the TIMEOUT singleton, borrowed

  /// `root` begins the path in refusals ("message").
  Word (*bits_from_object)(PyObject* object, TermBuilder* builder, const char* root);
  PyObject* (*object_from_bits)(Word bits);
  PyObject* (*pid_object)(Word pid_value);
  PyObject* (*ref_object)(Word id, Word maker, int alias);
  /// 1 and the parts when `object` is a Ref or Alias, else 0. No exception either way.
  int (*ref_parts)(PyObject* object, Word* id, Word* maker, int* alias);
  /// Drops what native threads have released of Python objects since the last call; how many. For the python scheduler, now and then.
  std::size_t (*drain_releases)();
  /// Any thread, without the GIL: whether drain_releases would find something. Advisory.
  bool (*has_releases)();

  Term term_from_object(PyObject* object, TermBuilder* builder, const char* root = "message") const {
    return Term::from_bits(bits_from_object(object, builder, root));
  }
  PyObject* object_from_term(Term term) const { return object_from_bits(term.bits()); }
  /// 1 and the value when `object` is a Pid, else 0. No exception either way.
  int pid_value_of(PyObject* object, Word* value) const {
    if (Py_TYPE(object) != pid_type) return 0;
    *value = reinterpret_cast<PidObject*>(object)->value;
    return 1;
  }
  /// The ref or alias of that term.
  PyObject* ref_object_of(Term ref) const {
    const RefValue value = ref_value(ref);
    const bool alias = (header_flags(header_of(ref)) & box_flag::kAlias) != 0;
    return ref_object(value.id, value.maker.value(), alias ? 1 : 0);
  }
};

/// A message as a sender makes it: in memory at hand, dropped at the end. For measurements.
inline Word build_once(const TermsApi& api, PyObject* object, Word* first, Word* end) {
  TermBuilder builder(first, end);
  return api.term_from_object(object, &builder).bits();
}

inline constexpr const char* kTermsApiCapsule = "pyvm._terms._c_api";

inline const TermsApi* import_terms() {
  PyObject* module = PyImport_ImportModule("pyvm._terms");
  if (module == nullptr) return nullptr;
  PyObject* capsule = PyObject_GetAttrString(module, "_c_api");
  Py_DECREF(module);
  if (capsule == nullptr) return nullptr;
  const auto* api = static_cast<const TermsApi*>(PyCapsule_GetPointer(capsule, kTermsApiCapsule));
  Py_DECREF(capsule);  // the module keeps it
  if (api != nullptr && api->version != TermsApi::kVersion) {
    PyErr_SetString(PyExc_ImportError, "pyvm._terms and pyvm._core are of different builds");
    return nullptr;
  }
  return api;
}

}  // namespace pyvm::python
