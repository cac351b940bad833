// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "term/off_heap.h"

#include <algorithm>
#include <cstdlib>
#include <new>

#include "base/refused.h"

namespace pyvm {

SharedBytes* SharedBytes::create(std::span<const std::byte> bytes) {
  void* memory = std::malloc(sizeof(SharedBytes) + bytes.size());
  if (memory == nullptr) memory_refused("SharedBytes::create: out of memory");
  auto* behind = static_cast<std::byte*>(memory) + sizeof(SharedBytes);
  std::copy(bytes.begin(), bytes.end(), behind);
  return new (memory) SharedBytes(behind, bytes.size());
}

void SharedBytes::destroy() {
  this->~SharedBytes();
  std::free(this);
}

}  // namespace pyvm
