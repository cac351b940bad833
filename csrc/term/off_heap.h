// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// OffHeap: what terms share by count: the bytes of large binaries, and opaque handles to foreign objects.
//
//   retain()   any thread that holds a count   one relaxed add (a count can only be shared by its holder)
//   release()  any thread                      drops a count; the last one calls destroy()
//
// O1  destroy() runs once, on whichever thread dropped the last count, and must not block (an opaque Python object queues
//     itself for the Python scheduler).
#pragma once

#include <atomic>
#include <cstddef>

#include "base/check.h"

namespace pyvm {

class OffHeap {
 public:
  void retain() { count_.fetch_add(1, std::memory_order_relaxed); }
  void release() {
    // acq_rel: the last release must see every write of the earlier holders before destroy() frees the object.
    if (count_.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy();
  }
  std::size_t count() const { return count_.load(std::memory_order_relaxed); }  // advisory

 protected:
  OffHeap() = default;
  virtual ~OffHeap() = default;
  virtual void destroy() = 0;

 private:
  std::atomic<std::size_t> count_{1};
};

/// Bytes of a shared binary, allocated behind the object.
class PYVM_EXPORT SharedBytes final : public OffHeap {
 public:
  /// Uninitialised bytes with one count, owned by the caller.
  static SharedBytes* create(std::size_t size);
  std::byte* bytes() { return reinterpret_cast<std::byte*>(this + 1); }
  std::size_t size() const { return size_; }

 private:
  explicit SharedBytes(std::size_t size) : size_(size) {}
  void destroy() override;
  std::size_t size_;
};

}  // namespace pyvm
