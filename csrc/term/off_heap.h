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
#include <span>

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

/// Bytes of a shared binary, which nobody changes any more: allocated behind the object, or those of a foreign object that derives from this.
class PYVM_EXPORT SharedBytes : public OffHeap {
 public:
  /// A copy, with one count, owned by the caller.
  static SharedBytes* create(std::span<const std::byte> bytes);
  const std::byte* bytes() const { return bytes_; }
  std::size_t size() const { return size_; }

 protected:
  SharedBytes(const std::byte* bytes, std::size_t size) : bytes_(bytes), size_(size) {}
  ~SharedBytes() override = default;

 private:
  void destroy() override;

  const std::byte* bytes_;
  std::size_t size_;
};

}  // namespace pyvm
