// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "term/off_heap.h"

#include <algorithm>
#include <cstdlib>
#include <new>

namespace pyvm {

SharedBytes* SharedBytes::create(std::span<const std::byte> bytes) {
  void* memory = std::malloc(sizeof(SharedBytes) + bytes.size());
  PYVM_CHECK(memory != nullptr, "SharedBytes::create: out of memory");
  auto* behind = static_cast<std::byte*>(memory) + sizeof(SharedBytes);
  std::copy(bytes.begin(), bytes.end(), behind);
  return new (memory) SharedBytes(behind, bytes.size());
}

void SharedBytes::destroy() {
  this->~SharedBytes();
  std::free(this);
}

}  // namespace pyvm
