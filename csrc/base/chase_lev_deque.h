// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// ChaseLevDeque: the run queue of one scheduler, first in, first out, from which others steal. Holds pointers, owns none.
//
//   push(item)   owner        at the bottom; grows when full
//   take()       any thread   the oldest item, or nothing when it is empty; retries while it loses to other takers
//   peek()       owner        the item that take() will give unless another thread is faster; for fetching it from memory, nothing else
//   size()       any thread   advisory: may be stale when it returns
//
// D1  Every item pushed is taken exactly once.
// D2  Items leave in the order pushed.
// D3  An array that was grown out of lives as long as the deque, for a taker may still be reading it.
//
// Source: Chase and Lev, "Dynamic Circular Work-Stealing Deque" (2005), with the orders of Le, Pop, Cohen and Zappa Nardelli (2013).
// The owner takes at the same end as the thieves, so their pop and its sequentially consistent fence are gone.
// Rejected: the owner taking its newest item (the oldest would starve); a bounded ring with an overflow list (a second queue to order).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/atomic.h"
#include "base/check.h"

namespace pyvm {

template <typename T>
class ChaseLevDeque {
 public:
  /// `capacity` is the first array's, a power of two; tests shrink it so that growing is met.
  explicit ChaseLevDeque(std::size_t capacity = 256) {
    PYVM_CHECK(capacity > 0 && (capacity & (capacity - 1)) == 0, "ChaseLevDeque: the capacity must be a power of two");
    adopt(std::make_unique<Array>(capacity));
  }

  void push(T* item) {
    const std::int64_t bottom = bottom_.load_relaxed();  // only the owner writes it
    const std::int64_t top = top_.load_acquire();        // pairs with the exchange in take: its slot may be used again
    Array* array = array_.load_relaxed();                // only the owner writes it
    if (bottom - top == array->size()) array = grow(*array, top, bottom);
    array->slot(bottom).store_relaxed(item);
    bottom_.store_release(bottom + 1);  // pairs with the acquire load in take: the item and its array are visible first
  }

  T* take() {
    std::int64_t top = top_.load_acquire();  // before bottom_, so that bottom - top is never too large
    for (;;) {
      if (top >= bottom_.load_acquire()) return nullptr;
      // Read before the claim: once top_ has moved the owner may use the slot again. What was read is used only if the claim holds.
      T* item = array_.load_acquire()->slot(top).load_relaxed();
      // acq_rel: release pairs with the acquire load in push, so that the read above is over before the slot is used again.
      if (top_.compare_exchange_acq_rel(top, top + 1)) return item;
    }
  }

  T* peek() {
    const std::int64_t top = top_.load_relaxed();
    return top < bottom_.load_relaxed() ? array_.load_relaxed()->slot(top).load_relaxed() : nullptr;
  }

  std::size_t size() const {
    const std::int64_t top = top_.load_relaxed();
    const std::int64_t bottom = bottom_.load_relaxed();
    return bottom > top ? static_cast<std::size_t>(bottom - top) : 0;
  }

 private:
  class Array {
   public:
    explicit Array(std::size_t size) : mask_(size - 1), slots_(std::make_unique<Atomic<T*>[]>(size)) {}
    std::int64_t size() const { return static_cast<std::int64_t>(mask_ + 1); }
    Atomic<T*>& slot(std::int64_t position) { return slots_[static_cast<std::size_t>(position) & mask_]; }

   private:
    std::size_t mask_;
    std::unique_ptr<Atomic<T*>[]> slots_;
  };

  Array* adopt(std::unique_ptr<Array> array) {
    array_.store_release(array.get());  // pairs with the acquire load in take
    arrays_.push_back(std::move(array));
    return arrays_.back().get();
  }

  Array* grow(Array& old, std::int64_t top, std::int64_t bottom) {
    auto larger = std::make_unique<Array>(static_cast<std::size_t>(2 * old.size()));
    for (std::int64_t i = top; i < bottom; ++i) larger->slot(i).store_relaxed(old.slot(i).load_relaxed());
    return adopt(std::move(larger));  // D3: the old array stays in arrays_
  }

  alignas(64) Atomic<std::int64_t> top_;     // written by takers
  alignas(64) Atomic<std::int64_t> bottom_;  // written by the owner, as is all below
  Atomic<Array*> array_;
  std::vector<std::unique_ptr<Array>> arrays_;
};

}  // namespace pyvm
