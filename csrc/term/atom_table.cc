// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "term/atom_table.h"

#include <algorithm>
#include <mutex>
#include <unordered_map>

#include "base/atomic.h"

namespace pyvm {

namespace {

constexpr std::uint32_t kTableMax = 1 << 20;
constexpr std::size_t kAtomCodePointsMax = 255;

/// Values by number, in segments that never move. One thread appends at a time; any thread reads what it was given a number of.
template <typename T>
class SegmentedArray {
 public:
  std::uint32_t size() const { return size_; }

  /// The number came to the reader through memory that orders it after append(); the acquire load covers the segment itself.
  const T& at(std::uint32_t number) const {
    const T* segment = segments_[number / kSegment].load_acquire();  // pairs with the release store in append
    PYVM_ASSERT1(segment != nullptr, "A1: a number that the table never gave");
    return segment[number % kSegment];
  }

  /// Lock held.
  std::uint32_t append(T value) {
    const std::uint32_t number = size_++;
    T* segment = segments_[number / kSegment].load_relaxed();  // only written under the lock
    if (segment == nullptr) {
      segment = new T[kSegment];
      segments_[number / kSegment].store_release(segment);
    }
    segment[number % kSegment] = std::move(value);
    return number;
  }

 private:
  static constexpr std::uint32_t kSegment = 1024;
  Atomic<T*> segments_[kTableMax / kSegment];
  std::uint32_t size_ = 0;  // lock held
};

/// One kind of interned name: what it stands for, by number, and the numbers by a text that identifies it.
template <typename T>
class InternTable {
 public:
  /// The number of `key`, given to `make(stored key)` if the key is new; nothing when the table is full.
  template <typename Make>
  std::optional<std::uint32_t> intern(std::string_view key, Make make) {
    const std::lock_guard lock(mutex_);
    const auto found = numbers_.find(key);
    if (found != numbers_.end()) return found->second;
    if (values_.size() == kTableMax) return std::nullopt;
    char* text = new char[key.size()];  // never freed, so views of it stay good
    std::copy(key.begin(), key.end(), text);
    const std::string_view stored(text, key.size());
    const std::uint32_t number = values_.append(make(stored));
    numbers_.emplace(stored, number);
    return number;
  }

  std::optional<std::uint32_t> find(std::string_view key) {
    const std::lock_guard lock(mutex_);
    const auto found = numbers_.find(key);
    return found == numbers_.end() ? std::nullopt : std::optional(found->second);
  }

  const T& at(std::uint32_t number) const { return values_.at(number); }

 private:
  std::mutex mutex_;  // rank kAtomTable: nothing else is locked while it is held
  std::unordered_map<std::string_view, std::uint32_t> numbers_;
  SegmentedArray<T> values_;
};

// Both live as long as the process: terms may be printed while it ends.
InternTable<std::string_view>& atoms() {
  static auto* table = new InternTable<std::string_view>;
  return *table;
}
InternTable<RecordClass>& classes() {
  static auto* table = new InternTable<RecordClass>;
  return *table;
}

std::size_t count_code_points(std::string_view utf8) {
  return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

/// A text that is equal exactly for equal shapes: each name with its length before it.
std::string identity_of(const RecordClass& shape) {
  std::string identity;
  const auto add = [&identity](const std::string& name) { identity += std::to_string(name.size()) + ':' + name; };
  add(shape.module);
  add(shape.qualified_name);
  for (const std::string& field : shape.fields) add(field);
  return identity;
}

}  // namespace

std::optional<Term> intern_atom(std::string_view utf8) {
  if (utf8.size() > kAtomCodePointsMax && count_code_points(utf8) > kAtomCodePointsMax) return std::nullopt;
  const auto number = atoms().intern(utf8, [](std::string_view stored) { return stored; });
  return number ? std::optional(Term::atom(*number)) : std::nullopt;
}

std::optional<Term> find_atom(std::string_view utf8) {
  const auto number = atoms().find(utf8);
  return number ? std::optional(Term::atom(*number)) : std::nullopt;
}

std::string_view atom_text(Term atom) {
  PYVM_ASSERT1(atom.is_atom(), "atom_text: not an atom");
  return atoms().at(atom.unchecked_atom_index());
}

Term intern_record_class(const RecordClass& shape) {
  const auto number = classes().intern(identity_of(shape), [&shape](std::string_view) { return shape; });
  return number ? Term::record_class(*number) : Term();
}

const RecordClass& record_class(Term class_term) {
  PYVM_ASSERT1(class_term.is_record_class(), "record_class: not a class");
  return classes().at(class_term.unchecked_class_index());
}

}  // namespace pyvm
