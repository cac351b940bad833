// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "base/random.h"

#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"

namespace pyvm {

std::uint64_t random_seed() {
  std::uint64_t seed = 0;
#if defined(__linux__)
  const bool filled = getrandom(&seed, sizeof seed, 0) == sizeof seed;
#else
  const bool filled = getentropy(&seed, sizeof seed) == 0;
#endif
  // A sandbox may forbid the call; a seed need not be secret, so time and place will do.
  if (!filled)
    seed = clock_internal::real_wall_ns() ^ reinterpret_cast<std::uintptr_t>(&seed) ^ static_cast<std::uint64_t>(getpid()) << 32;
  return seed;
}

}  // namespace pyvm
