// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "base/shared_library.h"

#include <dlfcn.h>

namespace pyvm {

SharedLibrary::SharedLibrary(std::initializer_list<const char*> names) {
  for (const int mode : {RTLD_NOW | RTLD_NOLOAD, RTLD_NOW}) {
    for (const char* name : names) {
      if (handle_ == nullptr) handle_ = dlopen(name, mode);
    }
  }
}

void* SharedLibrary::address_of(const char* name) const { return handle_ == nullptr ? nullptr : dlsym(handle_, name); }

}  // namespace pyvm
