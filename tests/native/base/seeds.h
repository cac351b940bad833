// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Seeds of the systematic tests: PYVM_SEEDS of them (default 200), or only PYVM_SEED to replay one. A failure prints its seed.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <string>

namespace pyvm {

template <typename Test>
void for_each_seed(Test test) {
  const char* only = std::getenv("PYVM_SEED");
  const char* count = std::getenv("PYVM_SEEDS");
  const std::uint64_t first = only != nullptr ? std::strtoull(only, nullptr, 10) : 1;
  const std::uint64_t seeds = only != nullptr ? 1 : count != nullptr ? std::strtoull(count, nullptr, 10) : 200;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    SCOPED_TRACE("replay with PYVM_SEED=" + std::to_string(seed));
    test(seed);
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace pyvm
