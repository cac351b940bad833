// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// FlatMap: words by word, for the links, monitors and references of one process. Two words; one entry, which is what most have, is in them.
//
//   find(key)            a pointer to the value, or nullptr; valid until the next insert, erase or clear
//   insert(key, value)   true when the key was new; otherwise the value is replaced
//   erase(key)           true when the key was there
//   clear()              as new
//   for_each(f)          f(key, value), in no order; the map must not change meanwhile
//
// Keys are not 0 and below 2^63. From two on: open addressing, linear probing, at most 3/4 full; erase shifts back, so there are no tombstones.
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
  ~FlatMap() { clear(); }
  FlatMap(FlatMap&& other) noexcept : bits_(std::exchange(other.bits_, 0)), value_(other.value_) {}
  FlatMap& operator=(FlatMap&& other) noexcept {
    std::swap(bits_, other.bits_);
    std::swap(value_, other.value_);
    return *this;
  }

  std::size_t size() const { return is_table() ? count() : bits_ != 0; }
  bool empty() const { return bits_ == 0 || (is_table() && count() == 0); }

  std::uint64_t* find(std::uint64_t key) {
    if (!is_table()) return bits_ == single(key) ? &value_ : nullptr;
    Slot* slots = table();
    for (std::uint32_t at = home(key); slots[at].key != 0; at = (at + 1) & mask()) {
      if (slots[at].key == key) return &slots[at].value;
    }
    return nullptr;
  }

  bool insert(std::uint64_t key, std::uint64_t value) {
    if (bits_ == 0 || bits_ == single(key)) {
      value_ = value;
      return std::exchange(bits_, single(key)) == 0;
    }
    return insert_in_table(key, value);
  }

  bool erase(std::uint64_t key) {
    if (is_table()) return erase_from_table(key);
    if (bits_ != single(key)) return false;
    bits_ = 0;
    return true;
  }

  void clear() {
    if (is_table()) [[unlikely]]
      slab_free(table(), size_bytes());
    bits_ = 0;
  }

  template <typename F>
  void for_each(F&& f) const {
    if (!is_table()) {
      if (bits_ != 0) f(bits_ >> 1, value_);
      return;
    }
    const Slot* slots = table();
    for (std::uint32_t at = 0; count() != 0 && at <= mask(); ++at) {
      if (slots[at].key != 0) f(slots[at].key, slots[at].value);
    }
  }

  /// Of memory besides its own.
  std::size_t size_bytes() const { return is_table() ? (mask() + std::size_t{1}) * sizeof(Slot) : 0; }

 private:
  struct Slot {
    std::uint64_t key;
    std::uint64_t value;
  };
  static constexpr std::uint32_t kFirstSlots = 4;
  static constexpr std::uint64_t kCountBits = 32;

  static std::uint64_t single(std::uint64_t key) {
    PYVM_ASSERT1(key != 0 && key >> 63 == 0, "FlatMap: not a key");
    return key << 1 | 1;
  }
  bool is_table() const { return bits_ != 0 && (bits_ & 1) == 0; }
  Slot* table() const { return reinterpret_cast<Slot*>(bits_); }
  std::uint32_t count() const { return static_cast<std::uint32_t>(value_); }
  std::uint32_t mask() const { return static_cast<std::uint32_t>(value_ >> kCountBits); }

  std::uint32_t home(std::uint64_t key) const { return static_cast<std::uint32_t>((key * 0x9E3779B97F4A7C15u) >> 32) & mask(); }

  /// False when the key was there, and has the value now.
  bool put(std::uint64_t key, std::uint64_t value) {
    Slot* slots = table();
    std::uint32_t at = home(key);
    for (; slots[at].key != 0; at = (at + 1) & mask()) {
      if (slots[at].key == key) {
        slots[at].value = value;
        return false;
      }
    }
    slots[at] = {key, value};
    ++value_;
    return true;
  }

  bool insert_in_table(std::uint64_t key, std::uint64_t value) {
    if (!is_table() || (count() + 1) * 4 > (mask() + 1) * 3) grow();
    return put(key, value);
  }

  bool erase_from_table(std::uint64_t key) {
    Slot* slots = table();
    std::uint32_t at = home(key);
    for (; slots[at].key != key; at = (at + 1) & mask()) {
      if (slots[at].key == 0) return false;
    }
    // Shift back what would no longer be found over the hole.
    for (std::uint32_t next = (at + 1) & mask(); slots[next].key != 0; next = (next + 1) & mask()) {
      if (((next - home(slots[next].key)) & mask()) >= ((next - at) & mask())) {
        slots[at] = slots[next];
        at = next;
      }
    }
    slots[at].key = 0;
    --value_;
    return true;
  }

  void grow() {
    const FlatMap old(std::move(*this));
    const std::uint32_t slots = old.is_table() ? 2 * (old.mask() + 1) : kFirstSlots;
    auto* fresh = static_cast<Slot*>(slab_allocate(slots * sizeof(Slot)));
    for (std::uint32_t i = 0; i < slots; ++i) fresh[i].key = 0;
    bits_ = reinterpret_cast<std::uint64_t>(fresh);
    value_ = std::uint64_t{slots - 1} << kCountBits;
    old.for_each([this](std::uint64_t key, std::uint64_t value) { put(key, value); });
  }

  std::uint64_t bits_ = 0;   // 0: empty; odd: single() of the one key; even: a table
  std::uint64_t value_ = 0;  // of the one key; of a table the count of its entries, and in the high half its mask
};

}  // namespace pyvm
