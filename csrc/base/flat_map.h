// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// FlatMap: words by word, for the links, monitors and references of one process. One pointer and two counts when empty.
//
//   find(key)            a pointer to the value, or nullptr; valid until the next insert or erase
//   insert(key, value)   true when the key was new; otherwise the value is replaced
//   erase(key)           true when the key was there
//   for_each(f)          f(key, value), in no order; the map must not change meanwhile
//
// Keys are not 0. Open addressing, linear probing, at most 3/4 full; erase shifts back, so there are no tombstones.
// Not thread-safe.
#pragma once

#include <bit>
#include <cstdint>
#include <utility>

#include "base/check.h"
#include "base/slab.h"

namespace pyvm {

class FlatMap {
 public:
  FlatMap() = default;
  ~FlatMap() { release(); }
  FlatMap(FlatMap&& other) noexcept : slots_(other.slots_), count_(other.count_), mask_(other.mask_) {
    other.slots_ = nullptr;
    other.count_ = other.mask_ = 0;
  }
  FlatMap& operator=(FlatMap&& other) noexcept {
    std::swap(slots_, other.slots_);
    std::swap(count_, other.count_);
    std::swap(mask_, other.mask_);
    return *this;
  }

  std::size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }

  std::uint64_t* find(std::uint64_t key) {
    if (count_ == 0) return nullptr;
    for (std::uint32_t at = home(key); slots_[at].key != 0; at = (at + 1) & mask_) {
      if (slots_[at].key == key) return &slots_[at].value;
    }
    return nullptr;
  }

  bool insert(std::uint64_t key, std::uint64_t value) {
    PYVM_ASSERT1(key != 0, "FlatMap::insert: 0 is no key");
    if (slots_ == nullptr || (count_ + 1) * 4 > (mask_ + 1) * 3) grow();
    std::uint32_t at = home(key);
    for (; slots_[at].key != 0; at = (at + 1) & mask_) {
      if (slots_[at].key == key) {
        slots_[at].value = value;
        return false;
      }
    }
    slots_[at] = {key, value};
    ++count_;
    return true;
  }

  bool erase(std::uint64_t key) {
    if (count_ == 0) return false;
    std::uint32_t at = home(key);
    for (; slots_[at].key != key; at = (at + 1) & mask_) {
      if (slots_[at].key == 0) return false;
    }
    // Shift back what would no longer be found over the hole.
    for (std::uint32_t next = (at + 1) & mask_; slots_[next].key != 0; next = (next + 1) & mask_) {
      if (((next - home(slots_[next].key)) & mask_) >= ((next - at) & mask_)) {
        slots_[at] = slots_[next];
        at = next;
      }
    }
    slots_[at].key = 0;
    --count_;
    return true;
  }

  template <typename F>
  void for_each(F&& f) const {
    for (std::uint32_t at = 0; count_ != 0 && at <= mask_; ++at) {
      if (slots_[at].key != 0) f(slots_[at].key, slots_[at].value);
    }
  }

  std::size_t size_bytes() const { return slots_ == nullptr ? 0 : (mask_ + std::size_t{1}) * sizeof(Slot); }

 private:
  struct Slot {
    std::uint64_t key;
    std::uint64_t value;
  };
  static constexpr std::uint32_t kFirstSlots = 4;

  std::uint32_t home(std::uint64_t key) const { return static_cast<std::uint32_t>((key * 0x9E3779B97F4A7C15u) >> 32) & mask_; }

  void grow() {
    Slot* old = slots_;
    const std::uint32_t old_slots = old == nullptr ? 0 : mask_ + 1;
    const std::uint32_t slots = old == nullptr ? kFirstSlots : 2 * old_slots;
    slots_ = static_cast<Slot*>(slab_allocate(slots * sizeof(Slot)));
    for (std::uint32_t i = 0; i < slots; ++i) slots_[i].key = 0;
    mask_ = slots - 1;
    for (std::uint32_t i = 0; i < old_slots; ++i) {
      if (old[i].key == 0) continue;
      std::uint32_t at = home(old[i].key);
      while (slots_[at].key != 0) at = (at + 1) & mask_;
      slots_[at] = old[i];
    }
    if (old != nullptr) slab_free(old, old_slots * sizeof(Slot));
  }

  void release() {
    if (slots_ != nullptr) slab_free(slots_, (mask_ + std::size_t{1}) * sizeof(Slot));
    slots_ = nullptr;
    count_ = mask_ = 0;
  }

  Slot* slots_ = nullptr;
  std::uint32_t count_ = 0;
  std::uint32_t mask_ = 0;
};

}  // namespace pyvm
