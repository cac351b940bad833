// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Atomic<T>: an atomic word whose operations are named by their order, so that no call is sequentially consistent by accident.
// Every lock-free part of the runtime goes through it: it is the one place where a systematic test can interleave.
#pragma once

#include <atomic>

#ifdef PYVM_SYSTEMATIC
#include "base/systematic.h"
#endif

namespace pyvm {

template <typename T>
class Atomic {
 public:
  constexpr Atomic() = default;
  constexpr explicit Atomic(T value) : value_(value) {}
  Atomic(const Atomic&) = delete;
  Atomic& operator=(const Atomic&) = delete;

  T load_relaxed() const {
    at_operation();
    return value_.load(std::memory_order_relaxed);
  }
  T load_acquire() const {
    at_operation();
    return value_.load(std::memory_order_acquire);
  }
  void store_relaxed(T value) {
    at_operation();
    value_.store(value, std::memory_order_relaxed);
  }
  void store_release(T value) {
    at_operation();
    value_.store(value, std::memory_order_release);
  }
  /// Sequentially consistent: the caller says beside it which store-load pair needs more than acquire and release.
  T load_seq_cst() const {
    at_operation();
    return value_.load(std::memory_order_seq_cst);
  }
  void store_seq_cst(T value) {
    at_operation();
    value_.store(value, std::memory_order_seq_cst);
  }
  T fetch_add_relaxed(T value) {
    at_operation();
    return value_.fetch_add(value, std::memory_order_relaxed);
  }
  T fetch_add_acq_rel(T value) {
    at_operation();
    return value_.fetch_add(value, std::memory_order_acq_rel);
  }
  T fetch_or_seq_cst(T value) {
    at_operation();
    return value_.fetch_or(value, std::memory_order_seq_cst);
  }
  T fetch_and_seq_cst(T value) {
    at_operation();
    return value_.fetch_and(value, std::memory_order_seq_cst);
  }
  T exchange_acq_rel(T value) {
    at_operation();
    return value_.exchange(value, std::memory_order_acq_rel);
  }
  /// Strong. On failure `expected` holds what was there, read with acquire.
  bool compare_exchange_acq_rel(T& expected, T desired) {
    at_operation();
    return value_.compare_exchange_strong(expected, desired, std::memory_order_acq_rel, std::memory_order_acquire);
  }

  /// The word itself, for futex.h alone.
  std::atomic<T>& native() { return value_; }

 private:
  static void at_operation() {
#ifdef PYVM_SYSTEMATIC
    systematic::yield_point();
#endif
  }

  std::atomic<T> value_{};
};

}  // namespace pyvm
