// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "term/off_heap.h"

#include <cstdlib>
#include <new>

namespace pyvm {

SharedBytes* SharedBytes::create(std::size_t size) {
  void* memory = std::malloc(sizeof(SharedBytes) + size);
  PYVM_CHECK(memory != nullptr, "SharedBytes::create: out of memory");
  return new (memory) SharedBytes(size);
}

void SharedBytes::destroy() {
  this->~SharedBytes();
  std::free(this);
}

}  // namespace pyvm
