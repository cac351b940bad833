// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "base/refused.h"

#include <new>

namespace pyvm {

constinit thread_local bool refused_internal::is_thrown = false;

void memory_refused(const char* what) {
  PYVM_CHECK(refused_internal::is_thrown, what);
  throw std::bad_alloc();
}

}  // namespace pyvm
