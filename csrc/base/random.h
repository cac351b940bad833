// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Random: numbers that are good enough for choices, and repeat for the same seed. Each owner has its own; nothing is shared.
//
//   next()           64 random bits; about 1 ns
//   below(n)         0 to n - 1, each alike; n > 0
//   unit()           0 <= x < 1
//   random_seed()    from the system; the only number here that does not repeat
//
// Not for secrets. Source: xoshiro256** of Blackman and Vigna, filled by SplitMix64; below() by Lemire's multiplication.
#pragma once

#include <cstdint>

#include "base/check.h"

namespace pyvm {

class Random {
 public:
  explicit Random(std::uint64_t seed) {
    // SplitMix64: never leaves all four words zero, and neighbouring seeds have nothing in common.
    for (std::uint64_t& word : state_) {
      seed += 0x9e3779b97f4a7c15;
      std::uint64_t mixed = seed;
      mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
      mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
      word = mixed ^ (mixed >> 31);
    }
  }

  std::uint64_t next() {
    const std::uint64_t result = rotate_left(state_[1] * 5, 7) * 9;
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = rotate_left(state_[3], 45);
    return result;
  }

  std::uint64_t below(std::uint64_t n) {
    PYVM_ASSERT1(n > 0, "Random::below: nothing is below 0");
    unsigned __int128 product = static_cast<unsigned __int128>(next()) * n;
    if (static_cast<std::uint64_t>(product) < n) {
      const std::uint64_t unfair = (0 - n) % n;  // so many of the 2^64 numbers are over; drawn again
      while (static_cast<std::uint64_t>(product) < unfair) product = static_cast<unsigned __int128>(next()) * n;
    }
    return static_cast<std::uint64_t>(product >> 64);
  }

  double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }

 private:
  static std::uint64_t rotate_left(std::uint64_t word, int bits) { return (word << bits) | (word >> (64 - bits)); }

  std::uint64_t state_[4];
};

PYVM_EXPORT std::uint64_t random_seed();

}  // namespace pyvm
