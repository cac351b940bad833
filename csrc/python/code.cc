// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Compiled code as Python sees it: what the compiler must know of the machine, and a capsule for each function that was loaded.
#include "python/core.h"
#include "vm/code_body.h"
#include "vm/exceptions.h"
#include "vm/module_table.h"

namespace pyvm::python {

namespace {

PyObject* text(std::string_view utf8) { return PyUnicode_FromStringAndSize(utf8.data(), static_cast<Py_ssize_t>(utf8.size())); }

/// opcodes(): (name, operand kinds) of each, by number
PyObject* opcodes(PyObject*, PyObject*) {
  const std::span<const vm::OpcodeInfo> infos = vm::opcodes();
  PyObject* all = PyTuple_New(static_cast<Py_ssize_t>(infos.size()));
  for (std::size_t i = 0; all != nullptr && i < infos.size(); ++i) {
    PyObject* one = Py_BuildValue("(NN)", text(infos[i].name), text({infos[i].operands, 3}));
    if (one == nullptr) Py_CLEAR(all);
    if (all != nullptr) PyTuple_SET_ITEM(all, static_cast<Py_ssize_t>(i), one);
  }
  return all;
}

/// builtins(): {name: (number, signature)}
PyObject* builtins(PyObject*, PyObject*) {
  PyObject* all = PyDict_New();
  int number = 0;
  for (const vm::BuiltinInfo& info : vm::builtin_infos()) {
    PyObject* name = text(info.name);
    PyObject* value = Py_BuildValue("(iN)", number++, text(info.signature));
    if (all != nullptr && (name == nullptr || value == nullptr || PyDict_SetItem(all, name, value) != 0)) Py_CLEAR(all);
    Py_XDECREF(name);
    Py_XDECREF(value);
  }
  return all;
}

/// is_available(name): whether this machine has what a built-in needs
PyObject* is_available(PyObject*, PyObject* name) {
  const char* text = PyUnicode_AsUTF8(name);
  return text == nullptr ? nullptr : PyBool_FromLong(vm::is_builtin_available(text));
}

/// load_code(image): a capsule of its first function
PyObject* load_code(PyObject*, PyObject* image) {
  OwnedTerm term;
  if (!owned_from_object(image, term, "image")) return nullptr;
  const auto loaded = vm::load_module(term.get());
  if (const auto* error = std::get_if<vm::LoadError>(&loaded)) {
    PyErr_Format(PyExc_ValueError, "load_code: %s", error->message.c_str());
    return nullptr;
  }
  const vm::Function& first = std::get<const vm::Module*>(loaded)->functions[0];
  return PyCapsule_New(const_cast<vm::Function*>(&first), kCodeCapsule, nullptr);
}

/// declare_exception(name, bases): class `name` ("module.qualified name") derives from those
PyObject* declare_exception(PyObject*, PyObject* args) {
  const char* name = nullptr;
  PyObject* bases = nullptr;
  if (!PyArg_ParseTuple(args, "sO!", &name, &PyTuple_Type, &bases)) return nullptr;
  std::vector<std::string> names;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); ++i) {
    const char* base = PyUnicode_AsUTF8(PyTuple_GET_ITEM(bases, i));
    if (base == nullptr) return nullptr;
    names.emplace_back(base);
  }
  vm::declare_exception_class(name, std::move(names));
  Py_RETURN_NONE;
}

/// names_asked_for(module): the names of a module that compiled code has with a dot
PyObject* names_asked_for(PyObject*, PyObject* module) {
  const char* name = PyUnicode_AsUTF8(module);
  if (name == nullptr) return nullptr;
  PyObject* all = PyList_New(0);
  for (const std::string& each : vm::names_asked_for(name)) {
    PyObject* one = text(each);
    if (all != nullptr && (one == nullptr || PyList_Append(all, one) != 0)) Py_CLEAR(all);
    Py_XDECREF(one);
  }
  return all;
}

/// publish(module, meanings): what names of a module mean from now on, capsules of load_code; None for one that is gone
PyObject* publish(PyObject*, PyObject* args) {
  const char* module = nullptr;
  PyObject *meanings = nullptr, *name = nullptr, *meaning = nullptr;
  if (!PyArg_ParseTuple(args, "sO!", &module, &PyDict_Type, &meanings)) return nullptr;
  std::vector<std::pair<std::string, const vm::Module*>> read;
  for (Py_ssize_t at = 0; PyDict_Next(meanings, &at, &name, &meaning);) {
    const char* key = PyUnicode_AsUTF8(name);
    if (key == nullptr) return nullptr;
    const vm::Function* function = nullptr;
    if (meaning != Py_None) {
      function = static_cast<const vm::Function*>(PyCapsule_GetPointer(meaning, kCodeCapsule));
      if (function == nullptr) return nullptr;
    }
    read.emplace_back(key, function == nullptr ? nullptr : function->module);
  }
  vm::publish(module, read);
  Py_RETURN_NONE;
}

PyMethodDef functions[] = {{"opcodes", opcodes, METH_NOARGS, nullptr},
                           {"builtins", builtins, METH_NOARGS, nullptr},
                           {"declare_exception", declare_exception, METH_VARARGS, nullptr},
                           {"is_available", is_available, METH_O, nullptr},
                           {"load_code", load_code, METH_O, nullptr},
                           {"names_asked_for", names_asked_for, METH_O, nullptr},
                           {"publish", publish, METH_VARARGS, nullptr},
                           {nullptr, nullptr, 0, nullptr}};

}  // namespace

const vm::Function* code_of(PyObject* function) {
  PyObject* code = PyObject_GetAttrString(function, "__pyvm_code__");
  if (code == nullptr) return nullptr;
  if (!PyCapsule_IsValid(code, kCodeCapsule)) {  // the first process of this function
    Py_SETREF(code, PyObject_CallOneArg(package.load_function, function));
    if (code == nullptr) return nullptr;
  }
  const auto* loaded = static_cast<const vm::Function*>(PyCapsule_GetPointer(code, kCodeCapsule));
  Py_DECREF(code);  // modules are never freed
  return loaded;
}

bool add_code(PyObject* module) {
  vm::set_python_body_maker([](Process& process, OwnedTerm call) { emplace_body<CoroutineBody>(process, std::move(call)); });
  return PyModule_AddFunctions(module, functions) == 0;
}

}  // namespace pyvm::python
