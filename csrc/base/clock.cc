// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <ctime>

namespace pyvm {

namespace clock_internal {

constinit Atomic<VirtualClock*> virtual_clock;

namespace {

std::uint64_t read(clockid_t id) {
  timespec now{};
  clock_gettime(id, &now);  // cannot fail for these two clocks
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace

std::uint64_t real_monotonic_ns() { return read(CLOCK_MONOTONIC); }
std::uint64_t real_wall_ns() { return read(CLOCK_REALTIME); }

}  // namespace clock_internal

using clock_internal::virtual_clock;

VirtualClock::~VirtualClock() { uninstall(); }

void VirtualClock::install() {
  VirtualClock* expected = nullptr;
  const bool first = virtual_clock.compare_exchange_acq_rel(expected, this);
  PYVM_CHECK(first || expected == this, "VirtualClock::install: another one is installed");
}

void VirtualClock::uninstall() {
  VirtualClock* expected = this;
  virtual_clock.compare_exchange_acq_rel(expected, nullptr);
}

bool VirtualClock::installed() { return virtual_clock.load_acquire() != nullptr; }

void VirtualClock::advance_to(std::uint64_t monotonic_ns) {
  if (monotonic_ns > now_ns_.load_relaxed())
    now_ns_.store_release(monotonic_ns);  // pairs with now_ns: what was done before, happened before
}

}  // namespace pyvm
