// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// SmallStack: the explicit stack of a walk over terms. The first N items need no allocation; beyond that it grows in the heap,
// so depth is bounded by memory. References into it end with the next push.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <type_traits>

#include "base/refused.h"

namespace pyvm {

template <typename T, std::size_t N>
class SmallStack {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  SmallStack() = default;
  ~SmallStack() {
    if (items_ != first_items()) std::free(items_);
  }
  SmallStack(const SmallStack&) = delete;
  SmallStack& operator=(const SmallStack&) = delete;

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  T& top() { return items_[size_ - 1]; }
  T& operator[](std::size_t i) { return items_[i]; }  // 0 is the oldest
  /// `item` must not stand in the stack itself.
  void push(const T& item) { push_slot() = item; }
  /// The new top, for the caller to fill in.
  T& push_slot() {
    if (size_ == capacity_) [[unlikely]]
      grow();
    return items_[size_++];
  }
  void pop() { --size_; }

 private:
  T* first_items() { return reinterpret_cast<T*>(memory_); }

  [[gnu::noinline]] void grow() {
    auto* larger = static_cast<T*>(std::malloc(2 * capacity_ * sizeof(T)));
    if (larger == nullptr) memory_refused("SmallStack: out of memory");
    std::memcpy(static_cast<void*>(larger), items_, size_ * sizeof(T));
    if (items_ != first_items()) std::free(items_);
    items_ = larger;
    capacity_ *= 2;
  }

  alignas(T) std::byte memory_[N * sizeof(T)];
  T* items_ = first_items();
  std::size_t size_ = 0;
  std::size_t capacity_ = N;
};

}  // namespace pyvm
