// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Generations: cells whose values change together, read without a lock.
//
//   GenerationCell<T>::newest(g)   any thread           its value, or null before the first; never waits
//   GenerationChange(g).put(c, v)  others wait          the value that the cell has from the end of the change on
//   ~GenerationChange                                   all of them count
//
// G1  Each version in a cell has the generation that it counts from, and versions stand in the order of their generations, newest first.
// G2  A version counts when the generation has come to its own: put() prepends versions of the generation that comes next, the end of the
//     change moves the generation. So all of one change are seen, or none: who has seen one of them finds the others.
// G3  What a thread finds in a cell is never older than what it found there before.
// G4  A version is never changed, and freed with its cell: what newest() gives stays.
#pragma once

#include <cstdint>
#include <mutex>
#include <utility>

#include "base/atomic.h"

namespace pyvm {

class Generations {
 public:
  std::uint64_t current() const { return current_.load_acquire(); }  // pairs with the release in ~GenerationChange: G2

 private:
  friend class GenerationChange;
  Atomic<std::uint64_t> current_;
  std::mutex changing_;
};

template <typename T>
class GenerationCell {
 public:
  GenerationCell() = default;
  GenerationCell(const GenerationCell&) = delete;
  ~GenerationCell() {
    for (Version* one = latest_.load_relaxed(); one != nullptr;) delete std::exchange(one, one->older);
  }

  const T* newest(const Generations& generations) const {
    // The list first: a version that is in it, and counts, was put there before the generation came to its own.
    const Version* version = latest_.load_acquire();  // pairs with the release in put
    if (version == nullptr) [[likely]]
      return nullptr;
    const std::uint64_t now = generations.current();
    while (version != nullptr && version->from > now) version = version->older;
    return version == nullptr ? nullptr : &version->value;
  }

 private:
  friend class GenerationChange;
  struct Version {
    T value;
    std::uint64_t from;
    Version* older;
  };
  Atomic<Version*> latest_;
};

/// A change of several cells; others wait until it ends.
class GenerationChange {
 public:
  explicit GenerationChange(Generations& generations) : generations_(generations), lock_(generations.changing_) {}
  GenerationChange(const GenerationChange&) = delete;
  ~GenerationChange() { generations_.current_.store_release(next()); }  // pairs with the acquire in current: G2

  template <typename T>
  void put(GenerationCell<T>& cell, T value) {
    using Version = typename GenerationCell<T>::Version;
    // Pairs with the acquire in newest: who finds a version finds what is in it.
    cell.latest_.store_release(new Version{std::move(value), next(), cell.latest_.load_relaxed()});
  }

 private:
  std::uint64_t next() const { return generations_.current_.load_relaxed() + 1; }

  Generations& generations_;
  std::lock_guard<std::mutex> lock_;
};

}  // namespace pyvm
