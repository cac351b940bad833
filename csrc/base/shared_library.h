// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// SharedLibrary: a library of the system that is looked for while the program runs, so that neither its headers nor the library itself
// are needed to build or to start.
//
//   SharedLibrary({"libz.so.1", ...})      the first of these that the process has already, else the first that the system has
//   library.function<F>("inflate")         a function of that type, or null; null if there is no such library
//
// It is never closed: what it gave stays good for ever. Any thread may use it.
#pragma once

#include <initializer_list>

#include "base/check.h"

namespace pyvm {

class PYVM_EXPORT SharedLibrary {
 public:
  explicit SharedLibrary(std::initializer_list<const char*> names);

  template <typename Function>
  Function* function(const char* name) const {
    return reinterpret_cast<Function*>(address_of(name));
  }

 private:
  void* address_of(const char* name) const;

  void* handle_ = nullptr;
};

}  // namespace pyvm
